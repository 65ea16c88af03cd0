"""What was learned from a live target."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from oagen.scenario import codec
from oagen.scenario.model import Scenario
from oagen.spec.bundle import bundle
from oagen.spec.model import ApiDescription, Operation

Pair = tuple[str, str]
"""A documented response: key of its operation, and its status as documented."""


INTERRUPTED = "it was interrupted"
"""Why learning ended, where its user stopped it."""


class WitnessState(enum.StrEnum):
    """What trying a scenario, or all those of a documented response, has shown."""

    VERIFIED = "verified"  # twice, on fresh resources, and for its reason
    REFUTED = "refuted"  # its request was sent; the answer was another than promised
    NOT_REACHED = "not reached"  # its request could not be sent, or what it drew proves nothing
    NEEDS_STATE = "needs state"  # only the user can arrange it
    UNTRIED = "untried"  # the budget ended first


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One scenario that was tried.

    Attributes:
        digest: Of the scenario as it was designed, see `digest_of`.
        title: That of the scenario.
        answered: The status that came back, where the request was sent.
        kept_status: The promised status came back; what was refuted is another part of the promise.
        reason: Why it is not verified, as a sentence.
        contract: What is wrong with the body that came with the promised status, as a sentence: the contract level
            holds the API to that.
        witness: The scenario that was verified, where it is not the designed one as it stands.
    """

    digest: str
    title: str
    technique: str
    state: WitnessState
    answered: int | None = None
    kept_status: bool = False
    reason: str | None = None
    contract: str | None = None
    witness: Scenario | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPair:
    """What is known of one documented response.

    Attributes:
        tried: Designed scenarios in their order, then variations that were verified.
        complete: Everything that can be tried has been, so that nothing is sent for it next time.
        searched: Seconds of the budget within which a witness was looked for in vain; a larger one looks again.
        fingerprint: Of what the document said of the operation then; see `operation_digest`.
    """

    tried: tuple[Tried, ...] = ()
    complete: bool = False
    searched: float = 0.0
    fingerprint: str = ""

    @property
    def state(self) -> WitnessState:
        """The best that one of its scenarios has shown."""
        states = {item.state for item in self.tried}
        return next((state for state in WitnessState if state in states), WitnessState.UNTRIED)

    @property
    def reason(self) -> str | None:
        """Why it is not verified; None where it is, or where nothing was tried."""
        state = self.state
        if state is WitnessState.VERIFIED:
            return None
        return next((item.reason for item in self.tried if item.state is state and item.reason), None)

    @property
    def contract(self) -> str | None:
        """What is wrong with the body of its verified answers; None where one of them is as its schema says."""
        verified = [item.contract for item in self.tried if item.state is WitnessState.VERIFIED]
        return verified[0] if verified and all(verified) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undocumented:
    """An answer that the document does not have.

    Attributes:
        operation: Key of the operation.
        during: Title of the scenario whose request, or whose set-up, drew it first.
    """

    operation: str
    status: int
    during: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What was learned of an API.

    Attributes:
        undocumented: One for each operation and status, in the order in which they were met.
        requests: How many were sent this time, those that clean up included.
        seconds: How long it took.
        stopped: Why it ended before everything was tried, as a sentence; None where it did not.
        left_behind: Resources that were created and could not be deleted.
        base_path: What paths begin with at the target, where that is not what the document says.
        provisional: The process died while it learned this, so that its witnesses have to be seen again.
    """

    pairs: Mapping[Pair, LearnedPair] = field(default_factory=dict)
    undocumented: tuple[Undocumented, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    stopped: str | None = None
    left_behind: int = 0
    base_path: str | None = None
    provisional: bool = False

    def state_of(self, pair: Pair) -> WitnessState:
        """Return what is known of a documented response."""
        known = self.pairs.get(pair)
        return known.state if known is not None else WitnessState.UNTRIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far learning is."""

    doing: str
    requests: int
    seconds: float
    verified: int
    pairs: int


ProgressListener = Callable[[Progress], None]


def operation_digest(description: ApiDescription, operation: Operation) -> str:
    """Return what is equal as long as a document says the same of an operation, and short."""
    return _digest(json.dumps(bundle(description, (operation,)), default=str))


def digest_of(scenario: Scenario) -> str:
    """Return what is equal for equal scenarios, wherever their document was read from, and short."""
    return _digest(codec.dumps(replace(scenario, document="")))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
