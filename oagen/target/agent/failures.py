"""Why an application could not be started, in a sentence, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oagen.errors import TargetError
from oagen.target.caught import CaughtFrame

SHOWN_LINES = 6

_MISSING_FIELD = re.compile(r"^(\w+)\n\s+(?:Field required|field required)", re.MULTILINE)
_MISSING_MODULE = re.compile(r"No module named '([^']+)'")
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b")
_NO_SERVICE = ("OperationalError", "ConnectionRefusedError", "ConnectionError", "InterfaceError")


def import_failure(app: str, python: str, folder: str, failed: Mapping[str, Any], log: str) -> TargetError:
    """Return the error for what the agent says about an application that can't be started.

    Args:
        failed: The agent's report: stage, message, exception.
        log: The end of what the application printed.
    """
    exception = failed.get("exception")
    if exception is None:
        hint = "Write it as package.module:attribute, or package.module:factory()."
        if failed["stage"] == "lifespan":
            hint = "See the application's own output for the reason."
            return TargetError(f"{app} refused to start: {failed['message']}{_tail(log)}", hint=hint)
        return TargetError(f"{app} can't be used: {failed['message']}", hint=hint)
    kind = exception["type"].rpartition(".")[2]
    stage = "failed at start-up" if failed["stage"] == "lifespan" else "can't be imported"
    message = exception["message"].strip()
    first = message.splitlines()[0] if message else ""
    if kind == "SystemExit":
        text = f"{app} asked to exit ({message or 'None'}) while it was imported{_tail(log)}"
        return TargetError(text, hint="It may parse the command line or lack a setting: its output above tells more.")
    if kind == "ModuleNotFoundError" and _is_the_application(app, message):  # the frames are Python's alone
        text = f"{app} {stage}: {first}"
    else:
        text = f"{app} {stage}: {kind}: {first}{_place(exception)}{_tail(exception['text'])}"
    return TargetError(text, hint=_hint(app, python, folder, exception, kind))


def death_failure(app: str, how: str, log: str, stack: str) -> TargetError:
    """Return the error for an application whose process ended while it started."""
    return TargetError(f"{app} {how} while it started{_tail(stack or log)}", hint="Its own output tells more.")


def hang_failure(app: str, seconds: float, stack: str, where: CaughtFrame | None, log: str) -> TargetError:
    """Return the error for an application that did not start in time.

    Args:
        stack: What `faulthandler` tells: the innermost call first.
        where: The innermost frame of the application's own code in it.
    """
    place = f": it waits in {where.function} ({where.file}:{where.line})" if where else ""
    current = stack.partition("Current thread")[2] or stack
    calls = "\n".join(current.splitlines()[1 : SHOWN_LINES + 1])
    return TargetError(
        f"{app} did not start within {seconds:g} s{place}{_tail(calls or log)}",
        hint="Give it more time, or see what it waits for: a service that is not there, or a server of its own.",
    )


def document_failure(app: str, exception: Mapping[str, Any]) -> TargetError:
    """Return the error for an application whose `openapi()` raises."""
    kind = exception["type"].rpartition(".")[2]
    text = f"{app} failed to make its document: {kind}: {exception['message']}{_place(exception)}"
    return TargetError(text + _tail(exception["text"]), hint="Mend it, or name a document in a file.")


def reset_failure(states: Path, exception: Mapping[str, Any]) -> TargetError:
    """Return the error for a `reset` that raises, or a `states.py` that can't be imported."""
    kind = exception["type"].rpartition(".")[2]
    message = exception["message"].strip()
    text = f"reset() of {states} failed: {kind}: {message.splitlines()[0] if message else ''}"
    hint = "Mend it; its traceback is above."
    if kind == "ModuleNotFoundError":
        hint = "It runs beside the application: install there what the suite needs (requirements.txt in its folder)."
    return TargetError(text + _tail(exception["text"]), hint=hint)


def _hint(app: str, python: str, folder: str, exception: Mapping[str, Any], kind: str) -> str:
    message = exception["message"]
    if kind == "ModuleNotFoundError" and (found := _MISSING_MODULE.search(message)):
        missing = found.group(1)
        if app.partition(":")[0].split(".")[0] == missing.split(".")[0]:
            return f"oagen looked in {folder}: run it in the folder that holds {missing}, or name that folder."
        return f"{missing} is not installed for {python}: name its own in oagen.toml, python in [api]."
    innermost = exception["frames"][-1] if exception["frames"] else {}
    if (
        kind == "KeyError"
        and innermost.get("function", "").endswith("__getitem__")
        and innermost["file"].endswith(("os.py", "<frozen os>"))
    ):
        return f"Set the environment variable {message.strip(chr(39))}."
    if "DJANGO_SETTINGS_MODULE" in message:
        return "Set the environment variable DJANGO_SETTINGS_MODULE to the project's settings module."
    if kind == "ValidationError" and (fields := _MISSING_FIELD.findall(message)):
        return f"Its settings lack {', '.join(fields)}: set the environment variables of these names."
    if variables := list(dict.fromkeys(_VARIABLE.findall(message))):
        return f"It may need {', '.join(variables[:3])} in the environment."
    if kind in _NO_SERVICE:
        return "It needs a service that does not answer: start it, or point the application's settings to a test one."
    if kind == "FileNotFoundError":
        return f"It ran in {folder}: a relative path may expect another folder."
    return f"See that `{python} -c 'import {app.partition(':')[0]}'` works in {folder}."


def _is_the_application(app: str, message: str) -> bool:
    """Tell whether the module that is missing is the one asked for, or a package around it."""
    found = _MISSING_MODULE.search(message)
    return found is not None and f"{app.partition(':')[0]}.".startswith(f"{found[1]}.")


def _place(exception: Mapping[str, Any]) -> str:
    frames = [frame for frame in exception["frames"] if frame["application"]]
    return f" ({frames[-1]['file']}:{frames[-1]['line']})" if frames else ""


def _tail(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()][-SHOWN_LINES:]
    return "".join(f"\n    {line}" for line in lines)
