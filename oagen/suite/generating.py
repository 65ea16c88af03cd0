"""From a document to a suite: the use case behind `oagen generate`, as a table of contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oagen.config.settings import Settings
from oagen.learn.choosing import Name, chosen, keeping_contract
from oagen.learn.model import Learned
from oagen.outcomes.model import Outcomes
from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription
from oagen.suite.build import build_suite
from oagen.suite.formatting import format_sources
from oagen.suite.matrix import Matrix, planned_matrix
from oagen.suite.merging import MergeRules
from oagen.suite.model import SuiteSettings
from oagen.suite.updating import Update, plan_update


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedSuite:
    """A suite in memory.

    Attributes:
        files: Formatted text of every file by path relative to the suite's folder.
        user_owned: Those that are written once and then belong to the user.
        matrix: Before any waiver, as the manifest holds it.
        learned: What a live target has shown of its scenarios.
        outcomes: Those of collaborators that its unit tests are made of.
    """

    description: ApiDescription
    files: Mapping[str, str]
    user_owned: frozenset[str]
    matrix: Matrix
    learned: Learned | None = None
    outcomes: Outcomes | None = None

    def update_of(self, folder: Path, rules: MergeRules) -> Update:
        """Return what it takes to bring a folder up to date with this suite.

        Raises:
            OutputError: The folder can't be used.
            StoreError: Its manifest is damaged.
        """
        return plan_update(
            folder,
            self.files,
            user_owned=self.user_owned,
            document=_name_of(self.description.source),
            matrix=self.matrix,
            learned=self.learned,
            outcomes=self.outcomes,
            rules=rules,
        )


def _name_of(source: str) -> str:
    """Return what a manifest calls a document: the same on every machine."""
    return source if "://" in source else Path(source).name


def design_scenarios(description: ApiDescription, settings: Settings) -> tuple[Scenario, ...]:
    """Return the scenarios that a description promises, for the identities of the settings."""
    return design(description, identities=identities_of(settings))


def identities_of(settings: Settings) -> tuple[IdentityInfo, ...]:
    """Return the identities of the settings, without their secrets."""
    return tuple(IdentityInfo(name=who.name, role=who.role or "") for who in settings.identities)


def generate_suite(
    description: ApiDescription,
    settings: Settings,
    *,
    scenarios: tuple[Scenario, ...] | None = None,
    learned: Learned | None = None,
    outcomes: Outcomes | None = None,
) -> GeneratedSuite:
    """Return the suite that holds an API to its description.

    Args:
        scenarios: Those of `design_scenarios`, where they are known already.
        learned: What a live target has shown of them; decides which of them the suite holds.
        outcomes: Of the application's collaborators; decides what the unit tests are.

    Raises:
        TemplateError: A template of the user can't be used.
    """
    if scenarios is None:
        scenarios = design_scenarios(description, settings)
    keeping = frozenset[Name]()
    if learned is not None:
        scenarios, keeping = chosen(scenarios, learned), keeping_contract(learned)
    layout = SuiteSettings.for_folder(
        settings.suite.out, templates=settings.suite.templates, property_tests=settings.suite.property_tests
    )
    suite = build_suite(description, scenarios, layout, outcomes, keeping=keeping)
    matrix = planned_matrix(description, suite.tests, has_app=settings.api.app is not None, learned=learned)
    return GeneratedSuite(
        description=description,
        files=format_sources(suite.files),
        user_owned=suite.user_owned,
        matrix=matrix,
        learned=learned,
        outcomes=outcomes,
    )
