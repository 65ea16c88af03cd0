"""Why a plan draws its status, in words: in what it differs from the one that draws a success."""

from __future__ import annotations

from itertools import zip_longest

from oagen.outcomes import wording
from oagen.outcomes.model import Outcome, SeamKind
from oagen.outcomes.plans import Choice, Plan
from oagen.outcomes.specs import class_of, fields_of, inner
from oagen.runner.statuses import status_matches


def reason_of(plan: Plan, status: int, base: Plan | None) -> str:
    """Return what makes a plan draw its status.

    Args:
        base: The plan of a success of the same operation; None where none is known.
    """
    said = [words for choice in plan.choices if (words := _difference(choice, base))]
    if said:
        return f"when {' and '.join(said[:2])}"
    if status in (401, 403) and plan.title.startswith("for a valid"):
        who = [choice for choice in plan.choices if choice.seam.kind is SeamKind.DEPENDENCY]
        if not who and not any(name.lower() in ("authorization", "cookie") for name, _ in plan.request.headers):
            return "without credentials"
        for choice in who:
            for path, value in fields_of(choice.outcome.value).items():
                if value["k"] == "enum":
                    return f"when {wording.of_field(choice.seam.target, choice.outcome.value, path, value)}"
    promised = status_matches(status, plan.status)
    return plan.title if promised or status >= 400 else "for a valid request"  # noqa: PLR2004


def _difference(choice: Choice, base: Plan | None) -> str:
    usual = base.choice_of(choice.seam) if base is not None else None
    if usual is None:
        if not choice.turned and (base is not None or choice.index == 0):
            return ""
        return _said(choice, choice.outcome)
    later = next((mine for mine, theirs in zip_longest(choice.more, usual.more) if mine != theirs), None)
    if usual.outcome.told() == choice.outcome.told():
        return "" if later is None else _said(choice, later)
    mine, theirs = choice.outcome, usual.outcome
    if (
        mine.raises
        or inner(mine.value)["k"] != inner(theirs.value)["k"]
        or class_of(mine.value) != class_of(theirs.value)
    ):
        return _said(choice, mine)
    fields, others = fields_of(mine.value), fields_of(theirs.value)
    for path, value in fields.items():
        if path and others.get(path) != value:
            return wording.of_field(choice.seam.target, mine.value, path, value)
    return _said(choice, mine)


def _said(choice: Choice, outcome: Outcome) -> str:
    about = next((name for item in choice.seam.outcomes if not item.raises and (name := class_of(item.value))), "")
    return wording.of_outcome(choice.seam.target, outcome, about)
