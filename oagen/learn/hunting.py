"""A campaign as a source of requests: run in turns, it hands on what it met of what is looked for.

It has the guard rails of every campaign, and ends before it risks anything: see `CampaignOptions.harmless`.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from oagen.errors import TargetError
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Event, Finished, Stop
from oagen.fuzz.oracles import Oracle
from oagen.fuzz.pacing import Ledger, PacedTarget
from oagen.fuzz.sending import Sent
from oagen.fuzz.shrink import steps_for, steps_with_deletion, steps_with_writes
from oagen.learn.model import Pair
from oagen.runner.run import Exchange, RunContext
from oagen.scenario.model import RESPONSE, Request, Scenario, Step
from oagen.spec.model import ApiDescription
from oagen.target.model import Target

_MOST_KEPT = 3  # requests for one response at a time, the smallest ones
_MOST_MET = 6  # for one response in all
_PATIENCE = 120  # requests for each operation, of which none was new, before it ends
_LEAST_PATIENCE = 1000
_SEED = 1
_TIMEOUT = CampaignOptions().timeout

Way = tuple[tuple[Step, ...], Request]
"""Steps, and a request that captures from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A request that drew a status that is looked for.

    Attributes:
        weight: How large it is.
    """

    pair: Pair
    status: int
    request: Request
    weight: int


class Hunt:
    """One campaign.

    Args:
        target: Where it sends to, with patience of its own.
        context: Identities and base path.
        identity: The one that requests are sent as.
        scenarios: Those that were seen to succeed: what they make is built on.
        seconds: How long it may take in all, pauses between its turns included.
        wanted: Tells for which response an answer of this status to a request is looked for.
        overheard: Is told of each exchange.
    """

    def __init__(
        self,
        description: ApiDescription,
        target: Target,
        context: RunContext,
        *,
        identity: str | None,
        scenarios: Sequence[Scenario],
        seconds: float,
        wanted: Callable[[Request, int], Pair | None],
        overheard: Callable[[Exchange], None],
    ) -> None:
        self._wanted = wanted
        self._overheard = overheard
        self._patience = max(_LEAST_PATIENCE, _PATIENCE * len(description.operations))
        self._newest = 0
        self._met: dict[Pair, list[Met]] = {}
        self._known: defaultdict[Pair, set[str]] = defaultdict(set)
        self._paced = paced = PacedTarget(target, Ledger())
        self._campaign = Campaign(
            description,
            paced,
            CampaignOptions(
                seed=_SEED,
                max_seconds=seconds,
                timeout=min(context.timeout or _TIMEOUT, _TIMEOUT),
                identities=context.identities,
                identity=identity,
                base_path=context.base_path,
                other_methods=False,
                shrink_share=0.0,
                oracles=(Oracle.DROPPED,),
                harmless=True,
            ),
            scenarios=scenarios,
            paced=paced,
            heard=self._hear,
        )
        self._events: Generator[Event] = self._campaign.run()
        self.is_over = False
        self.stop: Stop | None = None
        """Why it has ended, where it has ended by itself."""

    @property
    def requests(self) -> int:
        """How many it has sent."""
        return self._paced.ledger.count

    def go_on(self, seconds: float) -> None:
        """Send requests for about so many seconds; `is_over` tells whether there will be no more."""
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                event = next(self._events, None)
                if isinstance(event, Finished):
                    self.stop = event.stop
                if event is None:
                    self.is_over = True
                    return
                if self.requests - self._newest > self._patience:
                    self.close()
                    return
        except TargetError:
            self.is_over, self.stop = True, Stop.DEAD
        finally:
            self._paced.wait()  # what comes between two turns is not to meet what the campaign has sent

    def close(self) -> None:
        """Send nothing more."""
        self.is_over = True
        self._events.close()

    def met(self) -> list[Met]:
        """Return, once, what was met since the last time: successes first, then refusals, then errors."""
        found = sorted(itertools.chain.from_iterable(self._met.values()), key=lambda item: (item.status, item.weight))
        self._met.clear()
        return found

    def ways(self, request: Request) -> Iterator[Way]:
        """Yield steps that make what a request names, as it was made here, and perhaps changed or deleted."""
        making = steps_for(request, self._campaign.pool)
        yield making
        yield from steps_with_writes(request, self._campaign.pool)
        if (deletion := steps_with_deletion(request, self._campaign.pool))[0]:
            yield deletion

    def _hear(self, sent: Sent) -> None:
        if sent.answer is None:
            return
        exchange = Exchange(step=RESPONSE, request=sent.request, wire=sent.wire, answer=sent.answer)
        self._overheard(exchange)
        pair = self._wanted(sent.request, sent.answer.status)
        if pair is None:
            return
        text = repr(sent.request)
        known = self._known[pair]
        if text in known or len(known) >= _MOST_MET:
            return
        self._newest = self.requests
        kept = self._met.setdefault(pair, [])
        kept.append(Met(pair=pair, status=sent.answer.status, request=sent.request, weight=len(text)))
        kept.sort(key=lambda item: item.weight)
        for item in kept[:_MOST_KEPT]:
            known.add(repr(item.request))
        del kept[_MOST_KEPT:]
