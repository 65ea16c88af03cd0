"""The types of JSON values, told apart for jsonschema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return _is_number(value) and (isinstance(value, int) or value.is_integer())


_TESTS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


class JsonTypes:
    """Stands for jsonschema's own type checker, whose native mapping can't bear a stack that is nearly full."""

    def is_type(self, value: Any, name: Any) -> bool:
        """Return whether a value is of a JSON type.

        Raises:
            UndefinedTypeCheck: There is no such type.
        """
        test = _TESTS.get(name) if isinstance(name, str) else None
        if test is None:
            from jsonschema.exceptions import UndefinedTypeCheck

            raise UndefinedTypeCheck(name)
        return test(value)
