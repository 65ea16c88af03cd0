"""Content type and body of an answer against a documented response."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from oagen.findings.fingerprint import of_promise
from oagen.findings.model import FindingKind
from oagen.fuzz.blame import blame
from oagen.fuzz.quick_check import QuickCheck
from oagen.fuzz.suspicions import Broken, Evidence, Suspicion
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.wire.media_types import essence, in_range, is_json
from oagen.spec.model import Location, MediaType, Response
from oagen.target.model import Answer

_KNOWN_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_MOST_ERRORS = 20  # of one body
_LONGEST = 100
_LARGEST = 1_000_000  # bytes
_LOOKS = 30  # at bodies of one schema that are invalid in no new way, before only some of them are looked at
_SELDOM = 20


class _Known:
    """What is known about one schema."""

    def __init__(self, quick: QuickCheck) -> None:
        self.quick = quick
        self._seen: set[str] = set()
        self._dull = 0

    def is_worth_a_look(self) -> bool:
        """Whether an invalid body is to be looked at in detail, which is dear."""
        self._dull += 1
        return self._dull <= _LOOKS or self._dull % _SELDOM == 0

    def note(self, name: str) -> None:
        """Take note of a way in which a body is invalid."""
        if name not in self._seen:
            self._seen.add(name)
            self._dull = 0


class ContentCheck:
    """Compares bodies with documented responses; each schema is compiled once.

    Args:
        checker: Says in detail what is wrong with a body.
        root: Name of the root document, which is left out of fingerprints: a URL differs from run to run.
    """

    def __init__(self, checker: SchemaChecker, root: str) -> None:
        self._checker = checker
        self._root = root
        self._known: dict[Location, _Known] = {}

    def suspicions(
        self,
        operation: str,
        response: Response,
        answer: Answer,
        *,
        content_type: bool,
        schema: bool,
        thorough: bool,
    ) -> Iterator[Suspicion]:
        """Yield what looks wrong.

        Args:
            operation: Its key.
            response: The documented response, which has content.
            answer: One with a status that may have content.
            content_type: Look at the content type.
            schema: Look at the body.
            thorough: However often that schema was broken before.
        """
        sent = answer.header("Content-Type")
        problem = _problem(sent, response, answer)
        if problem is not None:
            if content_type:
                yield self._wrong_type(operation, response, answer, problem)
            return
        if not schema or sent is None or not is_json(sent) or not _is_whole(answer):
            return
        media_type = _documented(sent, response)
        try:
            body = _parsed(answer, sent)
        except ValueError as error:
            yield self._no_json(operation, response, answer, str(error))
            return
        if media_type is not None and media_type.schema is not None:
            yield from self._invalid(media_type, body, thorough=thorough)

    def place_text(self, place: Location) -> str:
        """Return a place as fingerprints hold it."""
        return place.pointer if place.document == self._root else str(place)

    def _wrong_type(self, operation: str, response: Response, answer: Answer, problem: str) -> Suspicion:
        shared = response.location.pointer.startswith(("/components/", "/responses/"))
        owner = self.place_text(response.location) if shared else f"{operation} {answer.status}"
        sent = essence(answer.header("Content-Type") or "") if answer.body else "nothing"
        names = ", ".join(media.name for media in response.content)
        message = f"{problem}; the document has {names}"
        kind = FindingKind.CONTENT_TYPE
        broken = Broken(
            kind=kind,
            fingerprint=of_promise(kind.value, owner, sent, message=message),
            place=response.location.child("content"),
        )
        return Suspicion(broken=broken, evidence=Evidence.CONTENT)

    def _no_json(self, operation: str, response: Response, answer: Answer, why: str) -> Suspicion:
        kind = FindingKind.SCHEMA
        message = f"the body is not JSON: {why[:_LONGEST]}"
        broken = Broken(
            kind=kind,
            fingerprint=of_promise(kind.value, operation, str(answer.status), "not JSON", message=message),
            place=response.location.child("content"),
        )
        return Suspicion(broken=broken, evidence=Evidence.CONTENT)

    def _invalid(self, media_type: MediaType, body: Any, *, thorough: bool) -> Iterator[Suspicion]:
        schema = media_type.schema
        assert schema is not None
        known = self._known.get(schema.location)
        if known is None:
            known = self._known[schema.location] = _Known(QuickCheck(schema))
        if known.quick.passes(body) or not (thorough or known.is_worth_a_look()):
            return
        told: set[str] = set()
        for error in self._checker.errors(schema, body):
            for found in blame(schema, error, body, media_type.examples):
                kind = FindingKind.SCHEMA
                place = self.place_text(found.place)
                fingerprint = of_promise(kind.value, place, found.detail, message=found.message)
                if fingerprint.identity in told:
                    continue
                told.add(fingerprint.identity)
                known.note(fingerprint.identity)
                broken = Broken(kind=kind, fingerprint=fingerprint, place=found.place)
                yield Suspicion(
                    broken=broken,
                    evidence=Evidence.BODY,
                    where=found.pointer,
                    keyword=found.keyword,
                    documented=found.documented,
                )
                if len(told) >= _MOST_ERRORS:
                    return


def _problem(sent: str | None, response: Response, answer: Answer) -> str | None:
    """Return what is wrong with the content type; None where nothing is."""
    if not answer.body and not answer.truncated:
        return None if sent is not None and sent.startswith("text/") else "there is no body"
    if sent is None:
        return "there is no Content-Type"
    if any(in_range(sent, media.name) for media in response.content):
        return None
    return f"the content type is {sent[:_LONGEST]!r}"


def _documented(sent: str, response: Response) -> MediaType | None:
    """Return the documented media type that an answer's falls under, the most specific one."""
    matching = [media for media in response.content if in_range(sent, media.name)]
    return min(matching, key=lambda media: media.name.count("*"), default=None)


def _is_whole(answer: Answer) -> bool:
    """Whether the body is there to its end, of a bearable size, and not compressed in a way unknown here (`br`)."""
    codings = (answer.header("Content-Encoding") or "").lower().split(",")
    is_plain = all(coding.strip() in _KNOWN_CODINGS for coding in codings)
    return is_plain and not answer.truncated and len(answer.body) <= _LARGEST


def _parsed(answer: Answer, content_type: str) -> Any:
    """Return the JSON value of a body, read in the charset that is named where it is not UTF-8."""
    try:
        return answer.json()
    except UnicodeDecodeError:
        _, found, charset = content_type.lower().partition("charset=")
        if not found:
            raise
        try:
            return json.loads(answer.body.decode(charset.partition(";")[0].strip(' "')))
        except LookupError as error:
            raise ValueError(f"no such charset: {error}") from error
