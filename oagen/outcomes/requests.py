"""The requests that the search of an operation begins with: those of its scenarios, with literal values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from oagen.errors import DocumentError
from oagen.outcomes.plans import Plan
from oagen.scenario.model import Capture, Credential, Scenario, Unique
from oagen.scenario.requests import chosen_content
from oagen.scenario.stand_ins import StandIns, literally
from oagen.scenario.uniqueness import fill, unique_seed
from oagen.scenario.values.checking import Direction, SchemaChecker
from oagen.scenario.values.examples import ExampleMaker
from oagen.scenario.wire import Dynamic, WireRequest, encode
from oagen.scenario.wire.media_types import is_json
from oagen.spec.model import ApiDescription, Operation, ParameterLocation, Schema, SchemeKind, SecurityScheme

CREDENTIALS = 5
"""What credentials that are not needed cost a plan."""

LEAST = 2
"""What leaving out all that is optional costs a plan."""

_SEED = "unit"
_MOST_SEEDS = 24
_OPAQUE = "token"
_DEEPEST = 4


def seeds(operation: Operation, scenarios: Sequence[Scenario], schemes: Sequence[SecurityScheme]) -> Iterator[Plan]:
    """Yield the requests of an operation's scenarios, those for a success first; nobody's credentials are in them."""
    ordered = sorted(scenarios, key=lambda item: (item.status[:1] != "2", len(item.given)))
    known: set[WireRequest] = set()
    for scenario in ordered:
        if scenario.alongside:
            continue
        try:
            request = encode(literally(scenario.when, StandIns(operation, scenario.when)), _bind)
        except (ValueError, LookupError, TypeError):
            continue
        if request in known or len(request.body or b"") > 1 << 18:
            continue
        known.add(request)
        plan = Plan(request=request, title=reason_of(scenario.title), status=scenario.status)
        yield plan
        if plan.status[:1] == "2" and (identified := _identified(request, operation, schemes)) not in known:
            known.add(identified)
            yield replace(plan, request=identified, cost=CREDENTIALS)
        least = _least(request, operation) if plan.status[:1] == "2" else request
        if least not in known:
            known.add(least)
            yield replace(plan, request=least, cost=LEAST)
        if len(known) >= _MOST_SEEDS:
            return


def _least(request: WireRequest, operation: Operation) -> WireRequest:
    """Return a request without what it may leave out: members of its JSON body, parameters of its query."""
    required = {item.name for item in operation.parameters if item.required}
    path, mark, query = request.target.partition("?")
    kept = [part for part in query.split("&") if unquote(part.partition("=")[0]).partition("[")[0] in required]
    target = path + mark + "&".join(kept) if kept else path
    body, media_type = request.body, chosen_content(operation.request_body)
    if body is not None and media_type is not None and media_type.schema is not None and is_json(media_type.name):
        try:
            value, schema = json.loads(body), media_type.schema.resolved()
        except (ValueError, DocumentError):
            return request
        raw = schema.raw
        named = raw.get("required", ()) if isinstance(raw, Mapping) and "allOf" not in raw else None
        if isinstance(value, dict) and isinstance(named, list | tuple):
            body = json.dumps({name: item for name, item in value.items() if name in named}).encode()
            body = request.body if json.loads(body) == value else body
    return replace(request, target=target, body=body)


def _identified(request: WireRequest, operation: Operation, schemes: Sequence[SecurityScheme]) -> WireRequest:
    """Return a request with credentials of the documented form, which nobody has."""
    wanted = {name for requirement in operation.security[:1] for name, _ in requirement.schemes}
    headers, target = list(request.headers), request.target
    for scheme in schemes:
        if scheme.name not in wanted:
            continue
        if scheme.kind is SchemeKind.API_KEY and scheme.where is ParameterLocation.QUERY:
            target += f"{'&' if '?' in target else '?'}{scheme.parameter}={_OPAQUE}"
        elif scheme.kind is SchemeKind.API_KEY and scheme.where is ParameterLocation.COOKIE:
            headers.append(("Cookie", f"{scheme.parameter}={_OPAQUE}"))
        elif scheme.kind is SchemeKind.API_KEY:
            headers.append((str(scheme.parameter), _OPAQUE))
        elif scheme.http_scheme == "basic":
            headers.append(("Authorization", "Basic YWxpY2U6c2VjcmV0"))
        else:
            headers.append(("Authorization", f"Bearer {_OPAQUE}"))
    return replace(request, headers=tuple(headers), target=target)


def reason_of(title: str) -> str:
    """Return a scenario's title without its status: what comes after `422 when`."""
    first, _, rest = title.partition(" ")
    return rest if first[:1].isdigit() or first.lower() == "default" else title


def _bind(value: Dynamic) -> Any:
    match value:
        case Unique():
            text = fill(value.template, unique_seed(_SEED, _SEED, value.name, value.template))
            return int(text) if value.integer else text
        case Credential():
            return f"Bearer {_OPAQUE}"
        case Capture():
            return "7"


def shape_of(operation: Operation, maker: ExampleMaker) -> Any:
    """Return an example of an operation's successful JSON answer; None where it has none."""
    for response in operation.responses:
        for media_type in response.content if response.status[:1] == "2" else ():
            if media_type.schema is not None and is_json(media_type.name):
                return maker.plain(media_type.schema)
    return None


def hints(description: ApiDescription) -> dict[str, Any]:
    """Return a plain example for each name of a property in the description."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    maker = ExampleMaker(SchemaChecker(description.resolver, Direction.RESPONSE))
    for operation in description.operations:
        contents = [*(response.content for response in operation.responses)]
        if operation.request_body is not None:
            contents.append(operation.request_body.content)
        for media_type in (item for content in contents for item in content):
            if media_type.schema is not None:
                _collect(media_type.schema, maker, found, seen, 0)
    return found


def _collect(schema: Schema, maker: ExampleMaker, found: dict[str, Any], seen: set[str], depth: int) -> None:
    try:
        schema = schema.resolved()
    except DocumentError:
        return
    place = str(schema.location)
    if depth > _DEEPEST or place in seen or not isinstance(schema.raw, Mapping):
        return
    seen.add(place)
    properties = schema.raw.get("properties")
    for name in properties if isinstance(properties, Mapping) else ():
        inner = schema.sub("properties", name)
        value = maker.plain(inner, name)
        if isinstance(value, str | int | float) and name not in found:
            found[name] = value
        _collect(inner, maker, found, seen, depth + 1)
    if isinstance(schema.raw.get("items"), Mapping):
        _collect(schema.sub("items"), maker, found, seen, depth + 1)
    for keyword in ("anyOf", "oneOf", "allOf"):
        options = schema.raw.get(keyword)
        for index in range(len(options) if isinstance(options, list) else 0):
            _collect(schema.sub(keyword, index), maker, found, seen, depth + 1)
