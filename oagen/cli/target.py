"""The target of a command: what options and configuration say of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oagen.config.settings import Settings
    from oagen.runner.bindings import Identities
    from oagen.scenario.wire import WireRequest
    from oagen.target.agent.options import AgentOptions
    from oagen.target.model import Answer, Target


class CountingTarget:
    """A target that counts its answers by status, for the progress of a campaign.

    Attributes:
        statuses: Number of answers by status; `none` counts requests without an answer.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self.statuses: Counter[str] = Counter()

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        """Return the answer to a request; raises as the target does."""
        status = "none"
        try:
            answer = self._target.send(request, timeout=timeout)
            status = str(answer.status)
            return answer
        finally:
            self.statuses[status] += 1

    def close(self) -> None:
        """Close the target."""
        self._target.close()


def header_pairs(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the headers that `--header 'Name: value'` gives.

    Raises:
        UsageError: A text is of another form; its value, which may be secret, is not in the message.
    """
    from oagen.errors import UsageError

    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise UsageError("a header is no 'Name: value'", hint="Write --header 'Accept-Language: de'.")
        found.append((name.strip(), value.strip()))
    return tuple(found)


def agent_options(settings: Settings) -> AgentOptions:
    """Return how an application is run in a process of its own."""
    from oagen.target.agent.options import AgentOptions

    return AgentOptions(python=settings.api.python, cwd=settings.root.absolute())


def require_listening(target: Target, base_path: str, timeout: float) -> None:
    """Ask the target anything at all; whatever it answers will do.

    Raises:
        TargetError: Nobody listens there, or TLS fails.
    """
    from oagen.errors import TargetError
    from oagen.scenario.wire import WireRequest
    from oagen.target.model import FailureKind, SendFailure

    try:
        target.send(WireRequest(method="GET", target=f"{base_path}/"), timeout=timeout)
    except SendFailure as failure:
        if failure.kind in (FailureKind.REFUSED, FailureKind.TLS):
            raise TargetError(failure.message, hint="start the API, or mend --base-url") from failure


def headers_sent(identities: Identities, name: str) -> list[str]:
    """Return the secret header values of an identity in its present session; none where it could not log in."""
    from oagen.findings.curl import HARMLESS
    from oagen.runner.bindings import Unbound

    try:
        headers = identities[name]
    except Unbound:
        return []
    return [value for header, value in headers.items() if header.lower() not in HARMLESS]
