"""What a rendered suite is, before it is written anywhere."""

from __future__ import annotations

import enum
import keyword
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOUND = "outcomes"
"""The technique of a unit test whose collaborators' outcomes were found."""


class Level(enum.StrEnum):
    """The levels of the test pyramid that a suite holds."""

    UNIT = "unit"
    INTEGRATION = "integration"
    CONTRACT = "contract"
    E2E = "e2e"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteSettings:
    """How a suite is rendered.

    Attributes:
        templates: A folder that is looked into before the bundled templates.
        package: The suite's folder has a name that can be imported, so its modules import each other relatively; else
            the folder itself is on `sys.path` (pytest puts it there) and its modules are imported by their own names.
        property_tests: Whether it has the property level, which needs Schemathesis.
    """

    templates: Path | None = None
    package: bool = True
    property_tests: bool = False

    @classmethod
    def for_folder(cls, folder: Path, *, templates: Path | None = None, property_tests: bool = False) -> SuiteSettings:
        """Return the settings for a suite in that folder."""
        name = folder.absolute().name
        importable = name.isidentifier() and not keyword.iskeyword(name) and name not in sys.stdlib_module_names
        return cls(templates=templates, package=importable, property_tests=property_tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One generated test, and the documented response it is for.

    Attributes:
        operation: Key of the operation, `GET /pets/{petId}`.
        status: The documented status: `404`, `4XX`, `default`.
        id: The test's id relative to the suite's folder, `integration/test_pets.py::TestShowPetById::test_404_...`.
        needs_states: Names of the provider states of `states.py` without which it skips.
        identities: Names of the identities of `oagen.toml` without which it skips.
        weak: Why a unit test whose outcomes were found says little; empty where it does not.
    """

    __test__ = False  # pytest is not to collect it

    level: Level
    operation: str
    status: str
    title: str
    id: str
    technique: str
    needs_states: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    weak: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The files of a suite by path relative to its folder (with `/`), and what its tests are for.

    Attributes:
        user_owned: Files that are written once and then belong to the user.
    """

    files: Mapping[str, str]
    tests: tuple[TestCase, ...]
    user_owned: frozenset[str]
