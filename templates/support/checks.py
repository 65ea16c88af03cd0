"""What an answer must be beside its status code.

Its headers, its media type, the members of its body.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import httpx
import pytest

from .api import at
from .challenges import parse_challenges
from .explaining import exchange
from .media_types import in_range
from .statuses import any_status_matches

WITHOUT_CONTENT = (204, 205, 304)
HTTP_DATES = (  # RFC 9110, 5.6.7
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %d %H:%M:%S %Y",
)


def check_status(response: httpx.Response, *statuses: str) -> None:
    """Fail the test unless the answer has one of these codes or ranges."""
    if not any_status_matches(response.status_code, statuses):
        _fail(response, f"answered {response.status_code}, not {' or '.join(statuses)}")


def check_media_type(response: httpx.Response, *media_types: str) -> None:
    """Fail the test unless the answer has a body of a documented media type."""
    if response.request.method == "HEAD" or response.status_code in WITHOUT_CONTENT:
        return
    sent = response.headers.get("content-type")
    documented = ", ".join(media_types)
    if not response.content:
        if sent is None or not sent.startswith("text/"):
            _fail(response, f"there is no body, but the document has {documented}")
    elif sent is None:
        _fail(response, f"there is no Content-Type, but the document has {documented}")
    elif not any(in_range(sent, media_type) for media_type in media_types):
        _fail(response, f"the body is {sent}, but the document has {documented}")


def check_header(
    response: httpx.Response,
    name: str,
    rule: str = "present",
    values: Sequence[str] = (),
    *,
    required: bool = True,
) -> None:
    """Fail the test where a response header is not as documented.

    Args:
        rule: `present`; `challenge`: RFC 9110, 11.6.1, one of the schemes in `values`;
            `methods`: RFC 9110, 10.2.1, with all `values`; `delay`: RFC 9110, 10.2.3;
            `equals`: one of `values`.
        required: False: an answer without the header is fine.
    """
    if name not in response.headers:
        if required:
            _fail(response, f"the header {name} is missing")
        return
    text = response.headers[name]
    if problem := header_problem(text, rule, values):
        _fail(response, f"the header {name} is {text!r}: {problem}")


def check_members(
    response: httpx.Response, expected: Any, *names: str, within: str = ""
) -> None:
    """Fail the test unless the JSON body shows what `expected` holds.

    Args:
        expected: An object: what was sent, what another answer showed, or the values
            themselves.
        names: The members to compare; without any, all that `expected` has.
        within: RFC 6901 pointer of the object in the body.
    """
    shown = at(response, within)
    for name in names or expected:
        place = f"{within}/{name}"
        if name not in expected:
            _fail(response, f"there is no {name} to compare {place} with: {expected!r}")
        if not isinstance(shown, Mapping) or name not in shown:
            _fail(response, f"the body has nothing at {place}")
        if not is_same(shown[name], expected[name]):
            _fail(response, f"{place} is {shown[name]!r}, not {expected[name]!r}")


def is_same(value: object, expected: object) -> bool:
    """Return whether two JSON values are the same; true is no 1."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    return value == expected


def header_problem(text: str, rule: str, values: Sequence[str]) -> str | None:
    """Return what is wrong with the value of a header, or None."""
    match rule:
        case "challenge":
            return _challenge_problem(text, values)
        case "methods":
            methods = {method.strip() for method in text.split(",")}
            lacking = [value for value in values if value not in methods]
            return f"it lacks {', '.join(lacking)}" if lacking else None
        case "delay":
            return None if is_delay(text) else "neither seconds nor an HTTP date"
        case "equals":
            return None if text in values else f"not {' or '.join(values)}"
    return None


def is_delay(text: str) -> bool:
    """Return whether a text is seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if text.strip().isascii() and text.strip().isdigit():
        return True
    for form in HTTP_DATES:
        try:
            time.strptime(text.strip(), form)
        except ValueError:
            continue
        return True
    return False


def _challenge_problem(text: str, schemes: Sequence[str]) -> str | None:
    try:
        offered = [challenge.scheme for challenge in parse_challenges(text)]
    except ValueError as error:
        return f"no well-formed challenge: {error}"
    if schemes and not {scheme.lower() for scheme in schemes} & set(offered):
        return f"the document has {', '.join(schemes)}"
    return None


def _fail(response: httpx.Response, problem: str) -> NoReturn:
    pytest.fail(f"{problem}\n{exchange(response)}", pytrace=False)
