"""An application in a process of its own: started, asked what is no request, started again, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from oagen.errors import TargetError
from oagen.target.agent.channel import ChannelClosedError, ChannelTimeoutError
from oagen.target.agent.failures import death_failure, hang_failure, import_failure
from oagen.target.agent.interpreter import find_interpreter
from oagen.target.agent.options import AgentOptions
from oagen.target.agent.process import AgentProcess, Launch
from oagen.target.agent.program.files import ApplicationFiles
from oagen.target.agent.program.frames import VERSION
from oagen.target.agent.stacks import innermost_frame

LOST = (ChannelClosedError, ChannelTimeoutError)
"""The process ended, or does not answer in time."""


class Application:
    """An application whose process is another one after each start.

    Args:
        name: `package.module:attribute` or `package.module:factory()`.

    Attributes:
        description: What the agent says of the application.
        is_file: Whether a file is of the application's own code.
        restarts: How often it was started again.

    Raises:
        TargetError: It can't be started; the message says where and the hint why.
    """

    def __init__(self, name: str, options: AgentOptions) -> None:
        folder = options.cwd.absolute()
        if not folder.is_dir():
            raise TargetError(f"{folder} is not a folder", hint="Name the folder that the application is started in.")
        self.name = name
        self._options = options
        self._folder = folder
        self._python = find_interpreter(options.python, folder)
        self._launch = Launch(
            python=self._python,
            folder=folder,
            environment=options.environment,
            log_file=options.log_file.absolute() if options.log_file else None,
        )
        self._process: AgentProcess | None = None
        self._hints: dict[str, Any] | None = None
        self.is_file = ApplicationFiles([str(folder)])
        self.description: Mapping[str, Any] = {}
        self.restarts = 0
        self._start()

    @property
    def log_file(self) -> Path | None:
        """The file that takes what the application prints."""
        return self._process.log_file if self._process else self._options.log_file

    def process(self) -> AgentProcess:
        """Return its process, which is started where there is none.

        Raises:
            TargetError: It does not start.
        """
        return self._process or self._start()

    def ask(self, order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the answer to an order that is no request; a process that is lost over it is ended.

        Raises:
            ChannelClosedError: The process ended.
            ChannelTimeoutError: It hung.
            TargetError: The application had to be started, and did not start.
        """
        try:
            return self.process().ask(order, timeout=self._options.startup_timeout)
        except LOST:
            self.end()
            raise

    def survey(self, hints: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have it looked into, from now on after each start; see `AgentConnection.survey`."""
        self._hints = dict(hints)
        return self._survey()

    def _survey(self) -> Mapping[str, Any]:
        try:
            answer = self.ask({"op": "survey", "hints": self._hints})[0]
        except LOST as error:
            raise TargetError(f"{self.name} can't be looked into: it hung or ended its process") from error
        if "exception" in answer:
            raise TargetError(f"{self.name} can't be looked into: {answer['exception']['type']}")
        return answer

    def include(self, sources: Sequence[Path]) -> None:
        """Take more folders for the application's own code, once it is started again."""
        self._options = replace(self._options, sources=(*self._options.sources, *sources))

    def restart(self) -> AgentProcess:
        """Start it afresh; return its process.

        Raises:
            TargetError: It does not start again.
        """
        self.end()
        self.restarts += 1
        return self._start()

    def end(self) -> None:
        """Kill its process."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def close(self) -> None:
        """Let it shut down, and end its process."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def _start(self) -> AgentProcess:
        options = self._options
        process = AgentProcess(self._launch)
        order = {
            "version": VERSION,
            "app": self.name,
            "folder": str(self._folder),
            "coverage": options.coverage,
            "sources": [str(source.absolute()) for source in options.sources],
            "limits": asdict(options.limits),
            "needs_start_up": options.needs_start_up,
        }
        try:
            description, _ = process.ask(order, timeout=options.startup_timeout)
            self._check(description, process)
        except ChannelTimeoutError:
            stack = process.stack()
            where = innermost_frame(stack, self.is_file)
            failure = hang_failure(self.name, options.startup_timeout, stack, where, process.log_tail())
            process.kill()
            raise failure from None
        except ChannelClosedError:
            _, how = process.exit_reason()
            failure = death_failure(self.name, how, process.log_tail(), process.crash_stack())
            process.kill()
            raise failure from None
        except BaseException:
            process.kill()
            raise
        self.description = description
        self.is_file = ApplicationFiles(description["roots"])
        self._process = process
        if self._hints is not None:
            self._survey()
        return process

    def _check(self, description: Mapping[str, Any], process: AgentProcess) -> None:
        if description.get("version") != VERSION:
            raise TargetError(f"the agent speaks version {description.get('version')} of the protocol, not {VERSION}")
        if "failed" in description:
            raise import_failure(
                self.name, str(self._python), str(self._folder), description["failed"], process.log_tail()
            )
