"""Names of media types: what they are, whether one falls in another's range."""

from __future__ import annotations

_JSON_LINES = frozenset(
    {
        "application/jsonl",
        "application/jsonlines",
        "application/json-lines",
        "application/x-jsonlines",
        "application/ndjson",
        "application/x-ndjson",
        "application/x-json-stream",
    }
)


def essence(media_type: str) -> str:
    """Return `type/subtype` in lower case, parameters left out (RFC 9110, 8.3.1)."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a body of this type is one JSON value (RFC 6839, 3.1 for `+json`)."""
    name = essence(media_type)
    return name.endswith(("/json", "+json")) and name != "application/geo+json-seq"


def is_json_lines(media_type: str) -> bool:
    """Whether a body of this type is JSON values, one a line."""
    return essence(media_type) in _JSON_LINES


def is_json_sequence(media_type: str) -> bool:
    """Whether a body of this type is JSON texts, each after a record separator (RFC 7464)."""
    return essence(media_type).endswith(("/json-seq", "+json-seq"))


def is_xml(media_type: str) -> bool:
    """Whether a body of this type is XML (RFC 7303)."""
    return essence(media_type).endswith(("/xml", "+xml"))


def is_text(media_type: str) -> bool:
    """Whether a body of this type is text as it stands."""
    return essence(media_type).startswith("text/")


def in_range(media_type: str, media_range: str) -> bool:
    """Whether a media type falls in a range (`*/*`, `text/*`, `text/html`; RFC 9110, 12.5.1).

    Parameters of the range, where it has any (`version=1`), must be in the media type as well, but for `charset`,
    `boundary` and `q`, which say nothing about what a body is.
    """
    wanted, actual = essence(media_range), essence(media_type)
    wanted_type, _, wanted_subtype = wanted.partition("/")
    actual_type, _, _ = actual.partition("/")
    if wanted not in ("*/*", "*", actual) and not (wanted_subtype == "*" and wanted_type == actual_type):
        return False
    return _parameters(media_range) <= _parameters(media_type)


def _parameters(media_type: str) -> set[tuple[str, str]]:
    found = set()
    for item in media_type.split(";")[1:]:
        name, _, value = item.partition("=")
        name = name.strip().lower()
        if name not in ("charset", "boundary", "q", ""):
            found.add((name, value.strip().strip('"').lower()))
    return found
