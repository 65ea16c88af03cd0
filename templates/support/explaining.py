"""Why a test failed, for the person who reads it.

What was promised, asked and answered, and the ways on.
"""

from __future__ import annotations

import httpx

from .current import current
from .pointers import at_pointer
from .trials import Trial, trial_of

LONGEST = 600
"""How much of a body is shown, in characters."""
LONGEST_VALUE = 100


def explain(response: httpx.Response) -> str:
    """Return what to say where an answer does not have the promised status."""
    promised = (
        f"{current.operation} documents {current.status}"
        if current.status
        else "the document promises another"
    )
    answered = f"answered {response.status_code}; {promised}"
    return f"{answered}\n{exchange(response)}\n{_ways_on()}"


def differs(response: httpx.Response, pointer: str = "") -> str:
    """Return what to say where a value of the body is not the expected one."""
    found = _printable(repr(at_pointer(response.json(), pointer)))
    where = pointer or "the body"
    if len(found) > LONGEST_VALUE:  # cut between two members, where that can be
        end = found.rfind(", ", 0, LONGEST_VALUE)
        found = f"{found[: end + 1 if end > 0 else LONGEST_VALUE]} ..."
    return f"{where} is not as it must be: {found}\n{exchange(response)}"


def exchange(response: httpx.Response) -> str:
    """Return a request and its answer as text.

    The request's headers hold credentials, and are not shown.
    """
    request = response.request
    media_type = response.headers.get("content-type", "without a media type")
    lines = [f"  asked:    {request.method} {_printable(str(request.url))}"]
    if body := _shown(request.read()):
        lines.append(f"            {body}")
    lines.append(f"  answered: {response.status_code} {media_type}")
    if body := _shown(response.content):
        lines.append(f"            {body}")
    if trace := response.extensions.get("app_exception"):
        lines.append(f"  the application raised:\n{trace}")
    return "\n".join(lines)


def _shown(body: bytes) -> str:
    text = body[: LONGEST * 4].decode("utf-8", "replace")
    return _printable(
        text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(body)} bytes)"
    )


def _printable(text: str) -> str:
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1]
        for character in text
    )


def _known(trial: Trial) -> str:
    """Return what is known of a test that has never passed."""
    if trial.reason:
        reason = _printable(trial.reason)
        return f"When the suite was generated, the API was tried: {reason}.\n"
    return "This test was planned from the document and has not passed yet. "


def _ways_on() -> str:
    if current.passed_before:
        return (
            "This test has passed before: "
            "the API or the document has changed, or the state is another."
        )
    trial = trial_of(current.test)
    if trial.seen:
        return (
            "The API kept this promise twice when the suite was generated: "
            "the API has changed, or the state is another."
        )
    return (
        f"{_known(trial)}If the API is right, there are three ways on:\n"
        "  - learn: run `oagen generate` with --base-url or --app, "
        "so that it looks for a request that is answered so;\n"
        "  - provide the state: arrange what the test needs in states.py, "
        "or edit the test (edits are kept);\n"
        "  - waive it, in oagen.toml:\n"
        "        [[waivers]]\n"
        f'        operation = "{_printable(current.operation)}"\n'
        f'        status = "{current.status}"\n'
        '        reason = "..."\n'
        "        until = 2030-01-31"
    )
