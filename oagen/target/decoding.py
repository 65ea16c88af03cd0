"""Compressed bodies, never larger than a limit (RFC 9110, 8.4.1)."""

from __future__ import annotations

import zlib

from oagen.target.model import FailureKind, SendFailure

_MOST_LAYERS = 3
_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_RAW_DEFLATE = -15


def decode_content(body: bytes, encoding: str, limit: int, *, partial: bool = False) -> tuple[bytes, bool]:
    """Return a body decompressed, and whether it was cut at the limit.

    An encoding that is not known (`br`) leaves the body as it is.

    Args:
        body: As it came.
        encoding: Value of `Content-Encoding`.
        limit: Bytes that are kept.
        partial: The body was cut already, so that its end may be missing.

    Raises:
        SendFailure: It is not compressed so.
    """
    layers = [name for item in encoding.split(",") if (name := item.strip().lower()) not in ("", "identity")]
    if len(layers) > _MOST_LAYERS:
        raise SendFailure(FailureKind.PROTOCOL, f"the body is compressed {len(layers)} times")
    cut = False
    for name in reversed(layers):
        if name not in _WINDOW:
            return body, cut
        body, longer = _decompressed(body, name, limit, partial=partial or cut)
        cut = cut or longer
    return body, cut


def _decompressed(body: bytes, name: str, limit: int, *, partial: bool) -> tuple[bytes, bool]:
    window = _WINDOW[name]
    if name == "deflate" and not _is_zlib(body):
        window = _RAW_DEFLATE  # what some servers send instead (RFC 9110, 8.4.1.2)
    pieces: list[bytes] = []
    room = limit + 1
    rest = body
    try:
        while rest and room:  # a gzip body may have several members (RFC 1952, 2.2)
            stream = zlib.decompressobj(window)
            piece = stream.decompress(rest, room)
            pieces.append(piece)
            room -= len(piece)
            if not stream.eof:
                if room and not partial:
                    raise SendFailure(FailureKind.PROTOCOL, f"the {name} body ends too early")
                break
            rest = stream.unused_data
    except zlib.error as error:
        raise SendFailure(FailureKind.PROTOCOL, f"the body is not {name}: {error}") from error
    whole = b"".join(pieces)
    return whole[:limit], len(whole) > limit


def _is_zlib(body: bytes) -> bool:
    """Whether a zlib header stands in front (RFC 1950, 2.2)."""
    return len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0  # noqa: PLR2004
