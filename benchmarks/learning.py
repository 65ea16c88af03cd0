"""How many documented statuses does learning verify, beside what Schemathesis meets, and is the suite stable then?

    python benchmarks/learning.py ../shared/targets prefect chromadb superset acapy bookshop --misses misses.txt

Each application is started afresh, within a network namespace that has only loopback, for each of three things:

1. `oagen generate --base-url` learns for so many seconds. Counted are the documented responses, `default` left out,
   that have a verified test at the integration level: one whose scenario drew the status twice, and for its reason.
2. `st run --max-time` with the same seconds. Counted are the documented responses that its traffic has, read by
   `measure.py` beside the program `targets`. Learning has to verify twice as many where that is under 35 %, elsewhere
   at least half of what it leaves.
3. The generated integration level runs in shuffled orders, one after the other, against one server. Each verified test
   that failed or was not always the same is printed, and there must be none; so is each other one that was not always
   the same, while those that always fail, promises that the application breaks, are counted.

`bookshop` is the application of `oagen demo`, of which 95 % are to be verified, with nothing beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkout import BOOKSHOP_TOKENS, REPOSITORY
from stability import differing, run, totals
from targets import INSTALLED, headers_of, own_folder, run_alone, started, write_project

BOOKSHOP = "bookshop"
WANTED_OF_BOOKSHOP = 0.95
FEW = 0.35
"""Where Schemathesis meets a smaller share, twice as many are wanted."""

PROJECT_OF_BOOKSHOP = '[api]\ndocument = "openapi.json"\n' + "".join(
    f'[identities.{name}]\nrole = "{role}"\nheaders = {{ Authorization = "Bearer ${{{name.upper()}_TOKEN}}" }}\n'
    for name, role in (("alice", "user"), ("bob", "user"), ("root", "admin"))
)

OUTSIDE = 120  # seconds that a tool may take beyond its own limit
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """An application to learn from, and how."""

    name: str
    targets: Path
    out: Path
    seconds: int
    port: int
    seed: int

    @property
    def fixed(self) -> dict[str, Any]:
        """What `target.json` says of it."""
        return dict(json.loads((self.targets / self.name / "target.json").read_text(encoding="utf-8")))

    @property
    def suite(self) -> Path:
        """Where its suite goes."""
        return self.out / "api_tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An application that has just been started, with nothing in it.

    Attributes:
        headers: That each request needs.
        variables: Of the environment, that the project's oagen.toml names.
    """

    base_url: str
    document: str
    headers: Sequence[str] = ()
    variables: Mapping[str, str]


@contextlib.contextmanager
def serving(bench: Bench) -> Iterator[Server]:
    """Start the application; write the project that its suite belongs to."""
    if bench.name != BOOKSHOP:
        with started(bench.targets, bench.name, bench.port) as facts:
            variables = write_project(bench.out, facts)
            yield Server(
                base_url=facts["base_url"],
                document=facts["document"],
                headers=headers_of(facts),
                variables=variables,
            )
        return
    sys.path.insert(0, str(REPOSITORY))
    from oagen.demo.serving import serve_bookshop

    with serve_bookshop() as shop:
        document = bench.out / "openapi.json"
        with urllib.request.urlopen(f"{shop.base_url}/openapi.json") as answer:
            document.write_bytes(answer.read())
        (bench.out / "oagen.toml").write_text(PROJECT_OF_BOOKSHOP, encoding="utf-8")
        yield Server(base_url=shop.base_url, document=str(document), variables=BOOKSHOP_TOKENS)


# -- what learning verifies -------------------------------------------------------------------------------------------


def learn(bench: Bench) -> list[dict[str, Any]]:
    """Generate the suite from the live application; return the cells of its matrix."""
    excluded = () if bench.name == BOOKSHOP else bench.fixed["exclude_paths"]
    with serving(bench) as server, (bench.out / "generate.txt").open("w", encoding="utf-8") as output:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "oagen", "generate", server.document, "--base-url", server.base_url),
                *("--out", str(bench.suite), "--budget", str(bench.seconds), "--json", str(bench.out / "matrix.json")),
                *(word for path in excluded for word in ("--exclude", path)),
            ],
            cwd=bench.out,
            env=os.environ | dict(server.variables) | {"PYTHONPATH": str(REPOSITORY)},
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=bench.seconds + OUTSIDE,
            check=False,
        )
    told = (bench.out / "generate.txt").read_text(encoding="utf-8")
    if done.returncode:
        sys.exit(f"{bench.name}: oagen generate ended with {done.returncode}:\n{told[-2000:]}")
    print(f"{bench.name}: {next(line for line in told.splitlines() if line.startswith('learned in '))}", flush=True)
    return list(json.loads((bench.out / "matrix.json").read_text(encoding="utf-8"))["cells"])


def of_integration(cells: Iterable[Mapping[str, Any]]) -> dict[Pair, Mapping[str, Any]]:
    """Return the cells of the integration level by operation and status, `default` left out."""
    return {
        (cell["operation"], cell["status"]): cell
        for cell in cells
        if cell["level"] == "integration" and cell["status"] != "default"
    }


def wanted(met: int, documented: int) -> float:
    """Return how many are to be verified where Schemathesis meets so many."""
    return 2 * met if met < FEW * documented else met + (documented - met) / 2


def misses(cells: Mapping[Pair, Mapping[str, Any]], met: frozenset[Pair]) -> Iterator[str]:
    """Yield a line for each response that is not verified, with the reason; those that Schemathesis met are marked."""
    for pair, cell in cells.items():
        if not cell.get("seen"):
            mark = "met by st run" if pair in met else ""
            reason = " ".join((cell["reason"] or "nothing was tried").split())
            yield f"{' '.join(pair)}\t{cell['state']}\t{mark}\t{reason}"


# -- what Schemathesis meets ------------------------------------------------------------------------------------------


def schemathesis(bench: Bench) -> frozenset[Pair]:
    """Run `st run` against the application; return the documented responses that its traffic has."""
    har = bench.out / "st.har"
    with serving(bench) as server, (bench.out / "st.txt").open("w", encoding="utf-8") as output:
        document = bench.out / "document.json"
        document.write_bytes(Path(server.document).read_bytes())
        subprocess.run(
            [
                *(str(Path(sys.executable).parent / "st"), "run", str(document), "--url", server.base_url),
                *("-c", "not_a_server_error", "--continue-on-failure", "--workers", "1", "--no-color"),
                *("--max-time", str(bench.seconds), "--seed", str(bench.seed), "--generation-database", "none"),
                *("--report", "har", "--report-har-path", str(har), "--output-sanitize", "false"),
                *(word for header in server.headers for word in ("-H", header)),
                *(word for path in bench.fixed["exclude_paths"] for word in ("--exclude-path", path)),
                *bench.fixed["schemathesis_options"],
            ],
            cwd=bench.out,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=bench.seconds + OUTSIDE,
            check=False,
        )
    return met_in(har, document, bench.targets, bench.fixed["base_path"])


def met_in(har: Path, document: Path, targets: Path, base_path: str) -> frozenset[Pair]:
    """Return the documented responses in recorded traffic, as `measure.py` counts them."""
    sys.path.insert(0, str(targets))
    measure = importlib.import_module("measure")
    operations = measure.list_operations(measure.load_document(document))
    templates = measure.PathTemplates(operations)
    found = set()
    for exchange in measure.read_har(har):
        template = templates.find(exchange.path.removeprefix(base_path), exchange.method)
        documented = templates.statuses.get(template, {}).get(exchange.method, ())
        status = str(exchange.status)
        spoken = next((item for item in documented if item.upper() in {status, f"{status[0]}XX"}), None)
        if spoken is not None:
            found.add((f"{exchange.method} {template}", spoken.upper()))
    return frozenset(found)


# -- whether the suite is stable --------------------------------------------------------------------------------------


def shuffled(bench: Bench, runs: int, verified: frozenset[str], limit: float) -> bool:
    """Run the integration level in shuffled orders; return whether each verified test passed in all of them."""
    results = []
    reasons: dict[str, str] = {}
    with serving(bench) as server:
        for seed in range(1, runs + 1):
            begun = time.monotonic()
            options = ["-m", "integration", "--api-base-url", server.base_url, f"--randomly-seed={seed}"]
            results.append(run(bench.suite, options, limit, server.variables, reasons))
            print(f"{bench.name}: order {seed}: {totals(results[-1])} ({time.monotonic() - begun:.0f} s)", flush=True)
    if missing := verified - {id_of(name) for name in results[0]}:
        sys.exit(f"{bench.name}: {len(missing)} verified tests did not run, such as {min(missing)}")
    unstable = differing(results)
    failing = {name for found in results for name, outcome in found.items() if outcome in {"failed", "error"}}
    bad = {name for name in failing | unstable.keys() if id_of(name) in verified}
    for name in sorted(bad | unstable.keys()):
        came = Counter(found.get(name, "not run") for found in results)
        kind = "" if name in bad else "not verified: "
        print(f"  {kind}{id_of(name)}: {', '.join(f'{count} times {outcome}' for outcome, count in came.items())}")
        print(f"    {' '.join(reasons.get(name, '').split())[:600]}")
    print(
        f"{bench.name}: {runs} shuffled runs: of {len(verified)} verified tests {len(bad)} failed or differed; of the "
        f"others {len(failing - bad)} failed, {len(unstable.keys() - bad)} differed"
    )
    return not bad


def id_of(name: str) -> str:
    """Return the id below the suite's folder of a test that a JUnit report names, without what parametrises it."""
    module, _, test = name.partition("::")
    path = module.split(".")[1:]
    classes = [part for part in path if part.startswith("Test")]
    file = "/".join(part for part in path if part not in classes)
    return "::".join([f"{file}.py", *classes, test.partition("[")[0]])


# -- one application --------------------------------------------------------------------------------------------------


def known_peer(bench: Bench, keep: Path | None) -> frozenset[Pair]:
    """Return what Schemathesis meets, from another time where that is kept."""
    kept = json.loads(keep.read_text(encoding="utf-8")) if keep is not None and keep.exists() else {}
    key = f"{bench.name} {bench.seconds} s seed {bench.seed}"
    if key not in kept:
        kept[key] = sorted(schemathesis(bench))
        if keep is not None:
            keep.write_text(json.dumps(kept), encoding="utf-8")
    return frozenset((operation, status) for operation, status in kept[key])


def bench_application(bench: Bench, arguments: argparse.Namespace) -> bool:
    """Measure one application; return whether it reached what is wanted."""
    bench.out.mkdir(parents=True)
    cells = of_integration(learn(bench))
    documented = len(cells)
    verified = sum(bool(cell.get("seen")) for cell in cells.values())
    met: frozenset[Pair] = frozenset()
    print(f"{bench.name}: verified {verified} of {documented} documented ({100 * verified / documented:.1f} %)")
    if bench.name == BOOKSHOP:
        threshold = WANTED_OF_BOOKSHOP * documented
    elif arguments.alone:
        threshold = 0.0
    else:
        met = known_peer(bench, arguments.keep)
        threshold = wanted(len(met), documented)
        share = f"{100 * len(met) / documented:.1f} %"
        print(f"{bench.name}: st run met {len(met)} ({share}); ratio {verified / max(len(met), 1):.2f}")
    reached = verified >= threshold
    print(f"{bench.name}: wanted {threshold:.0f}: {'reached' if reached else 'NOT reached'}", flush=True)
    lines = list(misses(cells, met))
    print(
        f"{bench.name}: {len(lines)} misses, {sum(chr(9) + 'met by' in line for line in lines)} of them met by st run"
    )
    if arguments.misses:
        with arguments.misses.open("a", encoding="utf-8") as file:
            file.writelines(f"{bench.name}\t{line}\n" for line in lines)
    tests = frozenset(test for cell in cells.values() for test in cell.get("seen", ()))
    return (not arguments.shuffled or shuffled(bench, arguments.shuffled, tests, arguments.limit)) and reached


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", type=Path, help="the folder with the program `targets`")
    parser.add_argument("names", nargs="+", help=f"applications that are installed, or {BOOKSHOP}")
    parser.add_argument("--installed", type=Path, default=INSTALLED)
    parser.add_argument("--seconds", type=int, default=120, help="for learning, and for Schemathesis")
    parser.add_argument("--seed", type=int, default=1, help="that of Schemathesis")
    parser.add_argument("--shuffled", type=int, default=10, help="how many shuffled runs of the suite; 0 for none")
    parser.add_argument("--limit", type=float, default=900, help="seconds for one run of the suite")
    parser.add_argument("--alone", action="store_true", help="without Schemathesis")
    parser.add_argument("--keep", type=Path, help="what Schemathesis met, written once and read from then on")
    parser.add_argument("--misses", type=Path, help="a file for what was not verified, with reasons, tabs between")
    parser.add_argument("--port", type=int, default=8600, help="the port within the namespace")
    parser.add_argument("--out", type=Path, help="keep projects and suites in this new folder")
    arguments = parser.parse_args(argv)
    for name in ("targets", "keep", "misses", "out"):
        if (path := getattr(arguments, name)) is not None:
            setattr(arguments, name, path.resolve())
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    arguments = read_arguments(argv)
    own = own_folder()
    if own is None:
        if arguments.misses:
            arguments.misses.parent.mkdir(parents=True, exist_ok=True)
            arguments.misses.write_text("", encoding="utf-8")
        names = [name for name in arguments.names if name != BOOKSHOP]
        return run_alone(__file__, argv, arguments.targets, arguments.installed, names)
    reached = [
        bench_application(
            Bench(
                name=name,
                targets=arguments.targets,
                out=(arguments.out or own / "projects") / name,
                seconds=arguments.seconds,
                port=arguments.port,
                seed=arguments.seed,
            ),
            arguments,
        )
        for name in arguments.names
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
