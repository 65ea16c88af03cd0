"""Options that several commands share, and how they win over the configuration."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from oagen.cli.terminal import Terminal
    from oagen.config.settings import Settings
    from oagen.spec.model import ApiDescription

Document = Annotated[
    str | None,
    typer.Argument(
        metavar="DOCUMENT",
        help="Path or URL of the API description, - for stdin. By default that of oagen.toml, else the one the API "
        "offers, else openapi.yaml or the like.",
        show_default=False,
    ),
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="Keep only these operations: 'GET /pets/*', tag:pets, path:/pets/*, method:GET, id:listPets. Repeatable.",
        show_default=False,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Leave these operations out; patterns as for --include.", show_default=False),
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first operation that can't be read.")]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the status matrix as JSON, - for stdout.", show_default=False),
]


BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="Where the API answers.", show_default=False)]
App = Annotated[
    str | None,
    typer.Option(metavar="MODULE:ATTRIBUTE", help="ASGI or WSGI application that is the API.", show_default=False),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST", help="A host outside this machine that may be sent requests.", show_default=False),
]


def settings_for(
    terminal: Terminal,
    *,
    document: str | None = None,
    base_url: str | None = None,
    app: str | None = None,
    allow_hosts: list[str] | None = None,
    out: Path | None = None,
    templates: Path | None = None,
    include: list[str] | None = None,
    exclude: list[str] | None = None,
) -> Settings:
    """Return the settings of the current folder, under what the command line says.

    Raises:
        ConfigError: The configuration can't be used.
    """
    from oagen.config.reading import load_settings

    settings = load_settings()
    for warning in settings.warnings:
        terminal.note(f"warning: {warning}")
    return replace(
        settings,
        api=replace(
            settings.api,
            # an API named on the command line offers the document, unless that is named there, too
            document=document or (None if base_url or app else settings.api.document),
            base_url=base_url or settings.api.base_url,
            app=app or settings.api.app,
            allow_hosts=(*settings.api.allow_hosts, *(allow_hosts or ())),
        ),
        suite=replace(
            settings.suite,
            out=out or settings.suite.out,
            templates=templates or settings.suite.templates,
            include=tuple(include) if include else settings.suite.include,
            exclude=tuple(exclude) if exclude else settings.suite.exclude,
        ),
    )


def read_document(terminal: Terminal, settings: Settings, *, strict: bool) -> ApiDescription:
    """Return the API description that the settings name.

    Raises:
        DocumentError: It can't be read.
        TargetError: The API that should offer it does not.
        UsageError: No document is named, and none is found.
    """
    from oagen.cli.finding import found_document
    from oagen.spec.loading import load_description
    from oagen.spec.selection import Selection

    with found_document(settings) as source, terminal.step(f"reading {source}"):
        selection = Selection(include=settings.suite.include, exclude=settings.suite.exclude)
        return load_description(source, strict=strict, selection=selection)


def refuse_empty_selection(description: ApiDescription, settings: Settings) -> None:
    """Stop where the patterns leave no operation.

    Raises:
        UsageError: They do.
    """
    from oagen.errors import UsageError

    if not description.operations and (settings.suite.include or settings.suite.exclude):
        raise UsageError(
            "no operation is selected", hint="oagen inspect without --include and --exclude shows them all"
        )


def today() -> dt.date:
    """Return the day that decides on waivers, in UTC."""
    return dt.datetime.now(tz=dt.UTC).date()


def require_writable(file: Path | None, *, coming: Path) -> None:
    """Make sure that a file can be written later; None and `-` always can.

    Args:
        coming: A folder that will be there by then.

    Raises:
        OutputError: It can't.
    """
    import os

    from oagen.errors import OutputError

    if file is None or str(file) == "-":
        return
    folder = file.absolute().parent
    if file.is_dir():
        raise OutputError(f"{file} can't be written: it is a folder")
    if folder.is_dir():
        if not os.access(file if file.exists() else folder, os.W_OK):
            raise OutputError(f"{file} can't be written: permission denied")
    elif folder != coming.absolute():
        raise OutputError(f"{file} can't be written: there is no folder {file.parent}")


def write_json(terminal: Terminal, file: Path, value: object) -> None:
    """Write a value as JSON to a file, or to stdout where the file is called `-`.

    Raises:
        OutputError: The file can't be written.
    """
    import json

    from oagen.errors import OutputError

    text = json.dumps(value, indent=2, ensure_ascii=True) + "\n"
    if str(file) == "-":
        terminal.verbatim(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{file} can't be written: {error.strerror}") from error
