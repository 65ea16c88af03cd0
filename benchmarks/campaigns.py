"""How many faults does a campaign find in applications that people run, beside Schemathesis?

    python benchmarks/campaigns.py ../shared/targets acapy chromadb prefect superset --seeds 1 2 3 --seconds 120

For each seed and application, `oagen fuzz`, `st run` and `st fuzz` run one after the other, each against a fresh start
of the application within a network namespace that has only loopback, with one worker and the same time. Counted are
distinct tracebacks in the server's log, by `measure.py` beside the program `targets`, which neither tool can
influence; where there are none, distinct pairs of operation and 5xx status, as each tool recorded the answers. What
comes from an environment that lacks something is left out. For oagen, each traceback must also stand in its report.

Each run is written to the file of `--keep` as soon as it ended; one that stands there is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkout import REPOSITORY
from targets import INSTALLED, headers_of, own_folder, run_alone, started

TOOLS = ("oagen", "st run", "st fuzz")
ENVIRONMENT = {"superset": {"ModuleNotFoundError"}, "acapy": {"InjectionError", "gaierror"}}
"""Exceptions that come from where an application runs here: a package, a ledger and a network that are not there."""

OUTSIDE = 60  # seconds that a tool may take beyond its own limit
Run = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run: a tool against an application, with a seed, for so many seconds; `out` takes what it writes."""

    targets: Path
    name: str
    tool: str
    seed: int
    seconds: int
    port: int
    out: Path


def campaign(job: Job, facts: Mapping[str, str], fixed: Mapping[str, Any]) -> Run:
    """Run a tool against the started application; return what it cost."""
    tool, seed, seconds, out = job.tool, job.seed, job.seconds, job.out
    given = [word for header in headers_of(facts) for word in ("-H", header)]
    base = facts["base_url"]
    if tool == "oagen":
        command = [
            *(sys.executable, "-m", "oagen", "fuzz", facts["document"], "--base-url", base, *given),
            *("--log-file", facts["log"], "--max-time", str(seconds), "--seed", str(seed)),
            *("--store", str(out / "store.sqlite"), "--report", f"json={out / 'report.json'}"),
            *(word for path in fixed["exclude_paths"] for word in ("--exclude", path)),
        ]
    else:
        command = [
            *(str(Path(sys.executable).parent / "st"), tool.removeprefix("st "), facts["document"], "--url", base),
            *("-c", "not_a_server_error", "--continue-on-failure", "--workers", "1", "--no-color", *given),
            *("--max-time", str(seconds), "--seed", str(seed), "--generation-database", "none"),
            *("--report", "har", "--report-har-path", str(out / "run.har"), "--output-sanitize", "false"),
            *(word for path in fixed["exclude_paths"] for word in ("--exclude-path", path)),
            *fixed["schemathesis_options"],
        ]
    begun = time.monotonic()
    with (out / "output.txt").open("w", encoding="utf-8") as output:
        try:
            code = subprocess.run(
                command,
                cwd=out,
                env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=seconds + OUTSIDE,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = None
    return {"code": code, "seconds": round(time.monotonic() - begun, 1)}


def measured(job: Job, facts: Mapping[str, str]) -> Run:
    """Return requests, distinct tracebacks and distinct 5xx pairs of the run that has just ended."""
    out = job.out
    (out / "server.log").write_bytes(Path(facts["log"]).read_bytes())
    har = out / "run.har"
    words = ["--har", str(har)] if har.exists() else []
    done = subprocess.run(
        [
            *(sys.executable, str(job.targets / "measure.py"), job.name, "--log", str(out / "server.log"), *words),
            *("--document", facts["document"], "--json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout) if done.returncode == 0 else {}
    left_out = ENVIRONMENT.get(job.name, set())
    return {
        "requests": found.get("requests"),
        "tracebacks": sorted(
            {(kind, frame) for kind, frame, _ in found.get("list_tracebacks", ()) if kind not in left_out}
        ),
        "pairs": sorted(_pairs(found)),
        "problem": done.stderr[-500:] if done.returncode else "",
    }


def _pairs(found: Mapping[str, Any]) -> set[str]:
    """Return the operations with the 5xx they answered, where the traffic was recorded."""
    return {f"{method} {path} {status}" for method, path, status, *_ in found.get("list_5xx", ())}


def reported(out: Path, tracebacks: Sequence[tuple[str, str]]) -> Run:
    """Return what oagen's own report says: requests, pairs, and the tracebacks that stand in no finding."""
    path = out / "report.json"
    if not path.exists():
        return {"requests": None, "pairs": [], "unreported": [list(item) for item in tracebacks]}
    report = json.loads(path.read_text(encoding="utf-8"))
    named = {(item["exception"], item["frame"]) for item in report["findings"]}
    return {
        "requests": report["requests"],
        "stop": report["stop"],
        "pairs": sorted(
            f"{operation} {status}"
            for operation, statuses in report["responses"].items()
            for status in statuses
            if status.startswith("5")
        ),
        "unreported": [
            [kind, frame]
            for kind, frame in tracebacks
            if not any(kind == its and theirs is not None and _is_same(kind, frame, theirs) for its, theirs in named)
        ],
    }


def _is_same(kind: str, frame: str, theirs: str) -> bool:
    """Whether two frames are of one fault: the line at which a recursion met the limit is chance, its file is not."""
    if kind == "RecursionError":
        return frame.partition(":")[0].endswith(theirs.partition(":")[0])
    return frame.endswith(theirs)


def one(job: Job) -> Run:
    """Start an application, run one tool against it, stop it, and return the figures."""
    fixed = json.loads((job.targets / job.name / "target.json").read_text(encoding="utf-8"))
    job.out.mkdir(parents=True)
    with started(job.targets, job.name, job.port) as facts:
        Path(facts["log"]).write_bytes(b"")
        ran = campaign(job, facts, fixed)
    figures = measured(job, facts)
    if job.tool == "oagen":
        figures |= reported(job.out, figures["tracebacks"])
    return {"name": job.name, "tool": job.tool, "seed": job.seed, "limit": job.seconds} | ran | figures


def show(runs: Sequence[Run], names: Sequence[str]) -> None:
    """Print the medians for each application, and the ratio to the better of the two ways of Schemathesis."""
    print(f"{'application':12} {'tool':8} seeds  requests/s  tracebacks (each seed)     5xx pairs  not reported")
    totals = dict.fromkeys(TOOLS, 0.0)
    best_total = 0.0
    for name in names:
        medians: dict[str, float] = {}
        for tool in TOOLS:
            mine = [run for run in runs if run["name"] == name and run["tool"] == tool]
            if not mine:
                continue
            found = [len(run["tracebacks"]) for run in mine]
            pairs = statistics.median(len(run["pairs"]) for run in mine)
            rate = statistics.median((run["requests"] or 0) / run["seconds"] for run in mine)
            missing = sum(len(run.get("unreported", ())) for run in mine) if tool == "oagen" else "-"
            medians[tool] = statistics.median(found)
            totals[tool] += medians[tool]
            shown = f"{medians[tool]:g} ({', '.join(map(str, found))})"
            print(f"{name:12} {tool:8} {len(mine):5}  {rate:10.0f}  {shown:26} {pairs:9g}  {missing}")
        peers = [value for tool, value in medians.items() if tool != "oagen"]
        if peers and "oagen" in medians:
            best_total += max(peers)
            ratio = f"{medians['oagen'] / max(peers):.2f}" if max(peers) else "-"
            print(f"{name:12} ratio to the better of the others: {ratio}")
    if best_total:
        print(f"in total: oagen {totals['oagen']:g}, the better of the others {best_total:g}: "
              f"{totals['oagen'] / best_total:.2f}")  # fmt: skip


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", type=Path, help="the folder with the program `targets`")
    parser.add_argument("names", nargs="+", help="applications that are installed")
    parser.add_argument("--installed", type=Path, default=INSTALLED)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--port", type=int, default=8500, help="the port within the namespace")
    parser.add_argument("--keep", type=Path, default=Path("campaigns.jsonl"), help="where runs are written")
    parser.add_argument("--out", type=Path, help="keep logs and reports in this folder")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = read_arguments(argv)
    targets, keep = arguments.targets.resolve(), arguments.keep.resolve()
    own = own_folder()
    if own is None:
        return run_alone(__file__, argv, targets, arguments.installed, arguments.names)
    out = (arguments.out or own / "runs").resolve()
    runs = [json.loads(line) for line in keep.read_text().splitlines()] if keep.exists() else []
    done = {(run["name"], run["tool"], run["seed"], run["limit"]) for run in runs}
    for seed in arguments.seeds:
        for name in arguments.names:
            for tool in arguments.tools:
                if (name, tool, seed, arguments.seconds) in done:
                    continue
                place = out / f"{name}-{tool.replace(' ', '-')}-{seed}"
                run = one(
                    Job(
                        targets=targets,
                        name=name,
                        tool=tool,
                        seed=seed,
                        seconds=arguments.seconds,
                        port=arguments.port,
                        out=place,
                    )
                )
                runs.append(run)
                with keep.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(run) + "\n")
                found = f"{len(run['tracebacks'])} tracebacks, {len(run['pairs'])} pairs of 5xx"
                print(
                    f"{name} {tool} seed {seed}: {found}, {run['requests']} requests in {run['seconds']} s", flush=True
                )
    show([run for run in runs if run["limit"] == arguments.seconds], arguments.names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
