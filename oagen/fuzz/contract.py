"""Answers against what the document promises of them: status, content type, body and headers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from oagen.findings.fingerprint import of_promise
from oagen.findings.model import CONTRACT_KINDS, FindingKind
from oagen.fuzz.content import ContentCheck
from oagen.fuzz.second_opinion import Opinion, SecondOpinion
from oagen.fuzz.soundness import RequestValidity, is_conditional, is_sound
from oagen.fuzz.suspicions import Broken, Evidence, Suspicion
from oagen.runner.headers import documented_problem
from oagen.runner.judge import excerpt
from oagen.runner.statuses import any_status_matches
from oagen.scenario.model import Request
from oagen.scenario.values.checking import Direction, SchemaChecker
from oagen.spec.model import ApiDescription, Operation, Response
from oagen.target.model import Answer

_CLIENT_ERROR = 400
_SERVER_ERROR = 500
_WITHOUT_CONTENT = frozenset({204, 205, 304})
_OF_THE_SERVER = frozenset({408, 411, 413, 414, 417, 421, 425, 426, 429, 431})
"""Refusals that servers and proxies give for themselves, whatever the operation (RFC 9110, 15.5; RFC 6585)."""
_OF_INVALID = frozenset({400, 404, 405, 406, 415, 422})
"""How what the document excludes is refused everywhere, whether that is documented or not."""
_OF_ROUTERS = frozenset({404, 405, 406, 415})
"""Those that come from in front of the operation, so that `default` may not be meant."""
_VALIDATION = frozenset({400, 422})
_CONDITIONAL = frozenset({206, 304, 412, 416, 428})
_UNAUTHORIZED = 401
_CROSS_ORIGIN = "access-control-"
"""Headers that are sent where a request names its origin, which ours do not (Fetch Standard, 3.3)."""
_NOT_THERE = frozenset({404, 405})
_MOST_VERDICTS = 20_000
_MOST_DOUBTS = 3


class ContractOracles:
    """Compares answers with the document; what one validator alone holds against an answer is withheld.

    Args:
        description: What the API promises.
        kinds: Which promises are looked at.

    Attributes:
        withheld: Names of what was not confirmed, or what the document itself shows as an example.
    """

    def __init__(self, description: ApiDescription, kinds: Collection[FindingKind]) -> None:
        self._kinds = frozenset(kinds) & CONTRACT_KINDS
        self._operations = {operation.key: operation for operation in description.operations}
        self._documented = frozenset(response.status for _, response in description.documented()) - {"default"}
        self._checker = SchemaChecker(description.resolver, Direction.RESPONSE)
        self._requests = RequestValidity(description, SchemaChecker(description.resolver, Direction.REQUEST))
        self._content = ContentCheck(self._checker, next(iter(description.resolver.documents), ""))
        self._second = SecondOpinion(description)
        self._responses: dict[tuple[str, int], Response | None] = {}
        self._verdicts: dict[tuple[str, int, str | None, int], tuple[Broken, ...]] = {}
        self._is_there = False
        self._sure: set[str] = set()
        self._doubts: Counter[str] = Counter()
        self.withheld: set[str] = set()

    def broken_by(self, request: Request, answer: Answer, *, thorough: bool = False) -> tuple[Broken, ...]:
        """Return the promises that an answer breaks; nothing for server errors, and for what is not documented.

        Args:
            request: What was sent.
            answer: What came back.
            thorough: Look at each body; else a schema that is broken all the time is looked at now and then.
        """
        operation = self._operations.get(request.operation)
        if operation is None or not self._kinds or not 200 <= answer.status < _SERVER_ERROR:  # noqa: PLR2004
            return ()
        response = self._response(operation, answer.status)
        self._is_there = self._is_there or answer.status not in _NOT_THERE
        if response is None:
            return self._undocumented(request, operation, answer)
        headers = FindingKind.HEADERS in self._kinds and bool(response.headers)
        if not (headers or response.content) or not _speaks_for(response, answer.status):
            return ()
        if answer.status >= _CLIENT_ERROR and not is_sound(request, operation):
            return ()
        routed = response.status != "default" or answer.status not in _OF_ROUTERS
        if not routed and not self._requests.is_valid(request, operation):
            return ()
        found = self._confirmed(self._headers(response, answer), operation, answer) if headers else ()
        if response.content and request.method != "HEAD" and answer.status not in _WITHOUT_CONTENT:
            found += self._judged(operation, response, answer, thorough=thorough)
        return found

    def _response(self, operation: Operation, status: int) -> Response | None:
        key = (operation.key, status)
        if key not in self._responses:
            self._responses[key] = operation.response_to(status)
        return self._responses[key]

    def _undocumented(self, request: Request, operation: Operation, answer: Answer) -> tuple[Broken, ...]:
        kind = FindingKind.UNDOCUMENTED_STATUS
        if kind not in self._kinds or not self._is_held_to(request, operation, answer.status):
            return ()
        has = ", ".join(response.status for response in operation.responses)
        nowhere = answer.status >= _CLIENT_ERROR and not any_status_matches(answer.status, self._documented)
        owner = "any operation" if nowhere else operation.key  # what nobody documents is missing once
        message = f"{'no operation has it' if nowhere else f'the document has {has}'}{excerpt(answer)}"
        broken = Broken(
            kind=kind,
            fingerprint=of_promise(kind.value, owner, str(answer.status), message=message),
            place=operation.location.child("responses"),
        )
        return self._confirmed((Suspicion(broken=broken, evidence=Evidence.STATUS),), operation, answer)

    def _is_held_to(self, request: Request, operation: Operation, status: int) -> bool:
        """Whether this operation owed this request another status.

        Success and redirection are always the operation's own. A refusal is, where the request was in order; where
        the document excludes the request, only if it promises another refusal for that, or the status is no usual one.
        """
        if status in _NOT_THERE and not self._is_there:
            return False  # nothing was ever found: the base URL is wrong, not the API
        if not operation.responses or (status in _CONDITIONAL and is_conditional(request)):
            return False
        if status < 300:  # noqa: PLR2004
            return True
        if status in _OF_THE_SERVER or not is_sound(request, operation) or self._requests.addresses_another(request):
            return False
        if status == _UNAUTHORIZED and operation.security:
            return False  # what requires credentials says so by `security`
        if status < _CLIENT_ERROR or status not in _OF_INVALID or self._requests.is_valid(request, operation):
            return True
        return status in _VALIDATION and any(item.status in ("400", "422") for item in operation.responses)

    def _headers(self, response: Response, answer: Answer) -> Iterator[Suspicion]:
        kind = FindingKind.HEADERS
        for header in response.headers:
            if header.name.lower().startswith(_CROSS_ORIGIN) or (
                not header.required and answer.header(header.name) == "null"
            ):
                continue  # the second is how some servers leave a header out
            problem = documented_problem(header, answer, self._checker)
            if problem is None:
                continue
            what = "missing" if answer.header(header.name) is None else "invalid"
            place = self._content.place_text(header.location)
            message = f"{header.name} {problem}"
            broken = Broken(
                kind=kind, fingerprint=of_promise(kind.value, place, what, message=message), place=header.location
            )
            yield Suspicion(broken=broken, evidence=Evidence.HEADER, where=header.name.lower())

    def _judged(
        self, operation: Operation, response: Response, answer: Answer, *, thorough: bool
    ) -> tuple[Broken, ...]:
        """Return what is wrong with the content; the same body is looked at once."""
        key = (operation.key, answer.status, answer.header("Content-Type"), hash(answer.body))
        found = self._verdicts.get(key)
        if found is None:
            suspicions = self._content.suspicions(
                operation.key,
                response,
                answer,
                content_type=FindingKind.CONTENT_TYPE in self._kinds,
                schema=FindingKind.SCHEMA in self._kinds,
                thorough=thorough,
            )
            found = self._confirmed(suspicions, operation, answer)
            if len(self._verdicts) >= _MOST_VERDICTS:
                self._verdicts.clear()
            self._verdicts[key] = found
        return found

    def _confirmed(
        self, suspicions: Iterator[Suspicion] | Sequence[Suspicion], operation: Operation, answer: Answer
    ) -> tuple[Broken, ...]:
        """Return what openapi-core holds against the answer, too; the rest is withheld.

        It is asked about one fault until it agrees, a few times at most.
        """
        sure = []
        asked, opinion = False, None
        for suspicion in suspicions:
            name = suspicion.broken.fingerprint.identity
            if suspicion.documented:
                self.withheld.add(name)
                continue
            if name not in self._sure:
                if self._doubts[name] >= _MOST_DOUBTS:
                    continue
                if not asked:
                    asked, opinion = True, self._second.of(operation, answer)
                if opinion is None or not _agrees(opinion, suspicion):
                    self._doubts[name] += 1
                    self.withheld.add(name)
                    continue
                self._sure.add(name)
                self.withheld.discard(name)
            sure.append(suspicion.broken)
        return tuple(sure)


def _speaks_for(response: Response, status: int) -> bool:
    """Whether a documented response says what an answer of this status holds: `default` is not meant for redirects."""
    return response.status != "default" or not 300 <= status < _CLIENT_ERROR  # noqa: PLR2004


def _agrees(opinion: Opinion, suspicion: Suspicion) -> bool:
    match suspicion.evidence:
        case Evidence.STATUS:
            return opinion.status
        case Evidence.CONTENT:
            return opinion.content
        case Evidence.HEADER:
            return suspicion.where in opinion.headers
        case Evidence.BODY:
            return (suspicion.where, suspicion.keyword) in opinion.errors
