"""The expressions of GitHub's workflows: https://docs.github.com/actions/reference/evaluate-expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(\d+(?:\.\d+)?)|([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)|(\|\||&&|[!=]=|[!(),]))"
)
_INSIDE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
STATUS_FUNCTIONS = ("always", "success", "failure", "cancelled")

Functions = Mapping[str, Callable[..., Any]]


def evaluated(text: str, context: Mapping[str, Any], functions: Functions) -> Any:
    """Return the value of an expression."""
    return _Reader(text, context, functions).whole()


def interpolated(text: str, context: Mapping[str, Any], functions: Functions) -> str:
    """Return text with each `${{ }}` replaced by what it is worth."""

    def value_of(match: re.Match[str]) -> str:
        value = evaluated(match[1], context, functions)
        return {True: "true", False: "false", None: ""}.get(value, str(value)) if _is_word(value) else str(value)

    return _INSIDE.sub(value_of, text)


def condition(text: str | None, context: Mapping[str, Any], functions: Functions) -> bool:
    """Return whether an `if` holds; without a status function it holds only as long as nothing has failed."""
    inner = (text or "success()").strip()
    if whole := _INSIDE.fullmatch(inner):
        inner = whole[1]
    holds = bool(evaluated(inner, context, functions))
    if not any(f"{name}(" in inner for name in STATUS_FUNCTIONS):
        return holds and bool(functions["success"]())
    return holds


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, bool)


class _Reader:
    def __init__(self, text: str, context: Mapping[str, Any], functions: Functions) -> None:
        self._tokens: list[str] = []
        position = 0
        while text[position:].strip():
            found = _TOKEN.match(text, position)
            assert found is not None, f"no expression: {text[position:]!r}"
            self._tokens.append(found[0].strip())
            position = found.end()
        self._context = context
        self._functions = functions

    def whole(self) -> Any:
        value = self._either()
        assert not self._tokens, f"left over: {self._tokens}"
        return value

    def _taken(self, *wanted: str) -> str | None:
        return self._tokens.pop(0) if self._tokens and self._tokens[0] in wanted else None

    def _either(self) -> Any:
        value = self._both()
        while self._taken("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._taken("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:
        value = self._single()
        while operator := self._taken("==", "!="):
            other = self._single()
            value = (value == other) is (operator == "==")
        return value

    def _single(self) -> Any:
        if self._taken("!"):
            return not self._single()
        if self._taken("("):
            value = self._either()
            assert self._taken(")")
            return value
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token[0].isdigit():
            return float(token)
        if self._taken("("):
            return self._called(token)
        return _WORDS[token] if token in _WORDS else self._looked_up(token)

    def _called(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self._taken(")"):
            arguments.append(self._either())
            self._taken(",")
        return self._functions[name](*arguments)

    def _looked_up(self, dotted: str) -> Any:
        first, *rest = dotted.split(".")
        assert first in self._context, f"there is no context {first}"
        value: Any = self._context[first]
        for name in rest:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value
