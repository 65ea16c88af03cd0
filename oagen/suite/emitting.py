"""Tests of findings into a folder: that of a suite, or one of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from oagen.findings.model import Finding
from oagen.spec.model import ApiDescription
from oagen.suite.manifest import Manifest, load_manifest
from oagen.suite.matrix import Matrix
from oagen.suite.merging import MergeRules
from oagen.suite.model import SuiteSettings
from oagen.suite.regressions import PACKAGE, SECONDS, build_regressions
from oagen.suite.updating import Update, plan_update
from oagen.suite.writing import recover, write_changes

_NOTHING = Matrix(operations=0, documented=0, cells=())


def emit_tests(
    folder: Path,
    description: ApiDescription,
    findings: Iterable[Finding],
    *,
    templates: Path | None = None,
    seconds: float = SECONDS,
    headers: Iterable[str] = (),
) -> list[Update]:
    """Write the tests of findings into `regressions/` below a folder, and return what was done.

    A folder that holds a generated suite lends them what they stand on; another one gets it as well. Edits survive,
    as they do in a suite; the test of a finding that is gone stays, and is told as obsolete.

    Args:
        seconds: How long an answer may take where the finding is that none comes in time.
        headers: Names of those that every request carries; the tests take their values from the environment.

    Raises:
        OutputError: The folder can't be used, or holds somebody else's files.
        StoreError: A manifest in it is damaged.
        TemplateError: A template of the user can't be used.
    """
    settings = SuiteSettings.for_folder(folder, templates=templates)
    built = build_regressions(description, findings, settings, seconds=seconds, headers=headers)
    recover(folder)
    updates = []
    manifest = load_manifest(folder)
    if manifest is None or not _is_suite(manifest):
        updates.append(_written(folder, built.shared, built.user_owned))
    recover(folder / PACKAGE)
    updates.append(_written(folder / PACKAGE, built.tests, frozenset()))
    return updates


def _written(folder: Path, files: Mapping[str, str], user_owned: frozenset[str]) -> Update:
    update = plan_update(
        folder,
        files,
        user_owned=user_owned,
        document=PACKAGE,
        matrix=_NOTHING,
        rules=MergeRules(),
    )
    write_changes(folder, update.changes)
    return update


def _is_suite(manifest: Manifest) -> bool:
    """Tell whether a manifest is that of a generated suite, and not of such tests alone."""
    return manifest.matrix.operations > 0 or bool(manifest.matrix.cells)
