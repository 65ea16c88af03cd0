"""What the configuration says, with the options of a command on top."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oagen.cli.terminal import Terminal
    from oagen.config.settings import Settings
    from oagen.spec.model import ApiDescription
    from oagen.target.http import HttpOptions


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
    tags: list[str] | None = None,
    methods: list[str] | None = None,
) -> Settings:
    """Return the settings of the current folder, under what the command line says.

    From then on the terminal shows none of the secrets that they name.

    Raises:
        ConfigError: The configuration can't be used.
    """
    from oagen.cli.secrecy import redaction_of
    from oagen.config.reading import load_settings

    settings = load_settings()
    for warning in settings.warnings:
        terminal.note(f"warning: {warning}")
    chosen = replace(
        settings,
        api=replace(
            settings.api,
            document=document or settings.api.document,
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
            tags=tuple(tags or ()),
            methods=tuple(methods or ()),
        ),
    )
    terminal.redaction = redaction_of(chosen)
    return chosen


def live(settings: Settings, *, base_url: str | None, app: str | None) -> Settings:
    """Return settings whose API is reached in one way alone: as named on the command line, else by its base URL."""
    named = settings.api.base_url if base_url or not app else None
    return replace(settings, api=replace(settings.api, base_url=named, app=None if named else settings.api.app))


def read_document(
    terminal: Terminal, settings: Settings, *, strict: bool, http: HttpOptions | None = None
) -> ApiDescription:
    """Return the API description that the settings name; its words are no secrets from then on.

    Raises:
        DocumentError: It can't be read.
        TargetError: The API that should offer it does not.
        UsageError: No document is named, and none is found.
    """
    from oagen.cli.finding import found_document
    from oagen.spec.loading import load_description
    from oagen.spec.selection import Selection

    with found_document(settings, http) as source, terminal.step(f"reading {source}"):
        suite = settings.suite
        selection = Selection(include=suite.include, exclude=suite.exclude, tags=suite.tags, methods=suite.methods)
        description = load_description(source, strict=strict, selection=selection)
    if terminal.redaction is not None:
        terminal.redaction.spare(operation.key for operation in description.operations)
    return description


def refuse_empty_selection(description: ApiDescription, settings: Settings) -> None:
    """Stop where the patterns leave no operation.

    Raises:
        UsageError: They do.
    """
    from oagen.errors import UsageError

    if not description.operations and settings.suite.selects:
        raise UsageError(
            "no operation is selected",
            hint="oagen inspect without --include, --exclude, --tag and --method shows them all",
        )


def today() -> dt.date:
    """Return the day that decides on waivers, in UTC."""
    return dt.datetime.now(tz=dt.UTC).date()
