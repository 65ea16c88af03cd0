"""The agent's process from its first line to its last."""

from __future__ import annotations

import atexit
import os
import sys
import traceback

from .agent import Agent
from .loading import WSGI, LoadingError
from .process import claim_pipes, end_with, write_last_words
from .serving import run_asgi, run_wsgi


def run(agent: Agent) -> None:
    """Import the application and drive it to the end."""
    try:
        loaded = agent.import_application()
    except LoadingError as error:
        agent.fail("place", None, str(error))
        return
    except BaseException as error:  # noqa: BLE001 - sys.exit and KeyboardInterrupt included
        agent.fail("import", error)
        return
    if loaded.kind == WSGI:
        run_wsgi(agent, loaded)
    else:
        run_asgi(agent, loaded)


def main(lifeline: int) -> None:
    """Be the agent; the first frame says of which application.

    Args:
        lifeline: Descriptor of a pipe whose other end oagen holds open as long as it lives.
    """
    log, words = sys.argv[1:3]
    pipes = claim_pipes(log)
    stream = write_last_words(words)
    watching = end_with(lifeline, os.path.dirname(words))
    first = pipes.read()
    if first is None:
        return
    order = first[0]
    sys.path[:] = [order["folder"], *(path for path in sys.path if path != order["folder"])]
    sys.argv = [order["app"].partition(":")[0]]
    try:
        run(Agent(pipes, order))
        atexit._run_exitfuncs()  # noqa: SLF001 - os._exit leaves them out, and threads may keep a plain exit waiting
    except BaseException:  # noqa: BLE001 - nobody is there to catch it; the log is where it is looked for
        traceback.print_exc()
        stream.flush()
        os._exit(70)
    sys.stdout.flush()
    sys.stderr.flush()
    if pipes.ended:  # oagen is gone: who watches for that clears up, and ends this process
        watching.join(timeout=5)
    os._exit(0)
