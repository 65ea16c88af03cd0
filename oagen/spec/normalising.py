"""Make every schema JSON Schema 2020-12, in place, and find those that can't be used.

Only what is reached as a schema is touched: a property named `nullable`, an example or an `enum` value are data.
What can't be used (a type that does not exist, a broken pattern, a reference to nowhere) is taken out with a warning,
so that nobody who reads the schema later trips over it.
"""

from __future__ import annotations

from typing import Any

from oagen.errors import DocumentError
from oagen.spec.diagnostics import DiagnosticLog, quoted
from oagen.spec.documents import Document
from oagen.spec.endless import endless
from oagen.spec.keywords import SHAPES, TYPES, Shape, fits, is_number
from oagen.spec.model import Location
from oagen.spec.patterns import pattern_fault
from oagen.spec.pointers import join
from oagen.spec.references import Resolver

Trail = tuple[Any, ...]  # (trail of the parent or None, token, ...): a pointer that is put together when needed
_Pending = tuple[dict[str, Any], Trail, Document]
_BOUNDS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_NULL = {"type": "null"}


class Normaliser:
    """Visits each schema once, with everything that it refers to."""

    def __init__(self, resolver: Resolver, faults: DiagnosticLog) -> None:
        self._resolver = resolver
        self._faults = faults
        self._visited: dict[int, _Pending] = {}  # keeps what it has seen alive, so that no id is used twice
        self._followed: set[tuple[str, str]] = set()
        self._pending: list[_Pending] = []

    def normalise(self, schema: Any, location: Location) -> None:
        """Make a schema, and all that it leads to, JSON Schema 2020-12."""
        document = self._resolver.store.by_name[location.document]
        pending = self._pending
        self._enqueue(schema, (None, location.pointer), document)
        while pending:
            self._visit(*pending.pop())

    def _enqueue(self, schema: Any, trail: Trail, document: Document) -> None:
        if isinstance(schema, dict) and id(schema) not in self._visited:
            self._visited[id(schema)] = item = (schema, trail, document)
            self._pending.append(item)

    def _visit(self, schema: dict[str, Any], trail: Trail, document: Document) -> None:
        if "$ref" in schema and self._reference(schema, trail, document) and not document.is_modern:
            reference = schema["$ref"]  # its siblings are ignored (OpenAPI 3.0.4, Reference Object)
            schema.clear()
            schema["$ref"] = reference
            return
        special: list[str] = []
        unusable: list[tuple[str, str]] = []
        for key, value in schema.items():
            shape = SHAPES.get(key)
            if shape is None:
                if key == "default" and _is_reference(value):
                    self._warn("a reference in 'default' is data; it is not followed", (trail, key), document)
                continue
            if shape is Shape.SPECIAL:
                special.append(key)
            elif not fits(shape, value):
                unusable.append((key, f"{key!r} can't be {quoted(value)}; it is left out"))
            elif shape is Shape.SCHEMA:
                if not self._child(value, (trail, key), document):
                    unusable.append((key, f"{key!r} is not a schema but {quoted(value)}; it is left out"))
            elif shape is Shape.SCHEMA_MAP:
                if key == "patternProperties":
                    self._check_patterns(value, (trail, key), document)
                self._children(value, list(value.items()), (trail, key), document)
            elif shape is Shape.SCHEMA_LIST:
                self._children(value, list(enumerate(value)), (trail, key), document)
        for key, message in unusable:
            del schema[key]
            self._warn(message, (trail, key), document)
        for key in special:
            if (fault := self._special(key, schema, trail, document)) is not None:
                self._warn(fault, (trail, key), document)
                schema.pop(key, None)
        self._check_bounds(schema, trail, document)
        if "nullable" in special and document.is_modern:
            message = "'nullable' means nothing since OpenAPI 3.1; it is left out"
            self._warn(message, (trail, "nullable"), document, hint="allow null by `type: [string, 'null']`")
        if "nullable" in special or "x-nullable" in special:
            _allow_null(schema, document)

    def _check_bounds(self, schema: dict[str, Any], trail: Trail, document: Document) -> None:
        for low, high in _BOUNDS:
            if low in schema and high in schema and schema[low] > schema[high]:
                message = f"no value is right here: {low!r} {schema[low]} is above {high!r} {schema[high]}"
                self._warn(message, (trail, low), document)

    def check_endless(self) -> None:
        """Warn of objects that require themselves, so that no value of finite size is right."""
        for schema in endless([schema for schema, _, _ in self._visited.values()], self._target):
            _, trail, document = self._visited[id(schema)]
            self._warn("no value is right here: this schema requires itself", trail, document)

    def _target(self, schema: dict[str, Any]) -> Any:
        _, trail, document = self._visited[id(schema)]
        scoped = self._resolver.is_scoped(document)
        base = _location(trail, document) if scoped else Location(document.name, "")
        return self._resolver.resolve(schema["$ref"], base)[0]

    def _child(self, value: Any, trail: Trail, document: Document) -> bool:
        if isinstance(value, dict):
            self._enqueue(value, trail, document)
            return True
        return isinstance(value, bool)

    def _children(self, holder: Any, items: list[tuple[Any, Any]], trail: Trail, document: Document) -> None:
        for token, value in items:
            if not self._child(value, (trail, token), document):
                self._warn(
                    f"this is not a schema but {quoted(value)}; anything is allowed here", (trail, token), document
                )
                holder[token] = {}

    def _check_patterns(self, holder: dict[str, Any], trail: Trail, document: Document) -> None:
        for pattern in list(holder):
            if (fault := pattern_fault(pattern)) is not None:
                message = f"the pattern {quoted(pattern)} does not compile ({fault}); it is left out"
                self._warn(message, (trail, pattern), document)
                del holder[pattern]

    def _special(self, key: str, schema: dict[str, Any], trail: Trail, document: Document) -> str | None:
        """Apply the rule of one keyword; return why it has to be left out, or None."""
        value = schema[key]
        match key:
            case "type":
                return _type(schema, value)
            case "pattern":
                if not isinstance(value, str):
                    return f"'pattern' can't be {quoted(value)}; it is left out"
                fault = pattern_fault(value)
                return f"the pattern {quoted(value)} does not compile ({fault}); it is left out" if fault else None
            case "items":
                if isinstance(value, list):  # a tuple, as JSON Schema wrote it before 2020-12
                    self._children(value, list(enumerate(value)), (trail, key), document)
                    schema["prefixItems"] = schema.pop("items")
                    if "additionalItems" in schema:
                        schema["items"] = schema.pop("additionalItems")
                elif not self._child(value, (trail, key), document):
                    return f"'items' is not a schema but {quoted(value)}; it is left out"
            case "exclusiveMinimum" | "exclusiveMaximum":
                return _exclusive(schema, key, value)
            case "example":
                if _is_reference(value):
                    self._warn("a reference in 'example' is data; it is not followed", (trail, key), document)
                if not isinstance(schema.get("examples"), list):
                    schema["examples"] = [value]
            case "examples":
                if not isinstance(value, list):
                    schema["examples"] = _listed(value)
            case "discriminator":
                if isinstance(value, str):  # Swagger 2.0: the name of the property
                    schema["discriminator"] = {"propertyName": value}
                elif isinstance(value, dict) and isinstance(value.get("propertyName"), str):
                    self._mapping(value.get("mapping"), (trail, key, "mapping"), document)
                else:
                    return f"'discriminator' can't be {quoted(value)}; it is left out"
        return None

    def _mapping(self, mapping: Any, trail: Trail, document: Document) -> None:
        for name, target in list(mapping.items()) if isinstance(mapping, dict) else ():
            if not isinstance(target, str):
                fault: str | None = f"this should name a schema, not {quoted(target)}"
            else:
                fault = self._follow(target, (trail, name), document) if "/" in target or "#" in target else None
            if fault is not None:
                self._warn(f"{fault}; this entry is left out", (trail, name), document)
                del mapping[name]

    def _reference(self, schema: dict[str, Any], trail: Trail, document: Document) -> bool:
        """Visit what a schema refers to; a reference that leads nowhere is taken out."""
        reference = schema["$ref"]
        if not isinstance(reference, str):
            fault: str | None = f"'$ref' can't be {quoted(reference)}"
        else:
            fault = self._follow(reference, trail, document)
        if fault is None:
            return True
        self._warn(f"{fault}; anything is allowed here", (trail, "$ref"), document)
        del schema["$ref"]
        return False

    def _follow(self, reference: str, trail: Trail, document: Document) -> str | None:
        """Visit the target of a reference; return what is wrong with it, or None."""
        key = (document.name, reference)
        if key in self._followed:
            return None
        base = _location(trail, document)
        try:
            end, _ = self._resolver.resolve(reference, base)
            target, location = self._resolver.step(reference, base)
        except DocumentError as error:
            return error.message
        if not isinstance(end, dict | bool):
            return f"the reference {quoted(reference)} leads to {quoted(end)}, which is not a schema"
        if not self._resolver.is_scoped(document):
            self._followed.add(key)
        self._enqueue(target, (None, location.pointer), self._resolver.store.by_name[location.document])
        return None

    def _warn(self, message: str, trail: Trail, document: Document, *, hint: str | None = None) -> None:
        self._faults.warn(message, _location(trail, document), hint=hint)


def _location(trail: Trail, document: Document) -> Location:
    tokens: list[str] = []
    parent: Any = trail
    while parent[0] is not None:
        tokens[:0] = parent[1:]
        parent = parent[0]
    return Location(document.name, parent[1] + join(tokens))


def _type(schema: dict[str, Any], value: Any) -> str | None:
    if isinstance(value, str):
        if value in TYPES:
            return None
        if value == "file":  # Swagger 2.0
            schema["type"] = "string"
            schema.setdefault("format", "binary")
            return None
        return f"there is no type {quoted(value)}; it is left out, so any type is allowed"
    if value is None:  # `type: null` without quotes
        schema["type"] = "null"
        return None
    if isinstance(value, list):
        names = list(dict.fromkeys("null" if name is None else name for name in value if isinstance(name, str | None)))
        if names and len(names) <= len(value) and all(name in TYPES for name in names):
            schema["type"] = names
            return None
    return f"there is no type {quoted(value)}; it is left out, so any type is allowed"


def _exclusive(schema: dict[str, Any], key: str, value: Any) -> str | None:
    """Translate the boolean of JSON Schema draft 4 into the bound itself."""
    if isinstance(value, bool):
        bound = "minimum" if key == "exclusiveMinimum" else "maximum"
        del schema[key]
        if value and is_number(schema.get(bound)):
            schema[key] = schema.pop(bound)
        return None
    return None if is_number(value) else f"{key!r} can't be {quoted(value)}; it is left out"


def _allow_null(schema: dict[str, Any], document: Document) -> None:
    """Translate `nullable` (3.0) and `x-nullable` (2.0): null is allowed as well.

    Authors mean it beside `enum`, `allOf`, `anyOf` and `oneOf` too, where the letter of 3.0.3 gives it no effect.
    """
    nullable = [schema.pop(key, None) for key in ("nullable", "x-nullable")]
    if document.is_modern or True not in nullable:
        return
    kind = schema.get("type")
    if isinstance(kind, str) and kind != "null":
        schema["type"] = [kind, "null"]
    elif isinstance(kind, list) and "null" not in kind:
        kind.append("null")
    values = schema.get("enum")
    if isinstance(values, list) and None not in values:
        values.append(None)
    for key in ("anyOf", "oneOf"):
        branches = schema.get(key)
        if isinstance(branches, list) and _NULL not in branches and not any(map(_is_nullable, branches)):
            branches.append(dict(_NULL))
    if isinstance(parts := schema.get("allOf"), list) and "anyOf" not in schema:
        del schema["allOf"]
        schema["anyOf"] = [parts[0] if len(parts) == 1 else {"allOf": parts}, dict(_NULL)]


def _listed(examples: Any) -> list[Any]:
    """Return examples that were written as OpenAPI writes them elsewhere, a map of objects with a `value`."""
    if not isinstance(examples, dict):
        return [examples]
    return [item["value"] if isinstance(item, dict) and "value" in item else item for item in examples.values()]


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("$ref"), str)


def _is_nullable(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return schema is True
    kind = schema.get("type")
    return schema.get("nullable") is True or kind == "null" or (isinstance(kind, list) and "null" in kind)
