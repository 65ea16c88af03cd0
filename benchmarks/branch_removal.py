"""Can a generated suite fail? Take away, one at a time, each branch that answers a status.

    python benchmarks/branch_removal.py api_tests -- -m "integration or contract"

The package is copied to a temporary folder, with the suite and its configuration beside it. First the
suite runs against the unchanged copy: what fails there (a planted fault) is left out of all that
follows. Then it runs against a copy that can't even be imported, which must not pass. Then
each branch is removed and the tests run that name its operation and status, then all of them; the
removal is *caught* when a test fails that passed before, and caught *by name* when it is one of the
former. Code that serves many operations (authentication, say) is looked for by its status alone.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from branches import Branch, find_branches, without
from checkout import REPOSITORY

_OUTCOME = re.compile(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", re.MULTILINE)
_PASSED = re.compile(r"\b(\d+) passed\b")
NOTHING_SELECTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How one run of the suite ended.

    Attributes:
        code: pytest's exit code; None where it was ended at the time limit.
        passed: How many tests passed.
        failed: The node ids of tests that failed or could not be set up.
        output: What pytest printed.
    """

    code: int | None
    passed: int
    failed: list[str]
    output: str

    @property
    def caught(self) -> bool:
        """A time-out counts: an application that no longer answers has been noticed."""
        return self.code not in {0, NOTHING_SELECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What became of one branch's removal."""

    place: str
    function: str
    status: int
    caught: bool
    by_name: bool
    test: str | None
    seconds: float


class Bench:
    """The copy of application and suite that is mutated and run."""

    def __init__(self, folder: Path, arguments: argparse.Namespace) -> None:
        self.folder = folder
        self._writes = 0
        self._suite = arguments.suite.resolve().name
        self._app = arguments.app
        self._limit = arguments.limit
        self._options: list[str] = arguments.pytest
        self._python = arguments.python
        ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
        package = arguments.source / arguments.package
        shutil.copytree(package, folder / arguments.package, ignore=ignored)
        shutil.copytree(arguments.suite, folder / self._suite, ignore=ignored)
        for file in arguments.beside:
            shutil.copy2(file, folder / file.name)

    def run(self, *options: str) -> Run:
        """Run the suite in a process of its own, ended at the time limit."""
        command = [
            *(self._python, "-m", "pytest", self._suite, "-p", "no:cacheprovider", "-q", "--tb=no", "-rfE"),
            *("--api-app", self._app, *self._options, *options),
        ]
        environment = os.environ | {"PYTHONPATH": str(self.folder), "COLUMNS": "500"}
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=self._limit)
                code: int | None = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, _ = process.communicate()
                code = None
        passed = _PASSED.search(output)
        return Run(
            code=code, passed=int(passed.group(1)) if passed else 0, failed=_OUTCOME.findall(output), output=output
        )

    def collect(self) -> list[str]:
        """Return the node ids of all tests, in lower case."""
        lines = self.run("--collect-only").output.lower().splitlines()
        return [line for line in lines if "::" in line]

    def write(self, module: Path, source: str) -> None:
        """Write a module so that no bytecode of an earlier text is taken for it."""
        self._writes += 1
        module.write_text(source, encoding="utf-8")
        os.utime(module, (self._writes, self._writes))

    def try_without(self, branch: Branch, tests: Sequence[str], deselected: Sequence[str]) -> Removal:
        """Run the suite on a copy that lacks the branch; the copy is whole again afterwards."""
        module = self.folder / branch.file
        source = module.read_text(encoding="utf-8")
        self.write(module, without(source, branch))
        expression = named_after(branch, tests)
        start = time.monotonic()
        try:
            run = self.run("-x", *deselected, "-k", expression) if expression else None
            by_name = run is not None and run.caught
            if run is None or not run.caught:
                run = self.run("-x", *deselected)
        finally:
            self.write(module, source)
        return Removal(
            place=f"{branch.file}:{branch.line}",
            function=branch.function,
            status=branch.status,
            caught=run.caught,
            by_name=by_name,
            test=run.failed[0] if run.failed else (None if run.code is not None else "(time limit)"),
            seconds=round(time.monotonic() - start, 1),
        )


def named_after(branch: Branch, tests: Sequence[str]) -> str | None:
    """Return pytest's `-k` for the tests of the branch's operation and status.

    Code that serves many operations has tests of its status alone; None where there are none either.
    """
    operation = branch.function.rpartition(".")[2].replace("_", "").lower()
    status = f"_{branch.status}"
    if any(status in test and operation in test for test in tests):
        return f"{status} and {operation}"
    return status if any(status in test for test in tests) else None


def check_control(bench: Bench, app: str) -> None:
    """Stop unless the suite notices that the copy can't be imported: else it tests something else."""
    module = bench.folder / Path(*app.partition(":")[0].split(".")).with_suffix(".py")
    source = module.read_text(encoding="utf-8")
    bench.write(module, "raise RuntimeError('control: this copy is broken on purpose')\n")
    run = bench.run()
    bench.write(module, source)
    if run.passed or not run.caught:
        sys.exit(f"The suite does not use the copied application: {run.passed} tests passed on a broken one.")


def measure(bench: Bench, branches: Sequence[Branch], app: str) -> list[Removal]:
    baseline = bench.run()
    if not baseline.passed:
        sys.exit(f"No test passes on the unchanged application:\n{baseline.output[-2000:]}")
    check_control(bench, app)
    print(f"Unchanged: {baseline.passed} passed, {len(baseline.failed)} failed and left out.")
    deselected = [f"--deselect={test}" for test in baseline.failed]
    control = bench.run("-x", *deselected)
    if control.caught:
        sys.exit(f"The suite is not stable, a second run of what passed says: {control.failed}")
    removals = []
    tests = bench.collect()
    for branch in branches:
        removal = bench.try_without(branch, tests, deselected)
        verdict = "caught by name" if removal.by_name else "caught" if removal.caught else "SURVIVED"
        print(
            f"{removal.status}  {verdict:14}  {removal.place:45}  {removal.function:28}  {removal.test or ''}",
            flush=True,
        )
        removals.append(removal)
    return removals


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path, nargs="?", help="the generated suite; not needed with --list")
    parser.add_argument("--app", default="oagen.demo.bookshop.main:app", help="what the suite's --api-app gets")
    parser.add_argument("--source", type=Path, default=REPOSITORY, help="the folder that has the package")
    parser.add_argument("--package", default="oagen", help="the top-level package, copied whole")
    parser.add_argument("--mutate", default="oagen/demo/bookshop", help="the folder within the source to mutate")
    parser.add_argument("--beside", type=Path, nargs="*", default=[], help="files to copy beside, such as oagen.toml")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs pytest")
    parser.add_argument("--limit", type=float, default=120, help="seconds for one run of the suite")
    parser.add_argument("--only", type=int, nargs="*", default=[], help="only branches that answer these statuses")
    parser.add_argument("--require", type=float, default=0, help="exit 1 below this percentage of caught by name")
    parser.add_argument("--json", type=Path, help="write the outcomes to this file")
    parser.add_argument("--list", action="store_true", help="print the branches and stop")
    own, rest = _split(list(sys.argv[1:] if argv is None else argv))
    arguments = parser.parse_args(own)
    arguments.pytest = rest
    if arguments.suite is None and not arguments.list:
        parser.error("name the suite, or --list")
    return arguments


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Part our options from those for pytest, which follow `--`."""
    at = argv.index("--") if "--" in argv else len(argv)
    return argv[:at], argv[at + 1 :]


def main(argv: Sequence[str] | None = None) -> int:
    arguments = read_arguments(argv)
    source = arguments.source.resolve()
    branches = [
        branch
        for branch in find_branches(source, source / arguments.mutate)
        if not arguments.only or branch.status in arguments.only
    ]
    if arguments.list:
        for branch in branches:
            print(f"{branch.status}  {branch.file}:{branch.line}  {branch.function}")
        return 0
    with tempfile.TemporaryDirectory(prefix="branch-removal-") as folder:
        removals = measure(Bench(Path(folder), arguments), branches, arguments.app)
    caught, by_name = (sum(getattr(removal, kind) for removal in removals) for kind in ("caught", "by_name"))
    share = 100 * by_name / len(removals) if removals else 0
    print(
        f"{len(removals)} removals: {caught} caught, {by_name} ({share:.1f} %) by a test of that operation and status."
    )
    if arguments.json:
        report = {"removals": [asdict(removal) for removal in removals], "caught": caught, "by_name": by_name}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if share >= arguments.require else 1


if __name__ == "__main__":
    sys.exit(main())
