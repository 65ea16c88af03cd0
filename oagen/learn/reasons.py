"""Why a scenario is not verified, as a sentence that may be kept: it shows no body, and nothing that is a secret."""

from __future__ import annotations

import re
from collections.abc import Sequence

from oagen.learn.attempts import Attempt
from oagen.learn.memory import SECRET_NAME
from oagen.runner.judge import Failure, FailureKind, Outcome

_BODY = re.compile(r"(the body|/[^ ]*) is [\[{].*", re.DOTALL)
_LONGEST = 300


def what_came(attempt: Attempt) -> str:
    """Return what happened instead of what was promised; reads after `it`."""
    verdict = attempt.verdict
    if verdict.outcome is Outcome.NOT_REACHED:
        return _short(verdict.reason or "could not be sent")
    if verdict.outcome is Outcome.NO_ANSWER:
        return _short(f"got no answer: {verdict.reason}")
    return _all_told(verdict.failures, attempt)


def refutation(attempt: Attempt, broken: Sequence[Failure] = ()) -> str:
    """Return what was promised, and what came instead.

    Args:
        broken: What is wrong with the answer, where it is not what the verdict says.
    """
    scenario = attempt.scenario
    reason = scenario.title.removeprefix(scenario.status).strip()
    if attempt.kept_status:
        return f"{attempt.answered} came as promised {reason}, but {_all_told(broken, attempt) or what_came(attempt)}"
    return f"{scenario.status} promised {reason}; the API answered {attempt.answered}"


def _all_told(failures: Sequence[Failure], attempt: Attempt) -> str:
    return _short("; ".join(_told(failure, attempt) for failure in failures[:2]))


def _told(failure: Failure, attempt: Attempt) -> str:
    if failure.kind is FailureKind.STATUS:
        return f"answered {attempt.answered}, not {attempt.scenario.then.status}"
    if failure.kind is FailureKind.HEADER or SECRET_NAME.search(failure.pointer):
        return f"{failure.kind.value} {failure.pointer or failure.message.partition(' ')[0]} is not as promised"
    return _BODY.sub(r"\1 is another", failure.message)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
