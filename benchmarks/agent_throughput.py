"""Requests per second through the agent, with Schemathesis's in-process calls beside it in the same run.

    python benchmarks/agent_throughput.py [--seconds 3] [--python INTERPRETER]

The application is a FastAPI one with an `async def` and a `def` handler; `--python` runs it, for the agent alone, in
another interpreter (which needs FastAPI). Each figure is the median of three rounds, taken in turns; processor time is
given too, since a busy machine hardly changes it.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions

ROUNDS = 3
PEER = "schemathesis, Case.call"
SOURCE = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/async/{number}")
async def asynchronous(number: int, q: str = ""):
    return {"number": number, "q": q}


@app.get("/threaded/{number}")
def threaded(number: int, q: str = ""):
    return {"number": number, "q": q}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One round: requests per second on the clock, and seconds of processor time for a request."""

    rate: float
    cpu: float


def measure(send: Callable[[int], None], processor_time: Callable[[], float], seconds: float) -> Measured:
    """Call `send` for so many seconds; its argument makes each request another one."""
    for warming in range(20):
        send(warming)
    count = 0
    began, used = time.perf_counter(), processor_time()
    while (spent := time.perf_counter() - began) < seconds:
        send(count)
        count += 1
    return Measured(rate=count / spent, cpu=(processor_time() - used) / count)


def with_process(pid: int) -> Callable[[], float]:
    """Return a clock of the processor time of this process and another one (Linux alone has it for the other)."""
    stat = Path(f"/proc/{pid}/stat")

    def clock() -> float:
        if not stat.exists():
            return time.process_time()
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    return clock


def agent_sender(target: AgentTarget, path: str) -> Callable[[int], None]:
    def send(number: int) -> None:
        answer = target.send(WireRequest(method="GET", target=f"/{path}/{number}?q=a"))
        assert answer.status == 200

    return send


def schemathesis_sender(folder: Path, path: str) -> Callable[[int], None]:
    import schemathesis

    sys.path.insert(0, str(folder))
    app = importlib.import_module("trivial").app
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[f"/{path}/{{number}}"]["GET"]

    def send(number: int) -> None:
        response = operation.Case(path_parameters={"number": number}, query={"q": "a"}).call()
        assert response.status_code == 200

    return send


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one round")
    parser.add_argument("--python", help="interpreter for the agent")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "trivial.py").write_text(SOURCE)
        senders: dict[tuple[str, str], tuple[Callable[[int], None], Callable[[], float]]] = {}
        interpreter = ""
        for path in ("async", "threaded"):
            for coverage in (True, False):
                options = AgentOptions(cwd=folder, coverage=coverage, python=arguments.python)
                target = stack.enter_context(AgentTarget("trivial:app", options))
                interpreter = target.connection.description["python"]
                lines = "lines recorded" if coverage else "no lines"
                clock = with_process(target.connection.description["pid"])
                senders[path, f"agent, {lines}"] = (agent_sender(target, path), clock)
            senders[path, PEER] = (schemathesis_sender(folder, path), time.process_time)
        rounds: dict[tuple[str, str], list[Measured]] = {key: [] for key in senders}
        for _ in range(ROUNDS):
            for key, (send, clock) in senders.items():
                rounds[key].append(measure(send, clock, arguments.seconds))
    print(f"agent on Python {interpreter}; medians of {ROUNDS} rounds of {arguments.seconds:g} s")
    print(
        "handler   through                  requests/s (least, best)    ratio   CPU us/request, both processes   ratio"
    )
    for (path, tool), measured in rounds.items():
        rates = [each.rate for each in measured]
        rate, cpu = statistics.median(rates), statistics.median(each.cpu for each in measured)
        peer_rate = statistics.median(each.rate for each in rounds[path, PEER])
        peer_cpu = statistics.median(each.cpu for each in rounds[path, PEER])
        print(
            f"{path:9} {tool:24} {rate:8.0f} ({min(rates):5.0f}, {max(rates):5.0f})   {rate / peer_rate:6.1f} x"
            f"   {cpu * 1e6:8.0f}                        {peer_cpu / cpu:6.1f} x"
        )


if __name__ == "__main__":
    main()
