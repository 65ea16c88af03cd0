"""400 and 422 by what a request means: it names what is not there, what is taken, more than there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario
from oagen.scenario.techniques.conflict import SHORTAGE, STATE, TAKEN, Conflict
from oagen.scenario.techniques.missing import UnknownIdentifier
from oagen.spec.model import Operation, Response

_OF_THE_SCHEMA = re.compile(
    r"\b(?:in)?valid|schema|malformed|syntax|pars|format|unprocessable|bad request|missing|required|constraint|"
    r"\bfields?\b|\binput\b|payload|violat|well-formed",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"\b(?:no such|unknown|non-?exist\w*|does not exist|doesn't exist|not found|not an? \w+|referenced)\b"
)


class RefusedMeaning:
    """Requests that no schema forbids, where the description says that this is what the status stands for."""

    name = "refused-meaning"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield one scenario if the description speaks of a conflict or of a reference to nothing."""
        if response.status not in {"400", "422"} or not speaks_of_meaning(response):
            return
        if _ABSENT.search(response.description):
            yield from islice(UnknownIdentifier().references(context, operation, response), 1)
        else:
            yield from islice(Conflict().ways(context, operation, response), 1)


def speaks_of_meaning(response: Response) -> bool:
    """Tell whether a description is about what a request means, not about its form."""
    text = response.description
    meant = (SHORTAGE, TAKEN, STATE, _ABSENT)
    return not _OF_THE_SCHEMA.search(text) and any(pattern.search(text) for pattern in meant)
