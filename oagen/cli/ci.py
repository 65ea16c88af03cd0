"""`oagen ci`: the jobs of a team's CI, and what they run."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.ci.provider import Provider
from oagen.cli.ci_fuzz import ci_changed, ci_fuzz
from oagen.cli.ci_suite import ci_suite
from oagen.cli.configured import settings_for, today
from oagen.cli.options import DEFAULT_STORE, StoreFile
from oagen.cli.store import existing_store, proof_context
from oagen.cli.terminal import Terminal
from oagen.suite.resolution import Resolution

if TYPE_CHECKING:
    from oagen.config.settings import Settings

ci = typer.Typer(
    name="ci",
    help="Write the jobs of a team's CI, and do what they do.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Check = Annotated[bool, typer.Option("--check", help="Write nothing; end with 1 when a file is out of date.")]
Diff = Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")]
Resolve = Annotated[
    Resolution, typer.Option(help="Lines changed both by you and by oagen: report them, or take mine or generated.")
]
Issues = Annotated[
    bool | None,
    typer.Option(
        "--issues/--no-issues",
        help="Keep one issue for each finding; by default as [ci] issues says, else yes.",
        show_default=False,
    ),
]
CodeScanning = Annotated[
    bool | None,
    typer.Option(
        "--code-scanning/--no-code-scanning",
        help="Hand SARIF to code scanning; by default as [ci] code_scanning says, else yes.",
        show_default=False,
    ),
]


@ci.command()
def github(
    context: typer.Context,
    issues: Issues = None,
    code_scanning: CodeScanning = None,
    check: Check = False,
    diff: Diff = False,
    resolve: Resolve = Resolution.KEEP_AND_REPORT,
) -> None:
    """Write the nightly workflow and that of a pull request, for GitHub Actions.

    They go into .github/workflows of the repository, and bear the name of the project's folder where it is not the
    root; what they do is said in [ci] of oagen.toml. Run again, it brings
    what is new into the files, around your edits.
    """
    _write(
        context.obj,
        Provider.GITHUB,
        issues=issues,
        code_scanning=code_scanning,
        check=check,
        diff=diff,
        resolve=resolve,
    )


@ci.command()
def gitlab(
    context: typer.Context,
    issues: Issues = None,
    check: Check = False,
    diff: Diff = False,
    resolve: Resolve = Resolution.KEEP_AND_REPORT,
) -> None:
    """Write the nightly job and that of a merge request, for GitLab CI, as .gitlab/oagen.yml.

    Where the project lies in a folder of the repository, the file bears its name.
    """
    _write(context.obj, Provider.GITLAB, issues=issues, code_scanning=None, check=check, diff=diff, resolve=resolve)


@ci.command()
def shell(
    context: typer.Context,
    check: Check = False,
    diff: Diff = False,
    resolve: Resolve = Resolution.KEEP_AND_REPORT,
) -> None:
    """Write both jobs as scripts, ci/oagen-nightly.sh and ci/oagen-pull-request.sh, for any other CI.

    Where the project lies in a folder of the repository, they bear its name.
    """
    _write(context.obj, Provider.SHELL, issues=None, code_scanning=None, check=check, diff=diff, resolve=resolve)


ci.command("fuzz")(ci_fuzz)
ci.command("suite")(ci_suite)
ci.command("changed")(ci_changed)


@ci.command("issues")
def ci_issues(
    context: typer.Context,
    provider: Annotated[
        Provider | None,
        typer.Option(help="Whose issues; by default those of the job's provider.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="How many issues it may open in one run.")] = 25,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done.")] = False,
    store: StoreFile = DEFAULT_STORE,
) -> None:
    """Keep one issue for each finding: opened, updated, closed when it is fixed, opened again when it is back.

    It goes through gh, with the token in GH_TOKEN, or glab, with that in GITLAB_TOKEN.
    """
    from oagen.ci.issues import Deed, counted, planned_steps
    from oagen.ci.trackers import tracker_of
    from oagen.findings.proof import proof_of

    terminal: Terminal = context.obj
    if not store.is_file():
        terminal.note(f"there is no store {store}, so there is nothing to do")
        return
    shown = proof_context(settings_for(terminal))
    with existing_store(store) as opened:
        kept = opened.kept()
    tracker = tracker_of(provider or Provider.of(os.environ))
    proofs = [proof_of(item.finding, shown, item) for item in kept]
    steps = list(planned_steps(kept, proofs, tracker.issues(), today()))
    opened_ones = [step for step in steps if step.deed is Deed.OPEN]
    later = opened_ones[limit:]
    done = [step for step in steps if step not in later]
    for step in done:
        if not dry_run:
            tracker.do(step)
        terminal.line(f"{step.deed.value} {step.fingerprint}: {step.title}")
    if later:
        terminal.note(f"{len(later)} more are to be opened; --limit says how many in one run")
    terminal.line(f"issues: {counted(done)}")


def _write(
    terminal: Terminal,
    provider: Provider,
    *,
    issues: bool | None,
    code_scanning: bool | None,
    check: bool,
    diff: bool,
    resolve: Resolution,
) -> None:
    from oagen.ci.jobs import job_files, repository_root
    from oagen.ci.writing import plan_jobs
    from oagen.suite.writing import recover, write_changes

    settings = settings_for(terminal)
    ci_settings = settings.ci
    if issues is not None:
        ci_settings = replace(ci_settings, issues=issues)
    if code_scanning is not None:
        ci_settings = replace(ci_settings, code_scanning=code_scanning)
    settings = replace(settings, ci=ci_settings)
    root = repository_root(settings.root)
    generated = job_files(provider, settings, root, settings.suite.templates)
    writes = not (check or diff)
    if writes:
        recover(root)
    update = plan_jobs(root, generated, resolution=resolve)
    if diff:
        terminal.verbatim("".join(update.diff()))
    if writes:
        write_changes(root, update.changes)
        _make_executable(root, [path for path in generated if path.endswith(".sh")])
    for path in update.removed:
        terminal.note(f"deleted by you (stays away; --resolve generated brings it back): {path}")
    for path in update.conflicts:
        terminal.note(f"conflict, the same lines were changed by you and by oagen (left as it is): {path}")
    if update.conflicts:
        terminal.note("hint: see the other side with --diff --resolve generated; settle it with --resolve")
    if writes:
        for change in update.files:
            terminal.line(f"{'written' if change.before is None else 'updated'}: {_shown(root / change.path)}")
        _tell_next(terminal, provider, root, next(iter(generated)))
    elif not diff:
        terminal.line("the jobs are up to date" if update.is_clean else "the jobs are out of date")
    if update.conflicts or (check and not update.is_clean):
        raise typer.Exit(1)


def _make_executable(root: Path, paths: list[str]) -> None:
    for path in paths:
        file = root / path
        if file.is_file():
            file.chmod(file.stat().st_mode | 0o111)


def _shown(path: Path) -> str:
    return os.path.relpath(path)


def _tells_its_document(settings: Settings) -> bool:
    """Tell whether the API description can be read before a job has brought the API up."""
    from oagen.spec.discovery import usual_documents

    is_up_already = settings.ci.start is None and settings.ci.compose is None
    return bool(settings.api.document or settings.api.app or is_up_already or usual_documents(settings.root))


def _tell_next(terminal: Terminal, provider: Provider, root: Path, file: str) -> None:
    from oagen.ci.jobs import secret_names
    from oagen.ci.writing import MANIFEST

    secrets = secret_names(settings_for(terminal))
    if secrets and provider is not Provider.SHELL:
        where = {
            Provider.GITHUB: "repository secrets (gh secret set NAME)",
            Provider.GITLAB: "CI/CD variables, masked (protected ones do not reach merge requests)",
        }
        terminal.note(f"the jobs need these as {where[provider]}: {', '.join(secrets)}")
    if provider is Provider.GITLAB and not (root / ".gitlab-ci.yml").exists():
        terminal.note(f"next: name it in .gitlab-ci.yml: include: [{{local: {file}}}]")
    if not _tells_its_document(settings_for(terminal)):
        terminal.note(
            "warning: nothing tells the API description while the API is down, and oagen generate --check needs it: "
            "commit it, and name it as document in [api]"
        )
    terminal.note(f"commit them together with {MANIFEST}, which later merges start from")
