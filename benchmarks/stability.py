"""Does a generated suite say the same each time it is run?

    python benchmarks/stability.py shop/api_tests
    python benchmarks/stability.py shop/api_tests --base-url http://127.0.0.1:8000 --runs 3

The suite runs in shuffled orders (pytest-randomly, one seed a run), in the application's process or against
one server that goes on between the runs, so that what earlier runs left behind is there for the later ones;
then under pytest-xdist. Without `--base-url` it does both: in process, and against a bookshop that it serves.
Each test whose outcome was not the same in all runs of a mode is printed; exit code 1 where there is one.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from checkout import BOOKSHOP_APP, REPOSITORY
from suite_runs import reported


def run(
    suite: Path,
    options: Sequence[str],
    limit: float,
    variables: Mapping[str, str] | None = None,
    reasons: dict[str, str] | None = None,
) -> dict[str, str]:
    """Run the suite once and return the outcome of each test: passed, failed, error or skipped.

    Args:
        limit: Seconds that it may take.
        variables: Of the environment, beside the tokens of the bookshop.
        reasons: Gets the message of each test that failed.
    """
    read = reported(suite, options, limit, variables)
    if reasons is not None:
        reasons |= messages(read)
    return outcomes(read)


def outcomes(report: ET.ElementTree[ET.Element]) -> dict[str, str]:
    """Return the outcome of each test in a JUnit report."""
    found: dict[str, str] = {}
    for case in report.iter("testcase"):
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        outcome = "failed" if "failure" in kinds else next(iter(kinds), "passed")
        name = f"{case.get('classname')}::{case.get('name')}"
        found[name] = "failed" if "failed" in {outcome, found.get(name)} else outcome
    return found


def messages(report: ET.ElementTree[ET.Element]) -> dict[str, str]:
    """Return why each test failed that did, in a JUnit report."""
    return {
        f"{case.get('classname')}::{case.get('name')}": child.get("message", "")
        for case in report.iter("testcase")
        for child in case
        if child.tag in {"failure", "error"}
    }


def totals(found: dict[str, str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(Counter(found.values()).items()))


def differing(runs: Sequence[dict[str, str]]) -> dict[str, Counter[str]]:
    """Return what became of each test whose outcome was not the same in all runs; a missing test is one."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name in {name for found in runs for name in found}:
        for found in runs:
            seen[name][found.get(name, "not run")] += 1
    return {name: counts for name, counts in sorted(seen.items()) if len(counts) > 1}


def measure(mode: str, suite: Path, target: Sequence[str], arguments: argparse.Namespace) -> int:
    """Run the suite in one mode, print each run's totals, and return how many tests differed."""
    plans = [(f"order {seed}", [f"--randomly-seed={seed}"]) for seed in range(1, arguments.runs + 1)]
    plans.append((f"-n {arguments.workers}", ["-n", str(arguments.workers), "--randomly-seed=1"]))
    runs = []
    for label, options in plans:
        runs.append(run(suite, [*target, *options, *arguments.pytest], arguments.limit))
        print(f"{mode:12} {label:9} {totals(runs[-1])}", flush=True)
    unstable = differing(runs)
    for name, counts in unstable.items():
        print(f"  DIFFERED {name}: {', '.join(f'{count} times {outcome}' for outcome, count in counts.items())}")
    print(f"{mode:12} {len(runs)} runs of {len(runs[0])} tests, {len(unstable)} of them not always the same")
    return len(unstable)


@contextlib.contextmanager
def modes(arguments: argparse.Namespace) -> Iterator[list[tuple[str, list[str]]]]:
    """Yield what to run the suite against, by name."""
    if arguments.base_url:
        yield [("served", ["--api-base-url", arguments.base_url])]
        return
    sys.path.insert(0, str(REPOSITORY))
    from oagen.demo.serving import serve_bookshop

    in_process = ["--api-app", arguments.app]
    with serve_bookshop() as shop:
        yield [
            ("in process", in_process),
            ("served", ["--api-base-url", shop.base_url]),
        ]


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path, help="the generated suite, in its project's folder")
    parser.add_argument("--app", default=BOOKSHOP_APP, help="what the suite's --api-app gets")
    parser.add_argument("--base-url", help="an API that runs already, instead of the bookshop")
    parser.add_argument("--runs", type=int, default=10, help="how many shuffled runs for each mode")
    parser.add_argument("--workers", type=int, default=2, help="how many workers the run under pytest-xdist has")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one run of the suite")
    at = argv.index("--") if "--" in argv else len(argv)
    arguments = parser.parse_args(argv[:at])
    arguments.pytest = list(argv[at + 1 :])
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    arguments = read_arguments(list(sys.argv[1:] if argv is None else argv))
    with modes(arguments) as found:
        unstable = sum(measure(mode, arguments.suite.resolve(), target, arguments) for mode, target in found)
    return 1 if unstable else 0


if __name__ == "__main__":
    sys.exit(main())
