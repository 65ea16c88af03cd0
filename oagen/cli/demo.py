"""`oagen demo`: the whole path on the bundled bookshop."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.terminal import Terminal

if TYPE_CHECKING:
    from oagen.demo.serving import ServedBookshop
    from oagen.suite.matrix import Cell

_FUZZ_BUDGET = ("--max-requests", "3000", "--max-time", "90")  # a few seconds on an idle machine
_APP = "oagen.demo.bookshop.main:app"
_PROJECT = f"""\
[api]
document = "openapi.json"
app = "{_APP}"

[identities.alice]
role = "user"
headers = {{ Authorization = "Bearer ${{ALICE_TOKEN}}" }}

[identities.bob]
role = "user"
headers = {{ Authorization = "Bearer ${{BOB_TOKEN}}" }}

[identities.root]
role = "admin"
headers = {{ Authorization = "Bearer ${{ROOT_TOKEN}}" }}
"""


def demo(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="A folder for oagen.toml, document and suite, which stays; by default one that is removed.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Generate and run the suite of a bundled bookshop, then fuzz it.

    The matrix, what failed and what was found are shown. It ends with 0 when everything ran: the bookshop has planted
    faults, and tests are meant to fail on them.
    """
    from oagen.demo.serving import serve_bookshop

    terminal: Terminal = context.obj
    with _folder(out) as folder, serve_bookshop() as shop:
        terminal.line(f"The bookshop answers at {shop.base_url}")
        _generate(terminal, folder, shop.base_url)
        terminal.line()
        _run(terminal, folder / "api_tests", shop.base_url)
        terminal.line()
        _show(terminal, folder / "api_tests")
        terminal.line()
        _hunt(terminal, folder, shop)
    if out:
        terminal.line()
        terminal.line(f"The suite stays in {out / 'api_tests'}. To run it again, in process:")
        terminal.line(f"  {_command(out / 'api_tests')}")


def _tokens() -> dict[str, str]:
    """Return the environment variables that the identities of the demo need."""
    return {f"{name.upper()}_TOKEN": f"{name}-demo-token" for name in ("alice", "bob", "root")}


def _command(suite: Path) -> str:
    """Return what a shell has to be told to run the suite."""
    import shlex
    import sys

    variables = [f"{name}={value}" for name, value in _tokens().items()]
    return shlex.join([*variables, sys.executable, "-m", "pytest", str(suite), "--api-app", _APP])


@contextlib.contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    import tempfile

    from oagen.errors import OutputError

    if out is None:
        with tempfile.TemporaryDirectory(prefix="oagen-demo-") as folder:
            yield Path(folder)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} can't be made a folder: {error.strerror}") from error
    yield out


def _generate(terminal: Terminal, folder: Path, base_url: str) -> None:
    import httpx

    from oagen.config.reading import read_settings
    from oagen.report.diagnostics_text import diagnostic_lines
    from oagen.report.matrix_table import totals_table
    from oagen.spec.loading import load_description
    from oagen.suite.generating import generate_suite
    from oagen.suite.merging import MergeRules
    from oagen.suite.writing import FileChange, recover, write_changes

    document = httpx.get(f"{base_url}/openapi.json", trust_env=False).content
    project = {"oagen.toml": _PROJECT.encode(), "openapi.json": document}
    found = {name: (folder / name).read_bytes() if (folder / name).exists() else None for name in project}
    if found["oagen.toml"] not in (None, project["oagen.toml"]):
        from oagen.errors import OutputError

        raise OutputError(f"{folder} holds an oagen.toml of another project", hint="choose another --out")
    write_changes(folder, [FileChange(path=name, before=found[name], after=data) for name, data in project.items()])
    settings = read_settings(folder / "oagen.toml", seen_from=Path.cwd())
    with terminal.step("generating its suite"):
        description = load_description(settings.api.document or "")
        suite = generate_suite(description, settings)
        recover(settings.suite.out)
        update = suite.update_of(settings.suite.out, MergeRules())
        write_changes(settings.suite.out, update.changes)
    terminal.lines(diagnostic_lines(description.diagnostics))
    terminal.line(f"Its suite, {len(suite.files)} files, is planned from the document alone:")
    terminal.show(totals_table(suite.matrix.cells))


def _run(terminal: Terminal, suite: Path, base_url: str) -> None:
    """Run the suite over the wire, and its unit level in process; what pytest prints stays out of the way."""
    import subprocess
    import sys

    from oagen.errors import TargetError

    with terminal.step("running it"):
        done = subprocess.run(  # noqa: S603 - our own interpreter and the suite just written
            [
                *(sys.executable, "-m", "pytest", ".", "-q", "--tb=no", "-r", "N"),
                *("--api-base-url", base_url, "--api-app", _APP),
            ],
            cwd=suite,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    lines = done.stdout.strip().splitlines()
    if done.returncode not in (0, 1):  # pytest: 0 all passed, 1 some failed
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-5:]
        raise TargetError(f"pytest ended with {done.returncode}: {' / '.join(last)}")
    terminal.line(f"pytest {suite.name} --api-base-url {base_url} --api-app {_APP}")
    terminal.line(f"{lines[-1] if lines else 'no output'}; joined into the matrix:")


def _environment() -> dict[str, str]:
    """Return the environment of commands that need the identities' tokens and the oagen that runs."""
    import os

    import oagen

    environment = os.environ | _tokens()
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(Path(oagen.__file__).parents[1]), *filter(None, [environment.get("PYTHONPATH")])]
    )
    return environment


def _hunt(terminal: Terminal, folder: Path, shop: ServedBookshop) -> None:
    """Fuzz the bookshop, and show each server error that nobody promised with its planted fault."""
    import json
    import subprocess
    import sys
    import textwrap

    from oagen.demo.faults import PLANTED
    from oagen.errors import TargetError

    report = folder.absolute() / "fuzz.json"
    options = ["--base-url", shop.base_url, "--log-file", str(shop.log_file), *_FUZZ_BUDGET]
    with terminal.step("fuzzing it"):
        done = subprocess.run(  # noqa: S603 - our own interpreter and command
            [*(sys.executable, "-m", "oagen", "fuzz"), *options, "--fail-on", "never", "--report", f"json={report}"],
            cwd=folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise TargetError(f"oagen fuzz ended with {done.returncode}: {' / '.join(done.stderr.splitlines()[-5:])}")
    told = json.loads(report.read_text(encoding="utf-8"))
    terminal.line(f"oagen fuzz --base-url {shop.base_url} --log-file server.log {' '.join(_FUZZ_BUDGET)}")
    found = [finding for finding in told["findings"] if finding["kind"] != "documented-5xx"]
    terminal.line(f"{told['requests']} requests in {told['seconds']:.0f} s; answers that nobody promised:")
    for finding in found:
        key = (finding["operation"], str(finding["status"]))
        fault = next(
            (
                fault
                for fault in PLANTED
                if (fault.exception is not None and fault.exception == finding["exception"]) or key in fault.responses
            ),
            None,
        )
        kind = f"planted fault {fault.number}: {fault.what}" if fault else "not a planted fault"
        where = f"{finding['exception']} at {finding['frame']}" if finding["exception"] else finding["kind"]
        terminal.line(f"  {finding['operation']} {finding['status']}, {where}: {kind}")
        terminal.line(textwrap.indent(finding["curl"], " " * 6))


def _show(terminal: Terminal, folder: Path) -> None:
    from oagen.demo.faults import PLANTED
    from oagen.report.matrix_table import outcome_totals, totals_table
    from oagen.suite.manifest import load_manifest
    from oagen.suite.matrix import Outcome
    from oagen.suite.outcomes import joined, passed_share, read_outcomes

    manifest, outcomes = load_manifest(folder), read_outcomes(folder)
    if manifest is None or outcomes is None:
        from oagen.errors import StoreError

        raise StoreError(f"the suite in {folder} left no outcomes")
    cells = list(joined(manifest.matrix.cells, outcomes))
    terminal.show(totals_table(cells))
    passed, counted = passed_share(cells)
    terminal.line(
        f"{outcome_totals(cells)}; executed and passed: {passed} of {counted} ({100 * passed / counted:.1f}%)"
    )
    failed: dict[tuple[str, str], Cell] = {}
    for cell in cells:
        if cell.outcome is Outcome.FAILED:
            failed.setdefault((cell.operation, cell.status), cell)
    if failed:
        terminal.line()
        terminal.line("What failed (tests are meant to fail on the planted faults):")
    for key, cell in failed.items():
        fault = next((fault for fault in PLANTED if key in fault.responses), None)
        kind = f"planted fault {fault.number}: {fault.what}" if fault else "not a planted fault"
        terminal.line(f"  {cell.operation} {cell.status}: {kind}")
        terminal.line(f"      {' '.join((cell.reason or '').split())}")
