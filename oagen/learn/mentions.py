"""Refusals that name members without saying where: what they ask for, and what they don't want together.

"A patient with this insurance number already exists", "requires indy, ld_proof, or both", "At least one of 'roles' or
'groups' must be provided", "NOT NULL constraint failed: user.first_name", "('did', 'serviceEndpoint'): Fields are
incompatible". A word counts where the document has a member or a parameter of that name at the place of the refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from oagen.runner.hints import TAKEN, complaints
from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Capture, Literal, Request, Unique, Value
from oagen.scenario.nouns import words as noun_words
from oagen.scenario.requests import chosen_content
from oagen.scenario.wire.media_types import essence
from oagen.spec.model import Operation, Schema

_WORD = re.compile(r"[A-Za-z_$@][\w$@~-]*")
_ASKS = re.compile(
    r"requir|must (?:include|have|contain|be (?:provided|present|given|specified))|at least one|non-empty|missing"
    r"|provide|specify|not null constraint|cannot be null|can't be null|null value in column"
    r"|no .{1,30} (?:given|provided)|(?:cannot|can't|must not|may not|should not) be empty",
    re.IGNORECASE,
)
_EXCLUDES = re.compile(
    r"incompatible|mutually exclusive|not both|cannot be (?:used|combined)|exactly one|only one of", re.IGNORECASE
)
_OF_LENGTH = re.compile(
    r"(?:must|should|ha[sd] to|needs? to) (?:be|have) (?:exactly )?(\d{1,4})"
    r" (?:bytes?|char(?:acter)?s?|letters|digits)\b",
    re.IGNORECASE,
)
_NO_FILE = re.compile(r"not a file|no file|a file (?:was|is|must)|file is required|expected a file", re.IGNORECASE)
_FILE = Literal(b"file contents")
_NO_JSON = re.compile(
    r"(?:invalid|malformed|valid|parse|decode).{0,20}json|json.{0,30}(?:invalid|not valid|malformed)", re.IGNORECASE
)
_HOLDS_JSON = re.compile(r"json|data|config|metadata|params|extra|settings|options|payload|query", re.IGNORECASE)


def mentioned(
    design: DesignContext, operation: Operation, request: Request, refusal: Any
) -> Iterator[tuple[tree.Path, Value | None]]:
    """Yield places of a request's body with what to put there: None takes the place away.

    Args:
        refusal: The JSON value, or the text, that the API answered.
    """
    content = chosen_content(operation.request_body)
    body = request.body
    if body is None or body.raw or content is None or content.schema is None:
        return
    for place, text in complaints(refusal):
        path = _deepest(body.value, place)
        schema = _schema_at(design, content.schema, path)
        if schema is None:
            continue
        members = design.shapes.of(schema).members
        required = design.shapes.of(schema).required
        present = dict(tree.members(tree.at(body.value, path) or body.value))
        words = list(dict.fromkeys(_WORD.findall(" ".join((*map(str, place[len(path) :]), text)))))
        named = [word for word in words if word in members]
        if TAKEN.search(text):
            given = {name: value.value for name, value in present.items() if isinstance(value, Literal)}
            own = [name for name in given if name in members and type(given[name]) in (str, int)]
            told = [name for name in own if name in words or _spoken(name) in _spoken(text)]
            for name in told or [name for name in own if isinstance(given[name], str)]:
                if (other := design.examples.own(members[name], name=name)) is not None:
                    yield (*path, name), other
        elif _NO_FILE.search(text) and essence(content.name).startswith("multipart/"):
            for name in named or members:
                yield (*path, name), _FILE
        elif match := _OF_LENGTH.search(text):
            spoken = {word.lower() for word in _WORD.findall(text)}
            for name, value in present.items():
                shown = value.value if isinstance(value, Literal) else None
                if isinstance(shown, str) and spoken.intersection(noun_words(name)):
                    yield (*path, name), Literal(_resized(shown, int(match[1])))
        elif _EXCLUDES.search(text):
            both = [name for name in named if name in present and name not in required]
            if len(both) > 1:
                yield (*path, both[-1]), None
        elif _ASKS.search(text):
            spoken_of = [name for name in members if len(noun_words(name)) > 1 and _spoken(name) in _spoken(text)]
            for name in [name for name in (*spoken_of, *named, *_alike(members, words)) if name not in present][:1]:
                yield (*path, name), design.examples.example(members[name], name=name, unique=True)
        elif _NO_JSON.search(text):
            for name, value in present.items():
                is_text = isinstance(value, Unique) or (isinstance(value, Literal) and isinstance(value.value, str))
                if is_text and not isinstance(value, Capture) and (name in words or _HOLDS_JSON.search(name)):
                    yield (*path, name), Literal("{}")


def _alike(members: Iterable[str], words: Iterable[str]) -> list[str]:
    """Return the members that a sentence names in another casing."""
    lower = {word.lower() for word in words}
    return [name for name in members if name.lower() in lower]


def _resized(text: str, length: int) -> str:
    """Return a text of so many characters, made of those of another one."""
    letters = "".join(character for character in text if character.isascii() and character.isalnum()) or "0"
    return (letters * length)[:length]


def _spoken(name: str) -> str:
    """Return a name as a sentence says it: `insurance_number` is an insurance number."""
    return "".join(character for character in name.lower() if character.isalnum())


def _deepest(body: Value, place: tuple[str | int, ...]) -> tree.Path:
    """Return the object in a body that a place is about, as far as it is there."""
    path: tree.Path = ()
    for token in place:
        inner = tree.at(body, (*path, token))
        if inner is None or not (tree.members(inner) or inner == Literal({})):
            break
        path = (*path, token)
    return path


def _schema_at(design: DesignContext, schema: Schema, path: tree.Path) -> Schema | None:
    current: Schema | None = schema
    for token in path:
        if current is None:
            return None
        shape = design.shapes.of(current)
        current = shape.items if isinstance(token, int) else shape.members.get(token)
    return current
