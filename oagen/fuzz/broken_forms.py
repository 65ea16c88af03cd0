"""Bodies of forms that parsers stumble over: multipart (RFC 7578; RFC 2046, 5.1) and urlencoded ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from oagen.errors import DocumentError
from oagen.fuzz.encoded import encoded
from oagen.scenario.model import Body, Literal, Value
from oagen.scenario.wire.media_types import essence
from oagen.spec.model import MediaType

_BOUNDARY = re.compile(r'boundary="?([^";]+)')
_URLENCODED = "application/x-www-form-urlencoded"
_MANY = 2_000  # parts, or pairs; servers have limits of some hundred or thousand
_LONG = 5_000
_MOST_FIELDS = 20

FILE_NAMES: tuple[bytes, ...] = (
    b"../../../../etc/passwd", b"..\\..\\boot.ini", b"/etc/passwd", b"a\0b.txt", b"a%00b.txt", b'a\\"b.txt',
    b'a"; filename="b', b"x" * _LONG, b"", b".", b"..", b"CON", b"a\xff\xfe.txt", b"a\xe2\x80\xaetxt.exe", b"a\rb",
    b"~", b"{0}", b"%s%n", b"$(id)", b"a.tar.gz/",
)  # fmt: skip
"""Names of files: out of the folder, with a NUL, with quotes, very long, of bytes that are no text."""

_PART_TYPES: tuple[bytes, ...] = (
    b"application/json", b"application/xml", b"text/plain; charset=utf-7", b"text/plain; charset=none", b"image/png",
    b"multipart/mixed; boundary=b", b"x", b"",
)  # fmt: skip

_PAIRS: tuple[bytes, ...] = (
    b"", b"=", b"&", b"&&&", b"=a", b"a", b"%", b"%=%", b"a=%", b"a=%zz", b"a=%u0041", b"a=%ff%fe", b"a=\xff\xfe",
    b"a=%ed%a0%80", b"a=%00", b"a[b]=1&a=2", b"a[]=1&a[]=2&a[b]=3", b"a[b][c][d]=1", b"a[" * 400 + b"]=1",
    b"__proto__[x]=1", b"a;b=c;d", b"a.b=1&a=2", b"+=+", b'{"a": 1}',
    b"&".join(b"k%d=%d" % (number, number) for number in range(_MANY)), b"a=1&" * _MANY, b"a=" + b"x" * 100_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    headers: tuple[bytes, ...]
    content: bytes
    name: bytes = field(default=b"a")


def broken_forms(media_type: MediaType, valid: Body | None) -> Iterator[Body]:
    """Yield bodies of a form that are wrong in one way each, the same each time; nothing for what is no form.

    Args:
        media_type: A documented one.
        valid: A body of that type that would do; without one, the document's properties are given plain values.
    """
    kind = essence(media_type.name)
    if kind != _URLENCODED and not kind.startswith("multipart/"):
        return
    plain: Value = Literal(dict(_fields(media_type)))
    if valid is not None and not valid.raw and valid.media_type and essence(valid.media_type) == kind:
        plain = valid.value
    yield from broken_variants(Body(media_type=kind, value=plain, encodings=valid.encodings if valid else ()))


def broken_variants(body: Body) -> Iterator[Body]:
    """Yield what is wrong in one way each with the body of a form; nothing for what is none, or can't be sent."""
    kind = essence(body.media_type or "")
    whole = encoded(body)
    if whole is None:
        return
    content_type, sent = whole
    if kind == _URLENCODED:
        for content in _broken_pairs(sent):
            yield Body(media_type=body.media_type, value=Literal(content), raw=True)
        return
    found = _BOUNDARY.search(content_type or "")
    if not kind.startswith("multipart/") or found is None:
        return
    parts = [_parsed(part) for part in sent.split(b"--" + found[1].encode())[1:-1]]
    for name, content in _broken_multipart(kind, found[1], [part for part in parts if part is not None]):
        yield Body(media_type=name, value=Literal(content), raw=True)


def _broken_pairs(sent: bytes) -> Iterator[bytes]:
    first = sent.partition(b"&")[0]
    name = first.partition(b"=")[0] or b"a"
    yield sent + b"&" + first  # the same pair twice
    yield sent + b"&" + name + b"=other"
    yield sent.replace(b"=", b"", 1)
    for pairs in _PAIRS:
        yield re.sub(rb"(^|&)a(?=[=\[.&;]|$)", lambda found: found[1] + name, pairs)
    for wrong in (b"%", b"%zz", b"%ff%fe", b"%00"):
        yield sent + wrong


def _broken_multipart(kind: str, boundary: str, parts: list[_Part]) -> Iterator[tuple[str, bytes]]:
    """Yield Content-Type and body."""
    named, mark = f"{kind}; boundary={boundary}", b"--" + boundary.encode()
    parts = parts or [_Part(headers=(b'Content-Disposition: form-data; name="a"',), content=b"a")]
    whole = _joined(parts, mark)
    yield kind, whole  # no boundary
    yield f"{kind}; boundary=other", whole
    yield f'{kind}; boundary=""', whole
    yield f"{kind}; boundary={'b' * 200}", _joined(parts, b"--" + b"b" * 200)  # more than 70 characters
    yield named, b""
    yield named, mark + b"--\r\n"  # no parts
    yield named, mark
    yield named, whole[: -len(mark) - 4 - len(parts[-1].content) // 2 - 2]  # the last part is cut off
    yield named, whole.removesuffix(mark + b"--\r\n")  # nothing says that it ends
    yield named, whole.replace(b"\r\n", b"\n")
    yield named, whole.replace(b"\r\n\r\n", b"\r\n")  # nothing between headers and content
    yield named, whole + whole
    yield named, _joined([*parts, *parts], mark)
    yield named, _joined(parts[:1] * _MANY, mark)
    nested = _Part(
        headers=(b'Content-Disposition: form-data; name="a"', b"Content-Type: " + named.encode()), content=whole
    )
    yield named, _joined([nested], mark)
    for part in _broken_parts(parts[-1]):
        yield named, _joined([*parts[:-1], part], mark)


def _broken_parts(part: _Part) -> Iterator[_Part]:
    """Yield the part of a form with one thing wrong: its name, its file name, its type, its headers, its content."""
    disposition = b'Content-Disposition: form-data; name="' + part.name + b'"'
    others = tuple(header for header in part.headers if not header.lower().startswith(b"content-disposition"))
    for header in (
        b"Content-Disposition: form-data",
        b'Content-Disposition: form-data; name=""',
        b'Content-Disposition: form-data; name="\xff\xfe"',
        b'Content-Disposition: form-data; name="' + b"x" * _LONG + b'"',
        b'Content-Disposition: form-data; name="' + part.name,
        b'Content-Disposition: attachment; name="' + part.name + b'"',
        b"Content-Disposition:",
        b"Content-Disposition",
        disposition + b"; filename*=UTF-8''%ff%fe",
        disposition + b"; filename*=none'",
    ):
        yield _Part(headers=(header, *others), content=part.content)
    yield _Part(headers=others, content=part.content)  # no Content-Disposition
    yield _Part(headers=(), content=part.content)
    for file_name in FILE_NAMES:
        yield _Part(headers=(disposition + b'; filename="' + file_name + b'"', *others), content=part.content)
    named = (disposition + b'; filename="a"',)
    for content_type in _PART_TYPES:
        yield _Part(headers=(*named, b"Content-Type: " + content_type), content=part.content)
    yield _Part(headers=named, content=b"")  # an empty file
    yield _Part(headers=(disposition,), content=part.content)  # no file
    yield _Part(headers=named, content=b"\xff\xfe\x00")
    yield _Part(headers=(*named, b"Content-Transfer-Encoding: base64"), content=b"%%%")
    yield _Part(headers=(*named, b"Content-Length: -1"), content=part.content)
    yield _Part(headers=(*named, b"X: " + b"x" * 70_000), content=part.content)


def _joined(parts: list[_Part], mark: bytes) -> bytes:
    pieces = [
        mark + b"\r\n" + b"".join(header + b"\r\n" for header in part.headers) + b"\r\n" + part.content + b"\r\n"
        for part in parts
    ]
    return b"".join(pieces) + mark + b"--\r\n"


def _parsed(part: bytes) -> _Part | None:
    head, found, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not found:
        return None
    name = re.search(rb'name="([^"]*)"', head)
    return _Part(
        headers=tuple(head.split(b"\r\n")), content=content.removesuffix(b"\r\n"), name=name[1] if name else b"a"
    )


def _fields(media_type: MediaType) -> Iterator[tuple[str, Any]]:
    """Yield the properties that a form is documented to have, with plain values: bytes for files."""
    try:
        schema = media_type.schema.resolved() if media_type.schema is not None else None
        properties = schema.raw.get("properties") if schema is not None and isinstance(schema.raw, Mapping) else None
    except DocumentError:
        return
    for name, raw in list(properties.items())[:_MOST_FIELDS] if isinstance(properties, Mapping) else ():
        described = raw if isinstance(raw, Mapping) else {}
        is_file = described.get("format") == "binary" or "contentMediaType" in described
        yield str(name), b"a" if is_file else "1"
