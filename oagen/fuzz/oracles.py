"""Which answers are faults, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass

from oagen.findings.fingerprint import Fingerprint, decisive, of_answer, of_caught, of_silence, of_traceback
from oagen.findings.logs import LogTail
from oagen.findings.model import FindingKind
from oagen.fuzz.slots import texts_of
from oagen.runner.statuses import any_status_matches
from oagen.scenario.model import Request
from oagen.spec.model import ApiDescription
from oagen.target.model import Answer, FailureKind, SendFailure

_NOT_IMPLEMENTED = 501
_SILENCES = {
    FailureKind.DROPPED: FindingKind.DROPPED,
    FailureKind.TIMEOUT: FindingKind.TIMEOUT,
    FailureKind.PROTOCOL: FindingKind.PROTOCOL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One faulty answer."""

    kind: FindingKind
    fingerprint: Fingerprint
    status: int | None = None
    traceback: str | None = None


class Oracles:
    """Looks at every answer.

    Args:
        description: Says which server errors are documented.
        log: The server's log, where there is one; it tells faults of one operation apart.
    """

    def __init__(self, description: ApiDescription, log: LogTail | None = None) -> None:
        self._documented = {
            operation.key: tuple(response.status for response in operation.responses if response.status != "default")
            for operation in description.operations
        }
        self._log = log

    def before(self) -> None:
        """Be told that a request is about to be sent."""
        if self._log is not None:
            self._log.mark()

    def fault_of(self, request: Request, answer: Answer) -> Fault | None:
        """Return what is wrong with an answer; None where nothing is."""
        if answer.status < 500:  # noqa: PLR2004
            return None
        if answer.status == _NOT_IMPLEMENTED and request.operation not in self._documented:
            return None  # the proper answer to a method that nobody implements (RFC 9110, 15.6.2)
        documented = any_status_matches(answer.status, self._documented.get(request.operation, ()))
        kind = FindingKind.DOCUMENTED_5XX if documented else FindingKind.UNDOCUMENTED_5XX
        if answer.exception is not None:
            fingerprint = of_caught(answer.exception)
            return Fault(kind=kind, fingerprint=fingerprint, status=answer.status, traceback=answer.exception.text)
        printed = decisive(self._log.tracebacks()) if self._log is not None else None
        if printed is not None:
            return Fault(kind=kind, fingerprint=of_traceback(printed), status=answer.status, traceback=printed.text)
        body = answer.body.decode("utf-8", "backslashreplace")
        fingerprint = of_answer(request.operation, answer.status, body, texts_of(request))
        return Fault(kind=kind, fingerprint=fingerprint, status=answer.status)

    def fault_without_answer(self, request: Request, failure: SendFailure) -> Fault | None:
        """Return what a request without an answer is a fault of; None where it is none of the API's."""
        kind = _SILENCES.get(failure.kind)
        if kind is None:
            return None
        return Fault(kind=kind, fingerprint=of_silence(request.operation, kind.value, failure.message))
