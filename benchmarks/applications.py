"""What does a generated suite say about applications that people run?

    python benchmarks/applications.py ../shared/targets prefect chromadb

For each application: it is started afresh within a network namespace that has only loopback, a suite is
generated from the description that it serves, its integration and contract levels run against it, and the
matrix is printed, with the failures grouped by level, technique and what came back. The folder of targets has a
program `targets` that installs, starts and stops them; what is installed is used, nothing is written into it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checkout import REPOSITORY
from targets import INSTALLED, own_folder, run_alone, started, write_project


def try_application(targets: Path, name: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Generate the suite of a started application, run it, and return its matrix with the outcomes."""
    with started(targets, name, arguments.port) as facts:
        environment = os.environ | write_project(folder, facts) | {"PYTHONPATH": str(REPOSITORY)}
        suite = folder / "api_tests"

        def call(*command: str, codes: Sequence[int] = (0,)) -> str:
            done = subprocess.run(
                [sys.executable, "-m", *command],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode not in codes:
                sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
            return done.stdout

        call("oagen", "generate", "--out", str(suite))
        begun = time.monotonic()
        lines = call(
            *("pytest", str(suite), "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly", "-r", "N"),
            *("-m", "integration or contract", "--api-base-url", facts["base_url"]),
            codes=(0, 1),
        ).splitlines()
        print(f"{name}: pytest: {lines[-1]} ({time.monotonic() - begun:.0f} s)")
        call("oagen", "matrix", "--suite", str(suite), "--json", str(folder / "matrix.json"))
    found: dict[str, Any] = json.loads((folder / "matrix.json").read_text(encoding="utf-8"))
    return found


def show(name: str, matrix: Mapping[str, Any], most: int) -> None:
    """Print how the cells of a matrix ended, and why those failed that did."""
    cells = [cell for cell in matrix["cells"] if cell["level"] != "unit"]
    for level in ("integration", "contract"):
        mine = [cell for cell in cells if cell["level"] == level]
        narrow = [cell for cell in mine if cell["status"] != "default"]
        print(f"{name}: {level:12} {ended(mine)}; without default: {ended(narrow)}")
    groups = Counter(why(cell) for cell in cells if cell["outcome"] == "failed")
    for group, count in groups.most_common(most):
        print(f"  {count:4} {group}")


def ended(cells: Sequence[Mapping[str, Any]]) -> str:
    counts = Counter(cell["outcome"] for cell in cells)
    share = 100 * counts["passed"] / len(cells) if cells else 0.0
    rest = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    return f"{len(cells)} documented: {rest} ({share:.1f} % executed and passed)"


def why(cell: Mapping[str, Any]) -> str:
    """Return what kind of failure a cell has: its level, technique, status, and the beginning of the reason."""
    reason = " ".join((cell["reason"] or "").split()).partition("; ")[0]
    if reason.startswith("set-up"):
        reason = re.sub(r"^(set-up: )\S+", r"\1...", reason)
    reason = re.sub(r"https?://\S+|'[^']*'|\"[^\"]*\"|[0-9a-f]{8}-[0-9a-f-]{27}", "...", reason)
    return f"{cell['level']:11} {cell['technique']:20} {cell['status']}: {reason[:110]}"


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", type=Path, help="the folder with the program `targets`")
    parser.add_argument("names", nargs="+", help="applications that are installed")
    parser.add_argument("--installed", type=Path, default=INSTALLED)
    parser.add_argument("--port", type=int, default=8400, help="the port within the namespace")
    parser.add_argument("--out", type=Path, help="keep projects, suites and matrices in this new folder")
    parser.add_argument("--most", type=int, default=25, help="how many groups of failures to print")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = read_arguments(argv)
    targets = arguments.targets.resolve()
    own = own_folder()
    if own is None:
        return run_alone(__file__, argv, targets, arguments.installed, arguments.names)
    out = (arguments.out or own / "projects").resolve()
    for name in arguments.names:
        show(name, try_application(targets, name, out / name, arguments), arguments.most)
    return 0


if __name__ == "__main__":
    sys.exit(main())
