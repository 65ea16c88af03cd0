"""How an application is run by an agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLimits:
    """What is held back from a response: bytes of its body, seconds of a stream, seconds of background tasks."""

    body: int = 4 << 20
    stream: float = 2.0
    background: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOptions:
    """How an application is run.

    Attributes:
        python: Its interpreter or virtual environment; see `find_interpreter`.
        cwd: Where it runs; first on its module search path.
        environment: Variables added to oagen's own.
        log_file: Takes what it prints.
        coverage: Report the lines that run, and watch the exceptions that pass through its code.
        timeout: Seconds for one request, where none are given with it.
        startup_timeout: Seconds until it must be ready for requests.
        sources: More folders with code of its own, beside `cwd` and its package.
        base_path: What the API's paths begin with, `/api/v1`, for whoever joins it to a request.
        headers: Sent with every request that does not have them itself.
        needs_start_up: An application whose start-up fails is no use; otherwise it answers all the same, as far as it
            can.
    """

    python: Path | str | None = None
    cwd: Path = field(default_factory=Path.cwd)
    environment: Mapping[str, str] = field(default_factory=dict)
    log_file: Path | None = None
    coverage: bool = True
    timeout: float = 10.0
    startup_timeout: float = 60.0
    sources: tuple[Path, ...] = ()
    limits: ResponseLimits = field(default_factory=ResponseLimits)
    base_path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    needs_start_up: bool = True
