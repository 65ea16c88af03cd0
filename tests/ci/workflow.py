"""Run a GitHub workflow step by step on this machine: each job on a clean clone, with a cache folder that stays.

    python -m tests.ci.workflow REPOSITORY [--workflow FILE] [--nights N] [--place DIR] [--skip STEP]...

runs the nightly workflow of a repository as often as asked, and ends with the exit code of the last night. `run` steps
are run by bash as GitHub does, with its variables and files; of the actions, those that the jobs use are played.
Secrets are those of the environment.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.ci.expressions import condition, interpolated
from tests.cli.running import ROOT

NIGHTLY = ".github/workflows/oagen-nightly.yml"
SUCCESS, FAILURE, SKIPPED = "success", "failure", "skipped"


def with_this_oagen(folder: Path) -> dict[str, str]:
    """Return an environment for jobs whose `oagen` and `python` are those that run this, and that no other CI is in."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, command in (("oagen", f'"{sys.executable}" -m oagen'), ("python", f'"{sys.executable}"')):
        (folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (folder / name).chmod(0o755)
    strange = ("OAGEN_", "GITHUB_", "GITLAB_", "PYTEST_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
    return clean | {"PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


@dataclass(frozen=True, kw_only=True)
class StepResult:
    job: str
    name: str
    outcome: str
    code: int = 0
    output: str = ""


@dataclass(kw_only=True)
class Run:
    """What became of a workflow.

    Attributes:
        summary: What the steps have put into the job summary.
        uploads: Files that were handed to code scanning, by step.
    """

    steps: list[StepResult] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    uploads: list[Path] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code of the first step that failed; 0 where none did."""
        return next((step.code or 1 for step in self.steps if step.outcome == FAILURE), 0)

    def step(self, name: str) -> StepResult:
        return next(step for step in self.steps if step.name == name)


def assert_taken(log: Mapping[str, Any]) -> None:
    """Refuse what code scanning refuses: all of a log in which a result has no place, or one that is no file."""
    assert log["version"] == "2.1.0"
    for result in log["runs"][0]["results"]:
        assert result["locations"], result
        for place in (*result["locations"], *result["relatedLocations"]):
            uri = place.get("physicalLocation", {}).get("artifactLocation", {}).get("uri", "")
            assert ":" not in uri, f"it did not match the checkout's scheme: {uri}"


def status_functions(*, failed: bool, well: bool) -> dict[str, Callable[..., Any]]:
    return {"always": lambda: True, "cancelled": lambda: False, "success": lambda: well, "failure": lambda: failed}


class Runner:
    """GitHub, as far as the jobs of oagen can tell.

    Args:
        repository: What is cloned for each job.
        place: A folder for all that a run leaves; caches stay in it from run to run.
        environment: Of every step; secrets are looked up in it by name.
        skip: Names of steps that count as done.
        event: What GitHub would put into `github.event`.
        inputs: What somebody who starts the workflow by hand has filled in.
    """

    def __init__(
        self,
        repository: Path,
        place: Path,
        *,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        skip: Sequence[str] = (),
        event: Mapping[str, Any] | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> None:
        self._repository = repository
        self._place = place
        self._environment = dict(os.environ if environment is None else environment)
        self._secrets = dict(secrets or {})
        self._skip = frozenset(skip)
        self._event = dict(event or {"repository": {"fork": False, "default_branch": "main"}})
        self._inputs = dict(inputs or {})
        self._number = 0

    def run(self, workflow: str = NIGHTLY) -> Run:
        self._number += 1
        run = Run()
        text = subprocess.run(
            ["git", "show", f"HEAD:{workflow}"], cwd=self._repository, check=True, capture_output=True, text=True
        ).stdout
        document = yaml.safe_load(text)
        for name, job in document["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            before = [run.results[need] for need in needs]
            functions = status_functions(failed=FAILURE in before, well=set(before) <= {SUCCESS})
            context = self._context(run, {}, Path())
            context["needs"] = {need: {"result": run.results[need]} for need in needs}
            if condition(job.get("if"), context, functions):
                _Job(self, run, name, job).run()
            else:
                run.results[name] = SKIPPED
        return run

    def _context(self, run: Run, steps: Mapping[str, Any], workspace: Path) -> dict[str, Any]:
        return {
            "github": {
                "repository": "team/shop",
                "ref": "refs/heads/main",
                "ref_name": "main",
                "event_name": "pull_request" if "pull_request" in self._event else "schedule",
                "run_id": str(1000 + self._number),
                "run_attempt": "1",
                "workspace": str(workspace),
                "token": "a-token-of-the-job",
                "event": self._event,
            },
            "inputs": self._inputs,
            "secrets": self._secrets,
            "steps": steps,
            "needs": {},
        }


class _Job:
    def __init__(self, runner: Runner, run: Run, name: str, job: Mapping[str, Any]) -> None:
        self._runner = runner
        self._run = run
        self._name = name
        self._job = job
        self._folder = runner._place / f"run-{runner._number}-{name}"
        self._workspace = self._folder / "workspace"
        self._steps: dict[str, dict[str, str]] = {}
        self._failed = False
        self._path: list[str] = []

    def run(self) -> None:
        self._folder.mkdir(parents=True)
        self._workspace.mkdir()
        for number, step in enumerate(self._job["steps"]):
            self._one(number, step)
        self._run.results[self._name] = FAILURE if self._failed else SUCCESS

    def _one(self, number: int, step: Mapping[str, Any]) -> None:
        name = str(step.get("name", number))
        if name in self._runner._skip or not condition(step.get("if"), self._context, self._functions):
            outcome = SUCCESS if name in self._runner._skip else SKIPPED
            self._note(step, StepResult(job=self._name, name=name, outcome=outcome))
            return
        if "run" in step:
            code, output = self._ran(number, step)
        else:
            code, output = self._played(step)
        outcome = SUCCESS if code == 0 else FAILURE
        if code and not step.get("continue-on-error"):
            self._failed = True
        elif code:
            output, code = f"{output} (goes on)", 0
            outcome = SUCCESS
        self._note(step, StepResult(job=self._name, name=name, outcome=outcome, code=code, output=output))

    def _note(self, step: Mapping[str, Any], result: StepResult) -> None:
        self._run.steps.append(result)
        if "id" in step:
            self._steps[str(step["id"])] = {"outcome": result.outcome}

    @property
    def _context(self) -> dict[str, Any]:
        return self._runner._context(self._run, self._steps, self._workspace)

    @property
    def _functions(self) -> dict[str, Any]:
        return {
            **status_functions(failed=self._failed, well=not self._failed),
            "hashFiles": lambda *patterns: "x" if any(list(self._found(pattern)) for pattern in patterns) else "",
        }

    def _found(self, pattern: str) -> Iterator[Path]:
        place = self._workspace / pattern
        if place.is_dir():
            yield from (file for file in place.rglob("*") if file.is_file())
        else:
            yield from (file for file in place.parent.glob(place.name) if file.is_file())

    def _text(self, value: Any) -> str:
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        return interpolated(plain, self._context, self._functions)

    def _ran(self, number: int, step: Mapping[str, Any]) -> tuple[int, str]:
        files = {name: self._folder / f"{number}-{name.lower()}" for name in ("STEP_SUMMARY", "OUTPUT", "ENV", "PATH")}
        for file in files.values():
            file.touch()
        environment = self._runner._environment | {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self._workspace),
            "GITHUB_REPOSITORY": "team/shop",
            "GITHUB_RUN_ID": str(1000 + self._runner._number),
            "RUNNER_TEMP": str(self._folder),
            **{f"GITHUB_{name}": str(file) for name, file in files.items()},
        }
        environment |= {str(key): self._text(value) for key, value in step.get("env", {}).items()}
        script = self._folder / f"{number}.sh"
        script.write_text(self._text(step["run"]), encoding="utf-8")
        defaults = self._job.get("defaults", {}).get("run", {})
        done = subprocess.run(
            ["bash", "-e", str(script)],
            cwd=self._workspace / defaults.get("working-directory", "."),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self._run.summary += files["STEP_SUMMARY"].read_text(encoding="utf-8")
        return done.returncode, done.stdout

    def _played(self, step: Mapping[str, Any]) -> tuple[int, str]:
        action = str(step["uses"]).partition("@")[0]
        given = {key: self._text(value) for key, value in step.get("with", {}).items()}
        match action:
            case "actions/checkout":
                return self._checked_out(given)
            case "actions/setup-python":
                return 0, f"Python {given['python-version']} is taken to be there"
            case "actions/cache/restore":
                return self._restored(given)
            case "actions/cache/save":
                return self._saved(given)
            case "actions/upload-artifact":
                return self._kept(given)
            case "actions/download-artifact":
                return self._fetched(given)
            case "github/codeql-action/upload-sarif":
                file = self._workspace / given["sarif_file"]
                assert_taken(json.loads(file.read_text(encoding="utf-8")))
                self._run.uploads.append(file)
                return 0, "uploaded"
        raise AssertionError(f"nobody plays {action}")

    def _checked_out(self, given: Mapping[str, str]) -> tuple[int, str]:
        depth = ["--depth", given.get("fetch-depth", "1")] if given.get("fetch-depth") != "0" else []
        done = subprocess.run(
            ["git", "clone", "--quiet", *depth, self._runner._repository.absolute().as_uri(), str(self._workspace)],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    def _caches(self) -> Path:
        folder = self._runner._place / "caches"
        folder.mkdir(exist_ok=True)
        return folder

    def _restored(self, given: Mapping[str, str]) -> tuple[int, str]:
        caches = sorted(self._caches().iterdir(), key=lambda folder: folder.stat().st_mtime_ns, reverse=True)
        for key in (given["key"], *given.get("restore-keys", "").split()):
            for cache in caches:
                if cache.name.startswith(key):
                    shutil.copytree(cache, self._workspace, dirs_exist_ok=True)
                    return 0, f"restored {cache.name}"
        return 0, "no cache"

    def _saved(self, given: Mapping[str, str]) -> tuple[int, str]:
        cache = self._caches() / given["key"]
        if cache.exists():
            return 0, "there is a cache of that key already"
        files = [file for pattern in given["path"].split("\n") if pattern for file in self._found(pattern)]
        for file in files:
            target = cache / file.relative_to(self._workspace)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
        return 0, f"saved {len(files)} files"

    def _artifact(self, name: str) -> Path:
        return self._runner._place / f"artifacts-{self._runner._number}" / name

    def _kept(self, given: Mapping[str, str]) -> tuple[int, str]:
        patterns = [line.strip() for line in given["path"].split("\n") if line.strip()]
        root = os.path.commonpath([Path(f"{pattern}.").parent for pattern in patterns])  # as the action does it
        files = [file for pattern in patterns for file in self._found(pattern.rstrip("/"))]
        hidden = given.get("include-hidden-files") == "true"
        files = [file for file in files if hidden or "/." not in str(file.relative_to(self._workspace.parent))]
        for file in files:
            target = self._artifact(given["name"]) / file.relative_to(self._workspace / root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
        return 0, f"kept {len(files)} files"

    def _fetched(self, given: Mapping[str, str]) -> tuple[int, str]:
        artifact = self._artifact(given["name"])
        if not artifact.is_dir():
            return 1, f"there is no artifact {given['name']}"
        shutil.copytree(artifact, self._workspace / given.get("path", "."), dirs_exist_ok=True)
        return 0, "downloaded"


def only_nightly(repository: Path) -> str:
    """Return the nightly workflow of a repository that has one."""
    command = ["git", "ls-tree", "--name-only", "HEAD", f"{Path(NIGHTLY).parent}/"]
    listed = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [path for path in listed if path.startswith(NIGHTLY.removesuffix(".yml"))]
    if len(found) != 1:
        sys.exit(f"name one by --workflow: {', '.join(found) or 'there is none'}")
    return found[0]


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a GitHub workflow step by step on this machine.")
    parser.add_argument("repository", type=Path)
    parser.add_argument("--workflow", metavar="FILE", help="by default the only oagen-nightly*.yml")
    parser.add_argument("--nights", type=int, default=1)
    parser.add_argument("--place", type=Path, default=Path("nights"), help="what runs leave, and the caches")
    parser.add_argument("--skip", action="append", default=[], help="a step that counts as done")
    asked = parser.parse_args()
    place = asked.place.absolute()
    environment = with_this_oagen(place / "bin")
    runner = Runner(asked.repository, place, environment=environment, secrets=os.environ, skip=asked.skip)
    workflow = asked.workflow or only_nightly(asked.repository)
    run = Run()
    for night in range(1, asked.nights + 1):
        run = runner.run(workflow)
        print(f"night {night}: exit code {run.code}", {step.name: step.outcome for step in run.steps})  # noqa: T201
        print(run.summary)  # noqa: T201
    return run.code


if __name__ == "__main__":
    sys.exit(main())
