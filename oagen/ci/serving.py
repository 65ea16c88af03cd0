"""Bring the API up for as long as a `with` block lasts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from oagen.ci.health import health_url, is_healthy, wait_until_healthy
from oagen.config.settings import Settings
from oagen.errors import TargetError

_STOP_SECONDS = 10
_SHOWN = 10  # last lines of the API's output, where it did not come up
_COMPOSE_SECONDS = 900  # images may have to be built


@contextmanager
def served(settings: Settings) -> Iterator[Path | None]:
    """Bring the API up as `[ci]` says, wait until it is healthy, and stop it at the end.

    An application in process, or an API that is up already, needs nothing but to be healthy.

    Yields:
        The file that the API logs to, where there is one.

    Raises:
        TargetError: It does not come up in time, or ends at once.
        ConfigError: Nothing says where it answers.
    """
    ci, api = settings.ci, settings.api
    if ci.start is None and ci.compose is None:
        if api.base_url is not None:
            _require_allowed(settings)
            wait_until_healthy(settings)
        yield ci.log
        return
    _refuse_stranger(settings)
    with tempfile.TemporaryDirectory(prefix="oagen-api-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "api.log"
        with _started(ci.start, settings, log) if ci.start is not None else _composed(settings, log):
            yield ci.log or log


def _require_allowed(settings: Settings) -> None:
    from oagen.target.allowed import require_allowed

    if settings.api.base_url is not None:
        require_allowed(settings.api.base_url, settings.api.allow_hosts)


def _refuse_stranger(settings: Settings) -> None:
    """Refuse to test what answers there already: it is not what is about to be started."""
    _require_allowed(settings)
    url = health_url(settings)
    if is_healthy(url, any_answer=True) is None:
        raise TargetError(f"something answers at {url} before the API was started", hint="stop it, or use another port")


@contextmanager
def _started(command: str, settings: Settings, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S602 - the user's command, for the user's shell
            command,
            shell=True,
            cwd=settings.root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ended() -> str | None:
        code = process.poll()
        return None if code is None else f"the API's start command ended with {code}{_last_words(log)}"

    try:
        try:
            wait_until_healthy(settings, ended=ended)
        except TargetError as error:
            said = "" if process.poll() is not None else _last_words(log)
            raise TargetError(f"{error.message}{said}", hint=error.hint) from error
        yield
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a command and what it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM):
        with suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.terminate()
            else:
                os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
            if sys.platform == "win32" or not _group_lives(process.pid):
                return


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


@contextmanager
def _composed(settings: Settings, log: Path) -> Iterator[None]:
    compose = ["docker", "compose", "--project-name", _project_name(settings.root), "--file", str(settings.ci.compose)]
    followed: subprocess.Popen[bytes] | None = None
    try:
        _docker([*compose, "up", "--detach", "--quiet-pull"])
        with log.open("wb") as output:
            followed = subprocess.Popen(  # noqa: S603 - the user's Compose file
                [*compose, "logs", "--follow", "--no-color", "--no-log-prefix"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
            )
        try:
            wait_until_healthy(settings)
        except TargetError as error:
            raise TargetError(f"{error.message}{_last_words(log)}", hint=error.hint) from error
        yield
    finally:
        if followed is not None:
            followed.kill()
            followed.wait()
        with suppress(TargetError):
            _docker([*compose, "down", "--volumes", "--remove-orphans"])


def _project_name(root: Path) -> str:
    """Return a name for Compose that is not the developer's own: at the end its containers and volumes are removed."""
    return "oagen-" + re.sub(r"[^a-z0-9_-]", "-", root.absolute().name.lower())


def _docker(command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - the user's Compose file
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_COMPOSE_SECONDS
        )
    except OSError as error:
        raise TargetError(f"docker can't be run: {error.strerror}", hint="[ci] compose needs Docker Compose") from error
    except subprocess.TimeoutExpired as error:
        raise TargetError(f"{' '.join(command)} did not end within {_COMPOSE_SECONDS} s") from error
    if done.returncode != 0:
        last = " / ".join(done.stderr.strip().splitlines()[-3:])
        raise TargetError(f"{' '.join(command)} ended with {done.returncode}: {last}")


def _last_words(log: Path) -> str:
    """Return the last lines that the API printed, as the end of a sentence."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return f"; its last words: {' / '.join(lines[-_SHOWN:])}" if lines else "; it printed nothing"
