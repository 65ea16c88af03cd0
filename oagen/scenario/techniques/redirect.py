"""3xx other than 304: a valid request, answered with where to go."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.scenario.context import DesignContext, documented
from oagen.scenario.model import HeaderCheck, HeaderRule, Scenario
from oagen.spec.model import Operation, Response

_WITH_LOCATION = frozenset({"301", "302", "303", "307", "308"})


class Redirect:
    """The valid request itself, where no 2xx is documented that it would draw instead."""

    name = "redirect"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the valid request; RFC 9110, section 15.4 wants a `Location` with most of these."""
        redirects = response.status in _WITH_LOCATION or response.status in {"300", "3XX"}
        if not redirects or any(status.startswith("2") for status in documented(operation)):
            return
        prepared = context.prepared(operation)
        check = HeaderCheck(name="Location", rule=HeaderRule.PRESENT, required=True)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason="for a valid request",
            given=prepared.given,
            when=prepared.request,
            headers=(check,) if response.status in _WITH_LOCATION else (),
        )
