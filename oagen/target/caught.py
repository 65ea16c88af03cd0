"""What went wrong inside an application, as far as its own process can tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtFrame:
    """One line of a traceback.

    Attributes:
        file: Absolute path, or a name such as `<string>`.
        first: The line that the function begins at, 0 where that is not known; `line - first` survives lines added
            above the function.
        application: It is in the application's own code.
    """

    file: str
    line: int
    function: str
    first: int
    application: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtException:
    """An exception of the application.

    Attributes:
        type: Qualified name, `KeyError` or `sqlalchemy.exc.IntegrityError`.
        frames: Outermost first; `omitted` of them left out in the middle.
        text: As Python prints it, with the exceptions it came from.
        how: `raised`: it left the application; `signalled` or `logged`: the framework caught it and told;
            `passed`: it was seen in the application's code before the server error, which may be for another reason.
    """

    type: str
    message: str
    frames: tuple[CaughtFrame, ...]
    omitted: int
    text: str
    how: str

    @property
    def innermost(self) -> CaughtFrame | None:
        """The innermost frame of the application's own code."""
        return next((frame for frame in reversed(self.frames) if frame.application), None)
