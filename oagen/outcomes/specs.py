"""Values of an application, told in JSON: looked into and changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oagen.outcomes.model import Spec


def literal(value: Any) -> Spec:
    """Return a JSON value, told."""
    return {"k": "lit", "v": value}


def changed(spec: Spec, path: str, value: Spec) -> Spec:
    """Return a value with one field replaced; `0.name` is a field of the first item of a list, nothing is all of it."""
    if spec["k"] in ("chain", "assign"):
        return {**spec, "value": changed(spec["value"], path, value)}
    if not path:
        return value
    first, _, rest = path.partition(".")
    if spec["k"] in ("list", "tuple") and first.isdecimal():
        items = list(spec["items"])
        items[int(first)] = changed(items[int(first)], rest, value)
        return {**spec, "items": items}
    if spec["k"] == "mock":
        return {**spec, "kw": {**spec["kw"], path: value}}
    if spec["k"] == "dict":
        items = [
            [key, changed(old, rest, value)] if key["k"] == "lit" and key["v"] == first else [key, old]
            for key, old in spec["items"]
        ]
        return {**spec, "items": items}
    fields = dict(spec.get("kw", {}))
    fields[first] = changed(fields[first], rest, value)
    return {**spec, "kw": fields}


def fields_of(spec: Spec) -> dict[str, Spec]:
    """Return the fields of a value by their path; a plain one is its own field, without a name."""
    spec = inner(spec)
    if spec["k"] == "lit":
        return {"": spec}
    if spec["k"] in ("list", "tuple") and spec["items"]:
        return {f"0.{name}" if name else "0": item for name, item in fields_of(spec["items"][0]).items()}
    if spec["k"] == "dict":
        return {
            key["v"]: value for key, value in spec["items"] if isinstance(key.get("v"), str) and "." not in key["v"]
        }
    return dict(spec.get("kw", {})) if spec["k"] in ("call", "ns", "mock") else {}


def inner(spec: Spec) -> Spec:
    """Return the value that a chain of calls gives."""
    return spec["value"] if spec["k"] in ("chain", "assign") else spec


def scalars(spec: Spec) -> Iterator[Any]:
    """Yield the texts and numbers in a value."""
    match spec["k"]:
        case "lit":
            yield spec["v"]
        case "chain" | "assign":
            yield from scalars(spec["value"])
        case "list" | "tuple" | "set":
            for item in spec["items"]:
                yield from scalars(item)
        case "dict":
            for _, item in spec["items"]:
                yield from scalars(item)
        case "by_model":
            for _, outcome in spec["items"]:
                yield from scalars(outcome.get("raise") or outcome["return"])
        case "call" | "ns" | "mock":
            for item in [*spec.get("args", ()), *spec.get("kw", {}).values()]:
                yield from scalars(item)


def class_of(spec: Spec) -> str:
    """Return the name of the class that a value is of, or nothing."""
    spec = inner(spec)
    if spec["k"] in ("list", "tuple") and spec["items"]:
        return class_of(spec["items"][0])
    if spec["k"] in ("call", "enum", "mock"):
        return str(spec["of"]).partition(":")[2].removesuffix(".model_construct").rpartition(".")[2]
    return ""
