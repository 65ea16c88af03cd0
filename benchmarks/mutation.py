"""How many mutants of an application's handlers a generated suite's unit tests kill.

    python benchmarks/mutation.py --app shop.main:app --suite api_tests shop.orders shop.books

Run it with the interpreter that has the application, pytest, httpx and cosmic-ray, in the folder that the application
is imported from. cosmic-ray makes the mutants; each runs in a fork of its own, where the mutated text takes the place
of the module when it is imported, so that no file is changed. Counted are mutants in lines of functions that the tests
run, and in decorators of functions. A test is weak if it kills no mutant of its handler's module.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

_DECORATORS = "core/RemoveDecorator"
TIMEOUT = 60.0  # seconds for all tests of one mutant


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one module."""

    module: str
    operator: str
    occurrence: int
    line: int


class Outcomes:
    """A plugin of pytest that notes how each test ended."""

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test's call, or what failed before it."""
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)


class Replacing(SourceFileLoader):
    """Loads a module from another text than that of its file."""

    text = ""

    def get_data(self, path: str) -> bytes:
        """Return the mutated text."""
        return self.text.encode() if path.endswith(".py") else super().get_data(path)

    def get_code(self, fullname: str) -> object:
        """Return the code of the mutated text."""
        return compile(self.text, self.get_filename(fullname), "exec", dont_inherit=True)


class Finder:
    """Finds the mutated module before anybody else does."""

    def __init__(self, module: str, file: str, text: str) -> None:
        self._module, self._file, self._text = module, file, text

    def find_spec(self, name: str, _path: object = None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the mutated module's spec."""
        if name != self._module:
            return None
        loader = Replacing(name, self._file)
        loader.text = self._text
        return importlib.util.spec_from_file_location(name, self._file, loader=loader)


def run_tests(arguments: list[str]) -> Outcomes:
    """Run pytest in this process, silently."""
    outcomes = Outcomes()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = pytest.main([*arguments, "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=no"], [outcomes])
    if code not in (0, 1):
        outcomes.failed.add(f"pytest ended with {int(code)}")
    return outcomes


def in_a_fork(work: object, *arguments: object) -> object | None:
    """Return what a function returns in a fork of this process; None where it takes too long or dies."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        try:
            theirs.send(work(*arguments))  # type: ignore[operator]
        finally:
            os._exit(0)
    theirs.close()
    answer = None
    with contextlib.suppress(EOFError):
        answer = ours.recv() if ours.poll(TIMEOUT) else None
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    ours.close()
    return answer


def baseline(arguments: list[str], files: dict[str, str]) -> tuple[set[str], set[str], dict[str, set[int]]]:
    """Return the tests that pass and that fail without a mutant, and the lines of each file that they run."""
    lines: dict[str, set[int]] = {file: set() for file in files.values()}

    def trace(frame: object, event: str, _: object) -> object:
        code = frame.f_code  # type: ignore[attr-defined]
        known = lines.get(code.co_filename)
        if known is None:
            return None
        if event == "line" and code.co_name != "<module>":
            known.add(frame.f_lineno)  # type: ignore[attr-defined]
        return trace

    import threading

    threading.settrace(trace)  # type: ignore[arg-type]
    sys.settrace(trace)  # type: ignore[arg-type]
    outcomes = run_tests(arguments)
    sys.settrace(None)
    return outcomes.passed, outcomes.failed, lines


def tried(arguments: list[str], module: str, file: str, text: str) -> set[str]:
    """Return the tests that fail with a mutant in place."""
    sys.meta_path.insert(0, Finder(module, file, text))  # type: ignore[arg-type]
    return run_tests(arguments).failed


def mutants(module: str, source: str, lines: set[int]) -> Iterator[Mutant]:
    """Yield the mutants in the lines of a module's functions that tests run, and in their decorators."""
    tree = get_ast(source)
    for name in operator_names():
        with contextlib.suppress(TypeError):
            operator = get_operator(name)()
            positions = [place for node in ast_nodes(tree) for place in operator.mutation_positions(node)]
            for occurrence, (start, _) in enumerate(positions):
                if start[0] in lines or name == _DECORATORS:
                    yield Mutant(module=module, operator=name, occurrence=occurrence, line=start[0])


def preload(app: str, ours: set[str]) -> None:
    """Import what the application imports, but nothing of its own, so that each fork begins with it."""

    def names() -> list[str]:
        before = set(sys.modules)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            importlib.import_module(app.partition(":")[0])
        return [name for name in sys.modules if name not in before]

    for name in in_a_fork(names) or []:  # type: ignore[union-attr]
        if name.partition(".")[0] not in ours:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--app", required=True)
    parser.add_argument("--suite", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=100, help="mutants of each module at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="this operator of cosmic-ray alone", metavar="OPERATOR")
    parser.add_argument("--json", type=Path)
    parser.add_argument("modules", nargs="+")
    options = parser.parse_args()
    sys.path.insert(0, str(Path.cwd()))
    arguments = [str(options.suite / "unit"), "--api-app", options.app]
    preload(options.app, {name.partition(".")[0] for name in [*options.modules, options.app]})
    files = {name: str(importlib.util.find_spec(name).origin) for name in options.modules}  # type: ignore[union-attr]
    for name in list(sys.modules):
        if name in files:
            del sys.modules[name]
    passed, failed, lines = in_a_fork(baseline, arguments, files)  # type: ignore[misc]
    print(f"{len(passed)} unit tests pass, {len(failed)} fail without a mutant")
    killers: dict[str, int] = dict.fromkeys(passed, 0)
    began, report = time.monotonic(), []
    for module, file in files.items():
        source = Path(file).read_text()
        found = [each for each in mutants(module, source, lines[file]) if options.only in (None, each.operator)]
        picked = random.Random(options.seed).sample(found, min(options.sample, len(found)))
        killed = 0
        for mutant in picked:
            text = mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence)
            failing = in_a_fork(tried, arguments, module, file, text)
            new = None if failing is None else set(failing) - failed  # type: ignore[call-overload]
            killed += new is None or bool(new)
            for test in new or ():
                if test in killers:
                    killers[test] += 1
            if new is not None and not new:
                print(f"  survived: {module}:{mutant.line} {mutant.operator}")
        share = 100 * killed / len(picked) if picked else 100.0
        print(
            f"{module}: {killed} of {len(picked)} mutants killed ({share:.0f} %), of {len(found)} in lines run",
            flush=True,
        )
        report.append({"module": module, "mutants": len(found), "tried": len(picked), "killed": killed})
    tried_in_all, killed_in_all = sum(row["tried"] for row in report), sum(row["killed"] for row in report)
    strong = sum(count > 0 for count in killers.values())
    print(
        f"in all: {killed_in_all} of {tried_in_all} killed ({100 * killed_in_all / max(1, tried_in_all):.0f} %); "
        f"{strong} of {len(killers)} tests kill one at least; {time.monotonic() - began:.0f} s"
    )
    if options.json:
        options.json.write_text(json.dumps({"modules": report, "tests": killers}, indent=1))


if __name__ == "__main__":
    main()
