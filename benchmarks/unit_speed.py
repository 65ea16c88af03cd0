"""How long do the executed unit tests of a generated suite take?

    python benchmarks/unit_speed.py shop/api_tests --require 5

The unit level runs in the application's process, sockets blocked; what skips for want of a provider state is
counted apart and is no part of the median. Milliseconds are those of a test's call, set-up and tear-down apart, on
the clock; beside them those of the processor, which a busy machine does not stretch. `--require` looks at the
median on the clock over all runs. The slowest are named.
"""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from checkout import BOOKSHOP_APP
from suite_runs import reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the unit level.

    Attributes:
        wall: Milliseconds of each executed test's call, by name.
        cpu: The same of the processor, all threads together.
        skipped: How many tests were not executed.
        failed: How many of the executed tests failed.
    """

    wall: dict[str, float]
    cpu: dict[str, float]
    skipped: int
    failed: int


def run(suite: Path, app: str) -> Run:
    options = ["-p", "no:randomly", "-m", "unit", "--api-app", app, "-p", "call_time"]
    cases = list(reported(suite, options, 600, searched=[Path(__file__).parent]).iter("testcase"))
    executed = [case for case in cases if case.find("skipped") is None]
    return Run(
        wall={name_of(case): noted(case, "wall_ms") for case in executed},
        cpu={name_of(case): noted(case, "cpu_ms") for case in executed},
        skipped=len(cases) - len(executed),
        failed=sum(case.find("failure") is not None or case.find("error") is not None for case in executed),
    )


def name_of(case: ET.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def noted(case: ET.Element, name: str) -> float:
    """Return a number that the plugin noted; a test without it was not called, its set-up failed."""
    found = case.find(f"properties/property[@name='{name}']")
    return float(found.get("value", "nan")) if found is not None else float("nan")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path, help="the generated suite, in its project's folder")
    parser.add_argument("--app", default=BOOKSHOP_APP, help="what the suite's --api-app gets")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--require", type=float, help="exit 1 where the median is above so many milliseconds")
    arguments = parser.parse_args(argv)
    runs = [run(arguments.suite.resolve(), arguments.app) for _ in range(arguments.runs)]
    for number, one in enumerate(runs, start=1):
        if len(one.wall) < 2:
            sys.exit(f"{len(one.wall)} unit tests were executed, {one.skipped} skipped: nothing to measure")
        print(f"run {number}: {len(one.wall)} executed ({one.failed} failed), {one.skipped} skipped")
        for kind, times in (("clock", one.wall.values()), ("processor", one.cpu.values())):
            print(
                f"  {kind:9}  median {median(times):.1f} ms, "
                f"90 % within {quantiles(times, n=10)[-1]:.1f} ms, slowest {max(times):.1f} ms"
            )
    slowest = {name: min(one.cpu.get(name, 0) for one in runs) for name in runs[0].cpu}
    for name in sorted(slowest, key=lambda name: -slowest[name])[:5]:
        print(f"  {slowest[name]:6.1f} ms of the processor at least  {name}")
    overall = median(value for one in runs for value in one.wall.values())
    processor = median(value for one in runs for value in one.cpu.values())
    print(f"median of {arguments.runs} runs: {overall:.1f} ms on the clock, {processor:.1f} ms of the processor")
    return 1 if arguments.require is not None and overall > arguments.require else 0


if __name__ == "__main__":
    sys.exit(main())
