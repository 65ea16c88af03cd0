"""Which operations a change touches: described in another way, or handled by files that are not as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from oagen.ci.comparing import changed_operations
from oagen.ci.handlers import handler_files
from oagen.ci.history import History
from oagen.ci.imports import ImportGraph
from oagen.config.settings import Settings
from oagen.errors import OagenError
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a change touches.

    Attributes:
        operations: Key of each operation that is touched, and why, in the document's order.
        notes: What could not be told, one sentence each; what can't be told counts as touched.
    """

    operations: dict[str, str]
    notes: tuple[str, ...] = ()


def changes_since(
    since: str,
    description: ApiDescription,
    settings: Settings,
    description_in: Callable[[Path], ApiDescription],
) -> Changes:
    """Return which operations are touched by what changed since a commit.

    Args:
        description: As it is now.
        description_in: Reads the description of the project in another folder.

    Raises:
        UsageError: There is no git history to compare with.
    """
    history = History(settings.root, since)
    changed = history.changed()
    notes: list[str] = []
    touched: dict[str, str] = {}
    if changed:
        touched |= _described(history, changed, description, settings, description_in=description_in, notes=notes)
        touched |= {
            key: why for key, why in _handled(history, changed, description, settings, notes) if key not in touched
        }
    keys = [operation.key for operation in description.operations]
    return Changes(operations={key: touched[key] for key in keys if key in touched}, notes=tuple(notes))


def with_producers(touched: Iterable[str], scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return operations together with those that make what their scenarios need."""
    wanted = dict.fromkeys(touched)
    for scenario in scenarios:
        if scenario.operation in wanted:
            wanted |= dict.fromkeys(step.request.operation for step in scenario.steps)
    return tuple(wanted)


def _described(
    history: History,
    changed: frozenset[Path],
    description: ApiDescription,
    settings: Settings,
    *,
    description_in: Callable[[Path], ApiDescription],
    notes: list[str],
) -> dict[str, str]:
    offered = settings.api.document is None
    if not offered and not changed & _files_of(description):
        return {}
    if not offered and "://" in (settings.api.document or ""):
        notes.append("the API description is not in the repository, so that each operation counts as touched")
        return {operation.key: "description" for operation in description.operations}
    try:
        with history.before() as folder:
            before = description_in(folder)
    except OagenError as error:
        notes.append(f"the API description before the change can't be read ({error.message}): each operation counts")
        return {operation.key: "description" for operation in description.operations}
    return dict.fromkeys(changed_operations(before, description), "description")


def _files_of(description: ApiDescription) -> frozenset[Path]:
    folder = Path(description.source).absolute().parent
    names = [name for name in description.resolver.documents if "://" not in name]
    return frozenset((folder / name).resolve() for name in names) | {Path(description.source).resolve()}


def _handled(
    history: History, changed: frozenset[Path], description: ApiDescription, settings: Settings, notes: list[str]
) -> list[tuple[str, str]]:
    if settings.api.app is None:
        return []
    resolved = {file.resolve() for file in changed if file.suffix == ".py"}
    if not resolved:
        return []
    try:
        handlers = handler_files(settings, description.operations, description.base_path)
    except OagenError as error:
        notes.append(f"{error.message}, so that each operation counts as touched")
        return [(operation.key, "source") for operation in description.operations]
    graph = ImportGraph(history.root)
    found: list[tuple[str, str]] = []
    for key, file in handlers.items():
        files = sorted(graph.closure(file) & resolved)
        if files:
            found.append((key, _named(files[0], history.root)))
    return found


def _named(file: Path, root: Path) -> str:
    return file.relative_to(root.resolve()).as_posix()
