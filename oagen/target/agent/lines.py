"""Lines of an application that ran for the first time, whichever of its processes ran them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Lines:
    """Remembers the lines that ran.

    Each process tells a line once; one that was started again tells what the one before it has told.
    """

    def __init__(self) -> None:
        self._seen: dict[str, set[int]] = {}

    def new(self, lines: Mapping[str, Sequence[int]], *, is_first: bool) -> dict[str, list[int]]:
        """Leave out the lines that an earlier process of the same application has run.

        Args:
            lines: By absolute path.
            is_first: There was no earlier process.
        """
        if is_first:
            for file, numbers in lines.items():
                self._seen.setdefault(file, set()).update(numbers)
            return {file: list(numbers) for file, numbers in lines.items()}
        fresh: dict[str, list[int]] = {}
        for file, numbers in lines.items():
            seen = self._seen.setdefault(file, set())
            if new := [number for number in numbers if number not in seen]:
                fresh[file] = new
                seen.update(new)
        return fresh
