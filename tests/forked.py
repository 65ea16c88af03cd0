"""Python programs in processes of their own that need not import everything first.

`oagen` and pytest import for longer than most tests of them run. So one process imports what they need, does nothing
else, and is forked for each program: the fork has its own folder, environment and streams, and ends like any other.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[1]
_STARTS_WITH = ("PYTHON", "LC_", "LANG")  # what Python reads when it starts, and never again


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str


class Forks:
    """Runs modules as `python -m` does.

    Args:
        preloaded: Modules that are imported before.
    """

    def __init__(self, *preloaded: str) -> None:
        self._preloaded = preloaded
        self._server: subprocess.Popen[bytes] | None = None

    def run(
        self,
        module: str,
        *arguments: str,
        folder: Path,
        environment: Mapping[str, str],
        timeout: int,
        stdin: str | None = None,
    ) -> Ended:
        """Run a module; return how it ended.

        Args:
            module: It, or its `__main__`.
            arguments: Of its command line.
            folder: Where it runs.
            environment: The whole of it.
            timeout: Seconds until it is killed, and `subprocess.TimeoutExpired` is raised.
            stdin: What it can read.
        """
        command = [sys.executable, "-m", module, *arguments]
        if any(value != os.environ.get(name) for name, value in environment.items() if _at_start(name)):
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                input=stdin,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
            return Ended(code=done.returncode, out=done.stdout, err=done.stderr)
        with tempfile.TemporaryDirectory() as streams:
            files = [Path(streams) / name for name in ("in", "out", "err")]
            files[0].write_text(stdin or "", encoding="utf-8")
            order = {
                "module": module,
                "arguments": arguments,
                "folder": str(folder),
                "environment": dict(environment),
                "streams": [str(file) for file in files],
            }
            try:
                code = self._ended(order, timeout)
            except BaseException:
                self.stop()
                raise
            if code is None:
                raise subprocess.TimeoutExpired(command, timeout)
            out, err = (file.read_text(encoding="utf-8") for file in files[1:])
            return Ended(code=code, out=out, err=err)

    def _ended(self, order: Mapping[str, Any], timeout: int) -> int | None:
        server = self._running()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(order).encode() + b"\n")
        pid = int(server.stdout.readline())
        try:
            in_time = select.select([server.stdout], [], [], timeout)[0]
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            raise
        if not in_time:
            os.kill(pid, signal.SIGKILL)
        code = int(server.stdout.readline())
        return code if in_time else None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._server is None or self._server.poll() is not None:
            self._server = subprocess.Popen(
                [sys.executable, __file__, *self._preloaded],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,  # what was read of it and not taken would be waited for
            )
            atexit.register(self.stop)
        return self._server

    def stop(self) -> None:
        """End the process that is forked."""
        server, self._server = self._server, None
        if server is not None:
            atexit.unregister(self.stop)
            for stream in (server.stdin, server.stdout):
                assert stream is not None
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
            server.wait(10)


def _at_start(name: str) -> bool:
    return name.startswith(_STARTS_WITH) and name != "PYTHONPATH"


def _serve(preloaded: Iterable[str]) -> None:
    """Fork for each order that comes, until none can come any more."""
    for name in preloaded:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    orders, answers = os.dup(0), os.dup(1)
    with open(orders, "rb") as reading, open(answers, "wb", buffering=0) as telling:  # noqa: PTH123 - descriptors
        for line in reading:
            pid = os.fork()
            if not pid:
                reading.close()
                telling.close()
                _become(json.loads(line))
            telling.write(b"%d\n" % pid)
            _, status = os.waitpid(pid, 0)
            telling.write(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(order: Mapping[str, Any]) -> NoReturn:
    """Run what is ordered, as if this process had been started for it."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    modes = (os.O_RDONLY, *(os.O_WRONLY | os.O_CREAT,) * 2)
    for number, (name, mode) in enumerate(zip(order["streams"], modes, strict=True)):
        stream = os.open(name, mode)
        os.dup2(stream, number)
        os.close(stream)
    searched = order["environment"].get("PYTHONPATH", "").split(os.pathsep)
    ours = {str(ROOT), str(ROOT / "tests")}
    sys.path[:] = [order["folder"], *filter(None, searched), *(item for item in sys.path if item not in ours)]
    sys.argv = [order["module"], *order["arguments"]]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1:])
