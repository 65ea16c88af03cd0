"""The bookshop as a server of its own, for as long as a `with` block lasts."""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import oagen
from oagen.errors import TargetError

_LISTENING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedBookshop:
    """A bookshop that listens on loopback."""

    base_url: str
    log_file: Path
    """What the server prints: its access log, and the traceback of each unhandled exception."""

    database: Path
    process_id: int


@contextmanager
def serve_bookshop(
    *,
    log_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    patience_seconds: float = 20,
) -> Iterator[ServedBookshop]:
    """Start the bookshop with an empty database on a free port, and stop it at the end.

    Args:
        log_file: Where the server's output goes; by default a file that is removed at the end.
        environment: Added to the environment, such as `BOOKSHOP_ALICE_TOKEN`.
        patience_seconds: How long the server may take until it answers.

    Raises:
        TargetError: FastAPI or uvicorn is not installed, or the server does not come up.
    """
    require_demo_packages()
    with tempfile.TemporaryDirectory(prefix="oagen-bookshop-", ignore_cleanup_errors=True) as directory:
        log_file = log_file or Path(directory) / "server.log"
        database = Path(directory) / "bookshop.sqlite3"
        with log_file.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [
                    *(sys.executable, "-m", "uvicorn", "oagen.demo.bookshop.main:app"),
                    *("--host", "127.0.0.1", "--port", "0", "--no-use-colors"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | _import_path() | {"BOOKSHOP_DATABASE": str(database)} | dict(environment or {}),
            )
        try:
            base_url = _wait_until_it_answers(process, log_file, patience_seconds)
            yield ServedBookshop(base_url=base_url, log_file=log_file, database=database, process_id=process.pid)
        finally:
            _stop(process)


def require_demo_packages() -> None:
    """Raise a TargetError that names the extra, unless FastAPI and uvicorn can be imported."""
    missing = [name for name in ("fastapi", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing:
        raise TargetError(
            f"The bookshop needs {' and '.join(missing)}, which this Python does not have.",
            hint='Install the extra: pip install "oagen[demo]"',
        )


def _import_path() -> dict[str, str]:
    """Let the server import the oagen that runs, from a checkout too."""
    here = str(Path(oagen.__file__).parents[1])
    inherited = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{here}{os.pathsep}{inherited}" if inherited else here}


def _wait_until_it_answers(process: subprocess.Popen[bytes], log_file: Path, patience_seconds: float) -> str:
    import httpx

    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline and process.poll() is None:
        listening = _LISTENING.search(log_file.read_text(encoding="utf-8", errors="replace"))
        if listening:
            base_url = listening.group(1)
            try:
                if httpx.get(f"{base_url}/health", timeout=1, trust_env=False).is_success:
                    return base_url
            except httpx.TransportError:
                pass  # it will listen soon
        time.sleep(_POLL_SECONDS)
    last_lines = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise TargetError(
        f"The bookshop did not start within {patience_seconds:g} s"
        if process.poll() is None
        else f"The bookshop stopped at once with exit code {process.returncode}",
        hint=f"Its last words: {' / '.join(last_lines) or '(none)'}",
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
