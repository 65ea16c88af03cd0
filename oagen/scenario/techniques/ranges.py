"""`4XX`, `5XX`, `default`: the cheapest technique whose status falls in it and is not documented by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario.context import DesignContext, documented, excluded
from oagen.scenario.model import ProviderState, Scenario
from oagen.scenario.registry import Technique
from oagen.spec.model import Operation, Response

_IN_RANGE = {
    "3": ("304", "303", "302", "307", "301", "308"),
    "4": ("404", "422", "400", "401", "406", "415", "403"),
    "5": (),
}
_ANY = _IN_RANGE["4"]


class Ranges:
    """Aims at one code of a range, with the technique for that code.

    Args:
        techniques: Asked for each candidate code in order, most certain code first.
        last_resort: Asked where none of them applies.
    """

    name = "range"

    def __init__(self, techniques: tuple[Technique, ...], last_resort: Technique) -> None:
        self._techniques = techniques
        self._last_resort = last_resort

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield one scenario for a range or `default`; it expects the range, less what is documented by itself."""
        status = response.status
        if (status != "default" and not status.endswith("XX")) or status == "2XX":
            return
        taken = documented(operation)
        if status == "default" and not any(code.startswith(("2", "3")) for code in taken):
            yield from self._success(context, operation, response)
            return
        candidates = _ANY if status == "default" else _IN_RANGE.get(status[0], ())
        if status == "default" and "4XX" in taken:
            candidates = ()
        free = [code for code in candidates if code not in taken]
        for arranged in (True, False):
            for code in free:
                scenario = self._aimed(context, operation, response, code, arranged=arranged)
                if scenario is not None:
                    yield scenario
                    return

    def _success(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        prepared = context.prepared(operation)
        yield context.scenario(
            operation,
            response,
            technique="valid-request",
            reason="for a valid request",
            given=prepared.given,
            when=prepared.request,
        )

    def _aimed(
        self, context: DesignContext, operation: Operation, response: Response, code: str, *, arranged: bool
    ) -> Scenario | None:
        aimed = replace(response, status=code)
        for technique in self._techniques:
            for scenario in technique.design(context, operation, aimed):
                if arranged and any(isinstance(item, ProviderState) for item in scenario.given):
                    continue
                return replace(
                    scenario,
                    status=response.status,
                    title=response.status + scenario.title.removeprefix(code),
                    then=replace(
                        scenario.then,
                        status=response.status,
                        excluded=excluded(operation, response.status),
                        body=(),
                    ),
                )
        return None
