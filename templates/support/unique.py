"""Values of their own for each test and each run: tests never meet in the data."""

from __future__ import annotations

from .current import current
from .uniqueness import fill, unique_seed


def unique(template: str, name: str = "") -> str:
    """Return text of this test and this run alone.

    `#` is a digit, `?` a letter, `~` a capital, `^` a hexadecimal digit.

    Args:
        name: Tells two texts of one test with the same template apart; the same
            name gives the same text.
    """
    test = current.test if current.attempt == 1 else f"{current.test}#{current.attempt}"
    return fill(template, unique_seed(current.run, test, name, template))


def unique_number(template: str, name: str = "") -> int:
    """Return the number that `unique` spells."""
    return int(unique(template, name))
