"""The choice that a user has where two changes meet; apart, so that the command line loads quickly."""

from __future__ import annotations

import enum


class Resolution(enum.StrEnum):
    """What becomes of lines that were changed both by the user and by the generator."""

    KEEP_AND_REPORT = "report"  # the user's stay, and the conflict comes up again
    MINE = "mine"  # the user's stay, and are right
    GENERATED = "generated"  # the generated ones replace them
