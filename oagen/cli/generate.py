"""`oagen generate`: write the suite of an API description, or bring it up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.configured import live, read_document, refuse_empty_selection, settings_for, today
from oagen.cli.options import (
    AllowHost,
    App,
    BaseUrl,
    Document,
    Exclude,
    Include,
    JsonFile,
    Method,
    ResetCommand,
    Strict,
    Tag,
)
from oagen.cli.output import require_writable, write_json
from oagen.cli.terminal import Terminal
from oagen.suite.resolution import Resolution

if TYPE_CHECKING:
    from oagen.cli.learning_journal import LearningJournal
    from oagen.config.settings import Settings
    from oagen.errors import TargetError
    from oagen.learn.model import Learned
    from oagen.outcomes.model import Outcomes
    from oagen.scenario.model import Scenario
    from oagen.spec.model import ApiDescription
    from oagen.suite.generating import GeneratedSuite
    from oagen.suite.updating import Update

_LISTED = 20
_INTERRUPTED = 130


def generate(
    context: typer.Context,
    document: Document = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="The suite's folder; by default api_tests.", show_default=False
        ),
    ] = None,
    base_url: BaseUrl = None,
    app: App = None,
    allow_host: AllowHost = None,
    strict: Strict = False,
    include: Include = None,
    exclude: Exclude = None,
    tag: Tag = None,
    method: Method = None,
    templates: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Templates that come before the bundled ones.", show_default=False),
    ] = None,
    property_tests: Annotated[
        bool | None,
        typer.Option(
            "--property/--no-property",
            help="Add property tests, whose requests Schemathesis makes up; [suite] property in oagen.toml.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 when the suite is out of date.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Bring back tests and files that you took out of the suite.")
    ] = False,
    resolve: Annotated[
        Resolution,
        typer.Option(help="Lines changed both by you and in the document: report them, or take mine or generated."),
    ] = Resolution.KEEP_AND_REPORT,
    learn: Annotated[
        bool | None,
        typer.Option(
            "--learn/--no-learn",
            help="Try the scenarios on the API first; by default where --base-url or --app names it.",
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=1,
            help="How long learning may take; more than last time looks again for what was looked for in vain.",
        ),
    ] = 60,
    relearn: Annotated[
        bool, typer.Option("--relearn", help="Forget what was learned before, and try everything again.")
    ] = False,
    reset_command: ResetCommand = None,
    overlay: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write an OpenAPI Overlay that documents the client errors met, - for stdout.",
            show_default=False,
        ),
    ] = None,
    json: JsonFile = None,
) -> None:
    """Write or update the pytest suite of an API description.

    Where the API is named, each scenario is tried on it first, and the suite says which were seen to work; what
    --reset-command names is run before and after that. Run again, it brings what changed in the document into the
    suite, around your edits. It ends with 1 where both sides changed the same lines, and with --check where the suite
    is out of date; cut off by Ctrl-C, it writes what it knows and ends with 130.
    """
    from dataclasses import replace

    from oagen.cli.learning_journal import LearningJournal
    from oagen.errors import OutputError
    from oagen.suite.generating import design_scenarios, generate_suite
    from oagen.suite.merging import MergeRules
    from oagen.suite.writing import interrupted, recover, write_changes

    terminal: Terminal = context.obj
    settings = settings_for(
        terminal,
        document=document,
        base_url=base_url,
        app=app,
        allow_hosts=allow_host,
        out=out,
        templates=templates,
        include=include,
        exclude=exclude,
        tags=tag,
        methods=method,
    )
    if property_tests is not None:
        settings = replace(settings, suite=replace(settings.suite, property_tests=property_tests))
    folder = settings.suite.out
    for file in (json, overlay):
        require_writable(file, coming=folder)
    writes = not (check or diff)
    if writes:
        recover(folder)
    elif interrupted(folder):
        raise OutputError(
            f"an earlier run was interrupted while writing {folder}", hint="run oagen generate to complete it"
        )
    description = read_document(terminal, settings, strict=strict)
    _refuse_nothing(terminal, description, settings)
    with terminal.step(f"designing tests for {len(description.operations)} operations"):
        scenarios = design_scenarios(description, settings)
    known, cut_off = _known(folder, relearn=relearn), False
    journal = LearningJournal(settings.root, folder, fresh=relearn)
    if _learns(settings, named=bool(base_url or app), wished=learn) and writes:
        reached = live(settings, base_url=base_url, app=app)
        reached = replace(reached, api=replace(reached.api, reset_command=reset_command or settings.api.reset_command))
        known, cut_off = _shown(
            terminal, settings, reached, description, scenarios, budget=budget, known=known, journal=journal
        )
    learned, outcomes = known
    description = _as_met(description, learned)
    with terminal.step("writing the tests"):
        suite = generate_suite(description, settings, scenarios=scenarios, learned=learned, outcomes=outcomes)
    with terminal.step(f"comparing with {folder}"):
        update = suite.update_of(folder, MergeRules(resolution=resolve, restore=restore))
    if diff:
        terminal.verbatim("".join(update.diff()))
    if writes:
        with terminal.step(f"writing {folder}"):
            write_changes(folder, update.changes)
        journal.close()
    if json:
        _write_matrix(terminal, json, suite, settings)
    if overlay:
        _write_overlay(terminal, overlay, description, learned)
    _tell(terminal, suite, update, settings, wrote=writes, quiet=diff or (json is not None and str(json) == "-"))
    if cut_off:
        raise typer.Exit(_INTERRUPTED)
    if update.conflicts or (check and not update.is_clean):
        raise typer.Exit(1)


def _refuse_nothing(terminal: Terminal, description: ApiDescription, settings: Settings) -> None:
    """Stop where there is nothing to test because of a mistake; a document of webhooks alone is none."""
    from oagen.errors import DocumentError
    from oagen.report.diagnostics_text import diagnostic_lines
    from oagen.spec.model import Severity

    if description.operations:
        return
    mistakes = [item for item in description.diagnostics if item.severity is not Severity.WARNING]
    for line in diagnostic_lines(mistakes, limit=_LISTED):
        terminal.note(line)
    if mistakes:
        raise DocumentError(f"no operation of {description.source} can be read", hint="mend the first one above")
    refuse_empty_selection(description, settings)
    terminal.note(f"warning: {description.source} documents no operation, so that there is nothing to test")


def _known(folder: Path, *, relearn: bool) -> tuple[Learned | None, Outcomes | None]:
    """Return what was learned, and what was found for unit tests, when the suite was written last."""
    from oagen.suite.manifest import load_manifest

    manifest = None if relearn or not folder.is_dir() else load_manifest(folder)
    return (None, None) if manifest is None else (manifest.learned, manifest.outcomes)


def _write_matrix(terminal: Terminal, file: Path, suite: GeneratedSuite, settings: Settings) -> None:
    from dataclasses import replace

    from oagen.suite.matrix import waived
    from oagen.suite.matrix_codec import dump_matrix

    cells = waived(suite.matrix.cells, settings.waivers, today())
    write_json(terminal, file, dump_matrix(replace(suite.matrix, cells=tuple(cells))))


def _write_overlay(terminal: Terminal, file: Path, description: ApiDescription, learned: Learned | None) -> None:
    """Write what documents the client errors that were met, or say why there is no such file."""
    from oagen.learn.overlay import overlay_of

    if learned is None:
        terminal.note("warning: there is nothing to write an overlay of: name the API with --base-url or --app")
    elif (found := overlay_of(description, learned.undocumented)) is not None:
        write_json(terminal, file, found)
    else:
        name = "no overlay is written" if str(file) == "-" else f"{file} is not written"
        terminal.note(f"no undocumented client errors were met, so that {name}")


def _as_met(description: ApiDescription, learned: Learned | None) -> ApiDescription:
    """Return the description with the base path that the API was seen to have, where it is another one."""
    from dataclasses import replace

    if learned is None or learned.base_path is None:
        return description
    return replace(description, base_path=learned.base_path)


def _tried(
    terminal: Terminal,
    settings: Settings,
    description: ApiDescription,
    scenarios: tuple[Scenario, ...],
    *,
    budget: float,
    known: Learned | None,
    journal: LearningJournal,
) -> tuple[Learned | None, TargetError | None]:
    """Return what the target shows of scenarios; else what was known, and why the target could not be tried."""
    from oagen.cli.learning import learned_from_target
    from oagen.errors import TargetError

    left = journal.left()
    if left is not None:
        terminal.note("an earlier run ended while it learned: what it had found is tried first")
    try:
        learned = learned_from_target(
            terminal, settings, description, scenarios, budget=budget, known=left or known, keep=journal.keep
        )
    except TargetError as error:
        return known, error
    return learned, None


def _shown(
    terminal: Terminal,
    settings: Settings,
    reached: Settings,
    description: ApiDescription,
    scenarios: tuple[Scenario, ...],
    *,
    budget: float,
    known: tuple[Learned | None, Outcomes | None],
    journal: LearningJournal,
) -> tuple[tuple[Learned | None, Outcomes | None], bool]:
    """Return what the API, and the application's handlers, show of scenarios; and whether Ctrl-C cut that off.

    Args:
        reached: The settings with the one target that requests go to.
        journal: Takes what is learned on the way.
    """
    from oagen.learn.model import INTERRUPTED

    learned, failure = _tried(terminal, reached, description, scenarios, budget=budget, known=known[0], journal=journal)
    if learned is not None and learned.stopped == INTERRUPTED:
        return (learned, known[1]), True
    met = _as_met(description, learned)
    try:
        found = _outcomes(terminal, settings, met, scenarios, budget=budget, known=known[1], failure=failure)
    except KeyboardInterrupt:  # what was learned of the API is kept
        terminal.note("the search for unit tests was interrupted: they stay as they are; run again to go on")
        return (learned, known[1]), True
    return (learned, found), False


def _outcomes(
    terminal: Terminal,
    settings: Settings,
    description: ApiDescription,
    scenarios: tuple[Scenario, ...],
    *,
    budget: float,
    known: Outcomes | None,
    failure: TargetError | None,
) -> Outcomes | None:
    """Return what draws each status from the application's handlers; what was known where no application is named.

    Args:
        failure: Why the application could not be sent requests; unit tests may do without what it needs.

    Raises:
        TargetError: It can't be imported either.
    """
    from oagen.errors import TargetError

    if not settings.api.app:
        if failure is not None:
            raise failure
        return known
    from oagen.cli.unit_outcomes import outcomes_of_application

    try:
        found = outcomes_of_application(terminal, settings, description, scenarios, budget=budget, known=known)
    except TargetError as error:
        if failure is not None:
            raise failure from None
        terminal.note(f"warning: the unit tests stay as they are: {error}")
        return known
    if failure is not None:
        terminal.note(f"warning: unit tests alone were tried: {failure}")
    return found


def _learns(settings: Settings, *, named: bool, wished: bool | None) -> bool:
    """Tell whether requests are sent to the API."""
    from oagen.errors import UsageError

    if wished and not (settings.api.base_url or settings.api.app):
        raise UsageError("there is no API to learn from", hint="name it with --base-url or --app")
    return named if wished is None else wished


def _tell(
    terminal: Terminal, suite: GeneratedSuite, update: Update, settings: Settings, *, wrote: bool, quiet: bool
) -> None:
    from oagen.report.diagnostics_text import diagnostic_lines
    from oagen.report.matrix_table import totals_table
    from oagen.suite.matrix import waived, waiver_problems

    for line in diagnostic_lines(suite.description.diagnostics, limit=_LISTED):
        terminal.note(line)
    for problem in waiver_problems(suite.matrix.cells, settings.waivers, today()):
        terminal.note(f"warning: {problem}")
    _list(terminal, "obsolete, no longer generated (kept; delete them when you agree)", update.obsolete)
    _list(terminal, "taken out by you (stay away; --restore brings them back)", update.removed)
    _list(terminal, "conflict, changed by you and by this generation (left as it is)", update.conflicts)
    if update.conflicts:
        terminal.note(
            "hint: see the other side with --diff --resolve generated; then take it with --resolve generated, "
            "or keep yours, mended or not, with --resolve mine"
        )
    if suite.learned is not None and (suite.learned.requests or suite.learned.stopped):
        from oagen.report.learned_text import learned_lines

        for line in learned_lines(suite.learned, limit=_LISTED):
            terminal.note(line)
    if suite.outcomes is not None and suite.outcomes.trials:
        from oagen.report.outcomes_text import outcome_lines

        for line in outcome_lines(suite.outcomes, documented=suite.matrix.documented, limit=_LISTED):
            terminal.note(line)
    if quiet:
        return
    created = sum(change.before is None for change in update.files)
    changed = len(update.files) - created
    folder = update.folder
    if not wrote:
        state = "up to date" if update.is_clean else f"out of date: {created} files missing, {changed} to be changed"
        terminal.line(f"{folder} is {state}")
        return
    terminal.line(f"{folder}: {created} files written, {changed} updated, of {len(suite.files)}")
    terminal.show(totals_table(list(waived(suite.matrix.cells, settings.waivers, today()))))
    if not settings.api.base_url and not settings.api.app:
        terminal.line(f"next: pytest {folder} --api-base-url http://127.0.0.1:8000, then: oagen matrix")


def _list(terminal: Terminal, title: str, names: list[str]) -> None:
    if names:
        terminal.note(f"{title}:")
    for name in names[:_LISTED]:
        terminal.note(f"  {name}")
    if len(names) > _LISTED:
        terminal.note(f"  ... and {len(names) - _LISTED} more")
