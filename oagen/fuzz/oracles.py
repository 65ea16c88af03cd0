"""Which answers are faults, and what they are called."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from oagen.findings.fingerprint import (
    Fingerprint,
    beside,
    decisive,
    of_answer,
    of_caught,
    of_missing,
    of_silence,
    of_stuck,
    of_traceback,
)
from oagen.findings.logs import LogTail
from oagen.findings.model import FindingKind
from oagen.findings.tracebacks import Traceback
from oagen.fuzz.contract import ContractOracles
from oagen.fuzz.slots import texts_of
from oagen.runner.statuses import any_status_matches
from oagen.scenario.model import Literal, Request
from oagen.spec.model import ApiDescription, Location, ParameterLocation
from oagen.target.model import Answer, FailureKind, SendFailure

_SERVER_ERROR = 500
_LONGEST_HEAD = 8000  # bytes that every server should take (RFC 9112, 3); beyond, some just hang up
_NOT_IMPLEMENTED = 501
_MISSING = frozenset({_NOT_IMPLEMENTED, 503})  # what several operations may lack together
_SILENCES = {
    FailureKind.DROPPED: FindingKind.DROPPED,
    FailureKind.DIED: FindingKind.DROPPED,
    FailureKind.TIMEOUT: FindingKind.TIMEOUT,
    FailureKind.PROTOCOL: FindingKind.PROTOCOL,
}


class Oracle(enum.StrEnum):
    """What answers are looked at for."""

    UNDOCUMENTED_5XX = "undocumented-5xx"
    DOCUMENTED_5XX = "documented-5xx"
    DROPPED = "connection-dropped"
    TIMEOUT = "time-out"
    STATUS = "status"
    CONTENT_TYPE = "content-type"
    SCHEMA = "schema"
    HEADERS = "headers"


_KINDS = {
    Oracle.UNDOCUMENTED_5XX: {FindingKind.UNDOCUMENTED_5XX},
    Oracle.DOCUMENTED_5XX: {FindingKind.DOCUMENTED_5XX},
    Oracle.DROPPED: {FindingKind.DROPPED, FindingKind.PROTOCOL},
    Oracle.TIMEOUT: {FindingKind.TIMEOUT},
    Oracle.STATUS: {FindingKind.UNDOCUMENTED_STATUS},
    Oracle.CONTENT_TYPE: {FindingKind.CONTENT_TYPE},
    Oracle.SCHEMA: {FindingKind.SCHEMA},
    Oracle.HEADERS: {FindingKind.HEADERS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with an answer.

    Attributes:
        place: The place of the document that the answer breaks; None where it is no single one.
    """

    kind: FindingKind
    fingerprint: Fingerprint
    status: int | None = None
    traceback: str | None = None
    place: Location | None = None


class Oracles:
    """Looks at every answer.

    Args:
        description: Says what is documented.
        log: The server's log, where there is one; it tells faults of one operation apart.
        chosen: What is looked for; empty for everything.
    """

    def __init__(
        self, description: ApiDescription, log: LogTail | None = None, chosen: Collection[Oracle] = ()
    ) -> None:
        self._documented = {
            operation.key: tuple(response.status for response in operation.responses if response.status != "default")
            for operation in description.operations
        }
        self._kinds = frozenset(kind for oracle in chosen or Oracle for kind in _KINDS[oracle])
        self._contract = ContractOracles(description, self._kinds)
        self._log = log

    @property
    def reads_log(self) -> bool:
        """Whether tracebacks come from the server's log."""
        return self._log is not None

    @property
    def withheld(self) -> int:
        """How many broken promises were suspected, and are not reported since the second validator disagrees."""
        return len(self._contract.withheld)

    def before(self) -> None:
        """Be told that a request is about to be sent."""
        if self._log is not None:
            self._log.mark()

    def faults_of(self, request: Request, answer: Answer, *, thorough: bool = False) -> tuple[Fault, ...]:
        """Return what is wrong with an answer; several promises may be broken at once.

        Args:
            request: What was sent.
            answer: What came back.
            thorough: Look at everything; else what is broken all the time is looked at now and then.
        """
        if answer.status >= _SERVER_ERROR:
            printed = self._log.tracebacks() if self._log is not None and answer.exception is None else ()
            fault = self._server_error(request, answer, decisive(printed))
            return tuple(_with_others(fault, printed)) if fault is not None and fault.kind in self._kinds else ()
        return tuple(
            Fault(kind=broken.kind, fingerprint=broken.fingerprint, status=answer.status, place=broken.place)
            for broken in self._contract.broken_by(request, answer, thorough=thorough)
        )

    def faults_without_answer(self, request: Request, failure: SendFailure) -> tuple[Fault, ...]:
        """Return what a request without an answer is a fault of; nothing where it is none of the API's."""
        kind = _SILENCES.get(failure.kind)
        if kind is None or kind not in self._kinds:
            return ()
        if kind is FindingKind.DROPPED and _head_size(request) > _LONGEST_HEAD:
            return ()
        if failure.where is not None:
            fingerprint = of_stuck(kind.value, failure.where, failure.message)
            return (Fault(kind=kind, fingerprint=fingerprint, traceback=failure.stack or None),)
        printed = self._printed() if kind is not FindingKind.TIMEOUT else None
        if printed is not None:
            return (Fault(kind=kind, fingerprint=of_traceback(printed), traceback=printed.text),)
        return (Fault(kind=kind, fingerprint=of_silence(request.operation, kind.value, failure.message)),)

    def _printed(self) -> Traceback | None:
        """Return what the latest request has left in the log."""
        return decisive(self._log.tracebacks()) if self._log is not None else None

    def _server_error(self, request: Request, answer: Answer, printed: Traceback | None) -> Fault | None:
        if answer.status == _NOT_IMPLEMENTED and request.operation not in self._documented:
            return None  # the proper answer to a method that nobody implements (RFC 9110, 15.6.2)
        documented = any_status_matches(answer.status, self._documented.get(request.operation, ()))
        kind = FindingKind.DOCUMENTED_5XX if documented else FindingKind.UNDOCUMENTED_5XX
        if answer.status not in _MISSING:
            return _named(kind, request, answer, printed)
        fault = _named(kind, request, answer, printed, paths=_paths(request))
        missing = of_missing(kind.value, answer.status, fault.fingerprint)
        return _named(kind, request, answer, printed) if missing is None else replace(fault, fingerprint=missing)


def _named(
    kind: FindingKind, request: Request, answer: Answer, printed: Traceback | None, paths: Iterable[str] = ()
) -> Fault:
    if answer.exception is not None:
        fingerprint = of_caught(answer.exception)
        return Fault(kind=kind, fingerprint=fingerprint, status=answer.status, traceback=answer.exception.text)
    if printed is not None:
        return Fault(kind=kind, fingerprint=of_traceback(printed), status=answer.status, traceback=printed.text)
    body = answer.body.decode("utf-8", "backslashreplace")
    fingerprint = of_answer(request.operation, answer.status, body, (*paths, *texts_of(request)))
    return Fault(kind=kind, fingerprint=fingerprint, status=answer.status)


def _with_others(fault: Fault, tracebacks: Sequence[Traceback]) -> Iterator[Fault]:
    """Yield a server error, and another one for each other fault that the server has logged on the way to it."""
    yield fault
    printed = decisive(tracebacks)
    if printed is not None and fault.status not in _MISSING:
        for other in beside(tracebacks, printed):
            yield replace(fault, fingerprint=of_traceback(other), traceback=other.text)


def _paths(request: Request) -> Iterator[str]:
    """Yield the path of a request, which an answer may repeat: as a template, and as it was sent."""
    path = request.path
    if len(path) <= 1:
        return
    yield path
    for item in request.arguments:
        if item.where is ParameterLocation.PATH and isinstance(item.value, Literal):
            path = path.replace("{" + item.name + "}", str(item.value.value))
    yield path


def _head_size(request: Request) -> int:
    """Return about how many bytes what stands before a request's body has."""
    outside = [request.path, (request.body.media_type or "") if request.body is not None else ""]
    outside += [str(item.value.value) for item in request.arguments if isinstance(item.value, Literal)]
    return sum(len(quote(text, errors="replace")) for text in outside)
