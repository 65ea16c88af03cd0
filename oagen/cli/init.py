"""`oagen init`: a first configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oagen.cli.terminal import Terminal

_FILE = "oagen.toml"


def init(
    context: typer.Context,
    shown: Annotated[bool, typer.Option("--print", help="Print it; write nothing.")] = False,
) -> None:
    """Look at the project, and write a first oagen.toml with comments.

    Where the API description lies, which object is the application, how the project is installed and started: what can
    be told from its files is filled in. Nothing is imported or run, and a configuration that is there is left alone.
    """
    from oagen.ci.beginning import first_configuration, project_in
    from oagen.errors import OutputError

    terminal: Terminal = context.obj
    root = Path.cwd()
    if not shown:
        _refuse_existing(root)
    with terminal.step("looking at the project"):
        project = project_in(root)
    text = first_configuration(project)
    if shown:
        terminal.verbatim(text)
        return
    try:
        with (root / _FILE).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"{_FILE} can't be written: {error.strerror}") from error
    terminal.line(f"written: {_FILE}")
    app = next(iter(project.apps), None)
    document = project.document or (
        "the application's own" if project.describes_itself else "none found; name one, or see that the API offers it"
    )
    terminal.line(f"API description: {document}")
    terminal.line(
        f"application: {f'{app.place} ({app.framework})' if app else 'none found; say where the API answers'}"
    )
    terminal.note("next: look it over, then oagen generate, oagen fuzz, oagen ci github")


def _refuse_existing(root: Path) -> None:
    """Stop where the project has a configuration already.

    Raises:
        UsageError: It has.
        ConfigError: It can't be read.
    """
    from oagen.config.reading import load_settings
    from oagen.errors import UsageError

    if (root / _FILE).exists():
        raise UsageError(f"{_FILE} is there already, and is left alone", hint="oagen init --print shows a first one")
    settings = load_settings(root, {})
    if settings.file is not None:
        message = f"{settings.file} configures oagen already"
        raise UsageError(message, hint="oagen init --print shows a first oagen.toml")
