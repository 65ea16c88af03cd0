"""Which requests wait: those that may cost the campaign what it stands on, and those that did."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from oagen.fuzz.ownership import Caution, Ownership
from oagen.fuzz.resources import Resource, last_resource
from oagen.scenario.model import Request

_KEPT_BACK = 6  # requests of one operation
_MOST_KEPT_BACK = 400


class Stage(enum.IntEnum):
    """How far a campaign is; the further, the more it may risk. The values are the highest caution that may be sent."""

    EARLY = Caution.NONE
    MIDDLE = Caution.CHANGES_OTHERS
    LATE = Caution.DESTROYS_OTHERS
    LAST = Caution.OWN


class Gate:
    """Lets requests pass, or keeps them back for the end of the campaign.

    Args:
        ownership: Knows whose resources are whose.
        others: Identities that may risk their rights in the place of the campaign's own.

    Attributes:
        stage: Of the campaign, which moves it on.
    """

    def __init__(self, ownership: Ownership, *, others: tuple[str, ...] = ()) -> None:
        self._ownership = ownership
        self._others = others
        self._kept: dict[Caution, list[Request]] = {}
        self._counts: Counter[str] = Counter()
        self._forbidden: set[str] = set()
        self._untouchable: set[Resource] = set()
        self._harm: Counter[str] = Counter()
        self.stage = Stage.EARLY

    @property
    def keeps_back(self) -> bool:
        """Whether anything waits for the end of the campaign."""
        return any(self._kept.values())

    def admitted(self, request: Request) -> Request | None:
        """Return what to send: the request, the same for a resource of the campaign's own; None for not now."""
        if self._is_forbidden(request):
            return None
        caution = self._ownership.caution_of(request)
        if caution <= self.stage.value:
            return request
        spared = self._ownership.spared(request)
        if spared is not None and self._ownership.caution_of(spared) is Caution.NONE and not self._is_forbidden(spared):
            return spared
        self._keep_back(request, caution)
        return None

    def is_risky(self, request: Request) -> bool:
        """Whether it is worth asking for the campaign's rights after this request succeeded."""
        return self._ownership.caution_of(request) is not Caution.NONE

    def kept_back(self) -> Iterator[Request]:
        """Yield what was kept back and may be sent at this stage, what risks most last."""
        while requests := [self._kept.pop(caution) for caution in sorted(self._kept) if caution <= self.stage.value]:
            for request in sorted((item for some in requests for item in some), key=self._ownership.suspicion):
                yield self._by_another(request) if self._ownership.is_own(request) else request

    def forbid(self, request: Request) -> None:
        """Never send this again, nor anything else that changes the same resource.

        The whole operation is set aside where its path names no resource or one of the campaign's own, and where it
        has done harm before.
        """
        self._harm[request.operation] += 1
        resource = last_resource(request)
        if resource is None or self._ownership.has_made(resource) or self._harm[request.operation] > 1:
            self._forbidden.add(request.operation)
        else:
            self._untouchable.add(resource)

    def _is_forbidden(self, request: Request) -> bool:
        if request.operation in self._forbidden:
            return True
        if not self._untouchable or request.method in ("GET", "HEAD", "OPTIONS"):
            return False
        return last_resource(request) in self._untouchable

    def _keep_back(self, request: Request, caution: Caution) -> None:
        kept = self._kept.setdefault(caution, [])
        if self._counts[request.operation] < _KEPT_BACK and len(kept) < _MOST_KEPT_BACK:
            self._counts[request.operation] += 1
            kept.append(request)

    def _by_another(self, request: Request) -> Request:
        """Return the request of another identity, where it would only change what stands for whoever sends it."""
        if "{" in request.path or not self._others:
            return request
        return replace(request, identity=self._others[0])
