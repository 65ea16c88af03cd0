"""Which requests wait: those that may cost the campaign what it stands on, and those that did."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from oagen.fuzz.drastic import ends
from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.hazards import is_hazardous
from oagen.fuzz.ownership import Caution, Ownership
from oagen.fuzz.resources import Resource, last_resource
from oagen.scenario.model import Request
from oagen.spec.model import SAFE_METHODS

_KEPT_BACK = 10  # requests of one operation, for one reason
_MOST_KEPT_BACK = 1000
_ENOUGH_DEATHS = 2  # of operations, by what is hazardous


class Stage(enum.IntEnum):
    """How far a campaign is; the further, the more it may risk. The values are the highest caution that may be sent."""

    EARLY = Caution.NONE
    MIDDLE = Caution.CHANGES_OTHERS
    HAZARDS = Caution.MAY_END_TARGET
    LATE = Caution.DESTROYS_OTHERS
    LAST = Caution.OWN


class Gate:
    """Lets requests pass, or keeps them back for the end of the campaign.

    Args:
        ownership: Knows whose resources are whose.
        others: Identities that may risk their rights in the place of the campaign's own.
        fragile: Nobody would start the target again, so that what may end it waits.

    Attributes:
        stage: Of the campaign, which moves it on.
    """

    def __init__(self, ownership: Ownership, *, others: tuple[str, ...] = (), fragile: bool = False) -> None:
        self._ownership = ownership
        self._others = others
        self._fragile = fragile
        self._kept: dict[Caution, list[Request]] = {}
        self._counts: Counter[tuple[str, Caution]] = Counter()
        self._deadly: set[str] = set()
        self._survived: set[str] = set()
        self._forbidden: set[str] = set()
        self._untouchable: set[Resource] = set()
        self._harm: Counter[str] = Counter()
        self.stage = Stage.EARLY

    def keeps_back(self, *cautions: Caution) -> bool:
        """Whether anything waits for such a reason."""
        return any(self._kept.get(caution) for caution in cautions)

    def admitted(self, request: Request) -> Request | None:
        """Return what to send: the request, the same for a resource of the campaign's own; None for not now."""
        if self.is_forbidden(request):
            return None
        caution = self._caution(request)
        if caution <= self.stage.value:
            return request
        spared = self._ownership.spared(request)
        if spared is not None and self._caution(spared) is Caution.NONE and not self.is_forbidden(spared):
            return spared
        self._keep_back(request, caution)
        return None

    def allows(self, request: Request, *, instead_of: Request) -> bool:
        """Whether one request may be sent at this stage where another one was: it risks no more than that."""
        highest = max(self.stage.value, self._caution(instead_of))
        return not self.is_forbidden(request) and self._caution(request) <= highest

    def survived(self, request: Request) -> None:
        """Take note that the target has answered."""
        if request.operation not in self._survived and is_hazardous(request):
            self._survived.add(request.operation)

    def deadly(self, request: Request) -> None:
        """Never send again what ended the target: the operation, or only what is hazardous in it.

        Where that has ended it in several operations, it is left out of all that did not survive it before.
        """
        if is_hazardous(request):
            self._deadly.add(request.operation)
        else:
            self._forbidden.add(request.operation)

    def _caution(self, request: Request) -> Caution:
        caution = self._ownership.caution_of(request)
        if not self._fragile or self.stage is Stage.LAST:
            return caution
        if _says_it_ends(request):
            return Caution.OWN
        if self.stage < Stage.HAZARDS and caution < Caution.MAY_END_TARGET and is_hazardous(request):
            return Caution.MAY_END_TARGET
        return caution

    def is_risky(self, request: Request) -> bool:
        """Whether it is worth asking for the campaign's rights after this request succeeded."""
        return self._ownership.caution_of(request) is not Caution.NONE

    def kept_back(self) -> Iterator[Request]:
        """Yield what was kept back and may be sent at this stage, what risks most last: the caller's own rights."""
        while waiting := [self._kept.pop(caution) for caution in sorted(self._kept) if caution <= self.stage.value]:
            requests = [
                self._by_another(item) if self._ownership.is_own(item) else item for some in waiting for item in some
            ]
            yield from sorted(
                requests,
                key=lambda item: (
                    _says_it_ends(item),
                    item.identity not in self._others,
                    self._ownership.suspicion(item),
                ),
            )

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

    def is_forbidden(self, request: Request) -> bool:
        """Whether a request would do harm that another one has done before."""
        if request.operation in self._forbidden:
            return True
        deadly = len(self._deadly) >= _ENOUGH_DEATHS and request.operation not in self._survived
        if (deadly or request.operation in self._deadly) and is_hazardous(request):
            return True
        if not self._untouchable or request.method in SAFE_METHODS:
            return False
        return last_resource(request) in self._untouchable

    def _keep_back(self, request: Request, caution: Caution) -> None:
        kept = self._kept.setdefault(caution, [])
        if self._counts[request.operation, caution] < _KEPT_BACK and len(kept) < _MOST_KEPT_BACK:
            self._counts[request.operation, caution] += 1
            kept.append(request)

    def _by_another(self, request: Request) -> Request:
        """Return the request of another identity, where it would only change what stands for whoever sends it."""
        if "{" in request.path or not self._others:
            return request
        return replace(request, identity=self._others[0])


def _says_it_ends(request: Request) -> bool:
    """Whether the path says that the target as a whole is ended."""
    return "{" not in request.path and ends(request.path)


def others_of(options: CampaignOptions) -> tuple[str, ...]:
    """Return the identities that are not the campaign's own."""
    if options.identity is None:
        return ()
    return tuple(name for name in options.identities if name != options.identity)
