"""Logical values to XML: members are elements, items of an array are elements of the same name."""

from __future__ import annotations

import base64
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from oagen.scenario.wire.resolving import as_text, members_of, utf8

_NOT_IN_NAME = re.compile(r"[^\w.:-]")
_ROOT = "root"


def encode_xml(plain: Any) -> bytes:
    """Return an XML document, UTF-8.

    An object with a single member that is an object names the root element, otherwise it is `root`. A member whose
    name begins with `@` is an attribute of its parent, `#text` is the text of it. A null is an empty element.
    """
    pairs = members_of(plain)
    if pairs is not None and len(pairs) == 1 and members_of(pairs[0][1]) is not None:
        name, value = pairs[0]
    else:
        name, value = _ROOT, plain
    return utf8('<?xml version="1.0" encoding="UTF-8"?>\n' + _element(name, value))


def _element(name: str, value: Any) -> str:
    tag = _name(name)
    pairs = members_of(value)
    if pairs is not None:
        attributes = "".join(f" {_name(key[1:])}={quoteattr(_text(item))}" for key, item in pairs if key[:1] == "@")
        content = "".join(_member(key, item) for key, item in pairs if key[:1] != "@")
    elif isinstance(value, list | tuple):
        attributes, content = "", "".join(_element("item", item) for item in value)
    else:
        attributes, content = "", "" if value is None else escape(_text(value))
    return f"<{tag}{attributes}>{content}</{tag}>"


def _member(name: str, value: Any) -> str:
    if name == "#text":
        return escape(_text(value))
    if isinstance(value, list | tuple):
        return "".join(_element(name, item) for item in value)
    return _element(name, value)


def _text(value: Any) -> str:
    text = as_text(value)
    return base64.b64encode(text).decode("ascii") if isinstance(text, bytes) else text


def _name(text: str) -> str:
    cleaned = _NOT_IN_NAME.sub("_", text)
    return cleaned if cleaned[:1].isalpha() or cleaned[:1] == "_" else "_" + cleaned
