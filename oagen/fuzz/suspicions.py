"""What looks like a broken promise, until a second validator has confirmed it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from oagen.findings.fingerprint import Fingerprint
from oagen.findings.model import FindingKind
from oagen.spec.model import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A promise that an answer breaks.

    Attributes:
        place: Where the document makes the promise.
    """

    kind: FindingKind
    fingerprint: Fingerprint
    place: Location


class Evidence(enum.Enum):
    """What the second validator has to hold against the answer, too."""

    STATUS = enum.auto()
    CONTENT = enum.auto()
    HEADER = enum.auto()  # the one of this name
    BODY = enum.auto()  # at this place, by this keyword


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What the first check holds against an answer.

    Attributes:
        where: Name of a header in lower case, or pointer into the body.
        keyword: Of the schema, that the body breaks there.
        documented: The document shows this very value as an example: it contradicts itself, the API does not break it.
    """

    broken: Broken
    evidence: Evidence
    where: str = ""
    keyword: str = ""
    documented: bool = field(default=False)
