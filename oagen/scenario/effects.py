"""What must be true after a request: what was sent can be read back, and a refused request changes nothing."""

from __future__ import annotations

import re

from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.model import RESPONSE, BodyCheck, Capture, Effect, Literal, Request, Unique, Value
from oagen.scenario.requests import chosen_content, sends_json
from oagen.scenario.resources import ends_in_placeholder, normal_path, placeholders
from oagen.scenario.setup import Prepared, Setup
from oagen.scenario.shapes import Shape, answer_schema, responses_of
from oagen.spec.model import Operation, Schema

_SECRET = re.compile(r"pass|secret|token|otp|pin$|cvv|cvc|card|credential", re.IGNORECASE)
_VOLATILE = re.compile(
    r"updat|modif|chang|last|etag|version|view|count|expire|now|age$|ttl|seen|timestamp|elapsed|uptime|next|remaining|url",
    re.IGNORECASE,
)
_REWRITTEN_FORMATS = frozenset(
    {"date-time", "date", "time", "duration", "uri", "url", "iri", "byte", "binary", "password", "decimal"}
)
_SOFT_DELETION = re.compile(r"soft|archiv|cancel|deactivat|disabl|mark|schedul|async|trash", re.IGNORECASE)
_MOST_CHECKS = 8


def echoes(
    context: DesignContext, operation: Operation, answer: Schema | None, request: Request
) -> tuple[BodyCheck, ...]:
    """Return checks that an answer shows the members that were sent, where its schema has them.

    Secrets, write-only and read-only members are left out, and formats that servers may write in another way.
    """
    body = request.body
    content = chosen_content(operation.request_body)
    if body is None or answer is None or content is None or content.schema is None or not sends_json(request):
        return ()
    sent = tree.members(body.value)
    wanted = context.shapes.of(content.schema)
    place, shown = _holder(context, context.shapes.of(answer), {name for name, _ in sent})
    checks = []
    for name, value in sent:
        before, after = wanted.members.get(name), shown.members.get(name)
        if before is None or after is None or _SECRET.search(name) or not _is_plain(value):
            continue
        if _comparable(context.shapes.of(before), context.shapes.of(after)):
            checks.append(BodyCheck(pointer=tree.pointer((*place, name)), value=value))
    return tuple(checks)


def _holder(context: DesignContext, shape: Shape, names: set[str]) -> tuple[tree.Path, Shape]:
    """Return where in an answer the sent members stand: at its top, or one envelope below."""
    if names & shape.members.keys():
        return (), shape
    for name, member in shape.members.items():
        inner = context.shapes.of(member)
        if "object" in inner.types and names & inner.members.keys():
            return (name,), inner
    return (), shape


def _is_plain(value: Value) -> bool:
    if isinstance(value, Literal):
        return isinstance(value.value, (str, int, float, bool))
    return isinstance(value, (Unique, Capture))


def _comparable(sent: Shape, shown: Shape) -> bool:
    if sent.keywords.get("writeOnly") or shown.keywords.get("writeOnly") or shown.keywords.get("readOnly"):
        return False
    if sent.keywords.get("format") in _REWRITTEN_FORMATS or shown.keywords.get("format") in _REWRITTEN_FORMATS:
        return False
    numbers = {"integer", "number"}
    return bool(sent.types & shown.types or (sent.types & numbers and shown.types & numbers))


def created(context: DesignContext, operation: Operation, prepared: Prepared) -> tuple[Effect, ...]:
    """Return that what a creation made can be read, by the identifier that its answer shows."""
    key = f"{normal_path(operation.path)}/{{}}"
    producer = context.producers.find(key)
    reader = context.producers.at(key).get("GET")
    if producer is None or producer.operation is not operation or producer.pointer is None or reader is None:
        return ()
    setup = context.setup(prepared)
    setup.values[key] = Capture(RESPONSE, pointer=producer.pointer)
    return _read(context, setup, operation, reader, sent=prepared.request, reason="what was created can be read")


def updated(context: DesignContext, operation: Operation, prepared: Prepared) -> tuple[Effect, ...]:
    """Return that a changed resource shows the new values when it is read."""
    reader = context.producers.at(operation.path).get("GET")
    if reader is None or not ends_in_placeholder(operation.path):
        return ()
    setup = context.setup(prepared)
    return _read(context, setup, operation, reader, sent=prepared.request, reason="what was changed can be read")


def deleted(context: DesignContext, operation: Operation, prepared: Prepared) -> tuple[Effect, ...]:
    """Return that a deleted resource is gone, unless the document calls its deletion a soft one."""
    reader = context.producers.at(operation.path).get("GET")
    if reader is None or not ends_in_placeholder(operation.path):
        return ()
    if _SOFT_DELETION.search(f"{operation.summary} {operation.description}"):
        return ()
    read = quiet_request(context.setup(prepared), reader)
    return () if read is None else (Effect(reason="what was deleted is gone", request=read, statuses=("404", "410")),)


def unchanged(context: DesignContext, setup: Setup, operation: Operation) -> tuple[Effect, ...]:
    """Return that a refused write changed nothing, after adding a step that reads the resource before it.

    Only resources made by a step are compared, as others may change beside the test. Members that change by themselves
    are left out; so is everything where no schema tells which these are.
    """
    place = next((place for place in reversed(placeholders(operation.path)) if place.key in setup.made), None)
    reader = context.producers.at(place.key).get("GET") if place is not None else None
    if operation.method in {"GET", "HEAD", "OPTIONS", "QUERY"} or place is None or reader is None:
        return ()
    schema = _shown(context, reader)
    if schema is None:
        return ()
    read = quiet_request(setup, reader)
    if read is None:
        return ()
    shape = context.shapes.of(schema)
    volatile = [name for name in shape.members if _VOLATILE.search(name)]
    stable = [
        name
        for name, member in shape.members.items()
        if name in shape.required and name not in volatile and context.shapes.of(member).is_scalar
    ]
    whole = bool(shape.members) and not volatile
    if not whole and not stable:
        return ()
    step = setup.step(f"{setup.resources[place.key]}_before", read)
    pointers = [""] if whole else [tree.pointer((name,)) for name in stable[:_MOST_CHECKS]]
    checks = tuple(BodyCheck(pointer=pointer, value=Capture(step, pointer=pointer)) for pointer in pointers)
    return (Effect(reason="a refused request changes nothing", request=read, statuses=("2XX",), body=checks),)


def carried_out(context: DesignContext, operation: Operation, prepared: Prepared) -> tuple[Effect, ...]:
    """Return that a resource, read after an action on it, is as the action's answer showed it.

    Only where both answers have one schema, and for members that do not change by themselves.
    """
    place = next((place for place in reversed(placeholders(operation.path)) if place.key in prepared.made), None)
    reader = context.producers.at(place.key).get("GET") if place is not None else None
    answer, shown = answer_schema(operation), answer_schema(reader) if reader is not None else None
    if reader is None or answer is None or shown is None:
        return ()
    shape = context.shapes.of(shown)
    if context.shapes.of(answer).place != shape.place:
        return ()
    read = quiet_request(context.setup(prepared), reader)
    names = [name for name in shape.members if name in shape.required and not _VOLATILE.search(name)]
    if read is None or not names:
        return ()
    checks = tuple(
        BodyCheck(pointer=pointer, value=Capture(RESPONSE, pointer=pointer))
        for pointer in (tree.pointer((name,)) for name in names[:_MOST_CHECKS])
    )
    return (Effect(reason="the change can be read", request=read, statuses=("2XX",), body=checks),)


def _shown(context: DesignContext, reader: Operation) -> Schema | None:
    """Return the schema of what a resource's GET answers; where that says nothing, of what its creation answers."""
    schema = answer_schema(reader)
    if schema is not None and ((shape := context.shapes.of(schema)).members or shape.types):
        return schema
    producer = context.producers.find(normal_path(reader.path))
    return answer_schema(producer.operation) if producer is not None and producer.makes else None


def quiet_request(setup: Setup, operation: Operation) -> Request | None:
    """Return an operation's request if what is already there is enough for it, else None."""
    trial = setup.copy()
    steps = len(trial.given)
    request = trial.request(operation)
    return request if len(trial.given) == steps else None


def _read(
    context: DesignContext, setup: Setup, operation: Operation, reader: Operation, *, sent: Request, reason: str
) -> tuple[Effect, ...]:
    read = quiet_request(setup, reader)
    if read is None:
        return ()
    statuses = tuple(response.status for response in responses_of(reader, "2XX")) or ("2XX",)
    body = echoes(context, operation, _shown(context, reader), sent)
    return (Effect(reason=reason, request=read, statuses=statuses, body=body),)
