"""Write docs/cli.md from the help of each command; with --check, tell whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

import typer.testing
from pages import written

from oagen.cli.application import INTERRUPTED, OWN_FAULT, app
from oagen.cli.terminal import Terminal
from oagen.errors import OagenError

PAGE = Path(__file__).parent / "cli.md"
HEAD = f"""\
# The command line

Written by `make docs` from the commands' own help. Results go to stdout, progress and messages to stderr; `NO_COLOR` is
honoured. Options win over `OAGEN_*` variables, these over `oagen.toml`.

| exit code | means |
|---|---|
| 0 | clean |
| 1 | something was found: new findings, a suite out of date, a conflict, too little covered |
| {OagenError.exit_code} | usage, document, configuration or environment |
| {OWN_FAULT} | a fault of oagen itself |
| {INTERRUPTED} | interrupted |
"""


def page() -> str:
    """Return the text that docs/cli.md should have."""
    sections = [f"\n## oagen {name}\n\n```text\n{help_of(*name.split())}```\n" for name in names()]
    return f"{HEAD}\n## oagen\n\n```text\n{help_of()}```\n" + "".join(sections)


def names() -> list[str]:
    """Return the commands, those of a group after it: `findings`, `findings list`."""
    found = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
    for group in app.registered_groups:
        inner = group.typer_instance
        name = inner.info.name if inner else ""
        found.append(f"{name}")
        commands = inner.registered_commands if inner else []
        found += [f"{name} {item.name or getattr(item.callback, '__name__', '')}" for item in commands]
    return found


def help_of(*command: str) -> str:
    """Return what `oagen COMMAND --help` prints."""
    result = typer.testing.CliRunner().invoke(app, [*command, "--help"], prog_name="oagen", obj=Terminal())
    lines = [line.rstrip() for line in result.output.strip().splitlines()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(written(PAGE, page()))
