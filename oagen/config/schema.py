"""The configuration as a JSON Schema, for editors: made from the settings, so that it says what they say."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from oagen.config.settings import ApiSettings, CiSettings, Identity, Login, SuiteSettings, Waiver

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The newest dialect that editors of TOML understand."""

_TEXT = {"type": "string"}
_TEXTS_BY_NAME = {"type": "object", "additionalProperties": _TEXT}
_PERCENT = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"type": "string", "pattern": "^\\s*[0-9.]+\\s*%$"}]
}
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def configuration_schema() -> dict[str, Any]:
    """Return the JSON Schema of `oagen.toml`, and of `[tool.oagen]` in `pyproject.toml`.

    It refuses unknown keys and wrong types as reading does; what no schema can say, reading says.
    """
    return {
        "$schema": DIALECT,
        "title": "oagen.toml",
        "description": "The configuration of oagen; the same keys stand below [tool.oagen] in pyproject.toml.",
        **_table(
            {
                "api": _described(ApiSettings, _table(_keys(ApiSettings))),
                "identities": {
                    "type": "object",
                    "description": "Who uses the API, by a name of your own; the first one sends ordinary requests.",
                    "additionalProperties": _described(Identity, _identity()),
                },
                "suite": _described(SuiteSettings, _suite()),
                "waivers": {"type": "array", "items": _described(Waiver, _waiver())},
                "ci": _described(
                    CiSettings, _table({**_keys(CiSettings), **_with_words(CiSettings, require=_PERCENT)})
                ),
            }
        ),
    }


def _identity() -> dict[str, Any]:
    header = {**_TEXT, "description": "How the token is sent: `Bearer {token}`, or `X-Token: {token}`."}
    cookie = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}], "description": _words(Login)["cookies"]}
    keys = _keys(Login, "method", "path", "token")
    keys |= _with_words(Login, json={}, form=_TEXTS_BY_NAME) | {"header": header, "cookie": cookie}
    login = _described(Login, _table(keys, required=["path"]))
    return _table({**_keys(Identity, "role"), **_with_words(Identity, headers=_TEXTS_BY_NAME), "login": login})


def _suite() -> dict[str, Any]:
    keys = _keys(SuiteSettings, "out", "templates", "include", "exclude")
    words = _words(SuiteSettings)
    flags = {
        key: {"type": "boolean", "default": default, "description": words[name]}
        for key, name, default in (("property", "property_tests", False), ("rollback", "rollback", True))
    }
    return _table({**keys, **flags})


def _waiver() -> dict[str, Any]:
    keys = _keys(Waiver, "operation", "reason") | _with_words(
        Waiver,
        status={"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 100, "maximum": 599}]},
        until={"type": "string", "format": "date"},
    )
    return _table({name: keys[name] for name in ("operation", "status", "reason", "until")}, required=list(keys))


def _table(keys: Mapping[str, Any], *, required: list[str] | None = None) -> dict[str, Any]:
    needed = {"required": sorted(required)} if required else {}
    return {"type": "object", "properties": dict(keys), **needed, "additionalProperties": False}


def _keys(settings: type, *names: str) -> dict[str, Any]:
    """Return the schemas of the fields of some settings, all of them by default."""
    hints, words = typing.get_type_hints(settings), _words(settings)
    found: dict[str, Any] = {}
    for field in fields(settings):
        if names and field.name not in names:
            continue
        schema = _of_type(hints[field.name])
        if field.name in words:
            schema["description"] = words[field.name]
        if field.default is not MISSING and field.default not in (None, ()):
            schema["default"] = str(field.default) if isinstance(field.default, Path) else field.default
        found[field.name] = schema
    return found


def _with_words(settings: type, **schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return schemas with what the settings say of the keys."""
    words = _words(settings)
    return {
        name: {**schema, **({"description": words[name]} if name in words else {})} for name, schema in schemas.items()
    }


def _described(settings: type, schema: Mapping[str, Any]) -> dict[str, Any]:
    first = (settings.__doc__ or "").partition("\n")[0]
    return {"description": first, **schema}


def _of_type(hint: Any) -> dict[str, Any]:
    if isinstance(hint, types.UnionType):
        hint = next(item for item in typing.get_args(hint) if item is not types.NoneType)
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _of_type(typing.get_args(hint)[0])}
    kinds = {str: "string", Path: "string", bool: "boolean", float: "number", int: "integer"}
    return {"type": kinds[hint]}


def _words(settings: type) -> dict[str, str]:
    """Return what a class says of its attributes, by name."""
    text = inspect.cleandoc(settings.__doc__ or "")
    return {name: " ".join(words.split()) for name, words in _ATTRIBUTE.findall(text)}
