"""Requests per second through the agent, with Schemathesis's in-process calls beside it in the same run.

    python benchmarks/agent_throughput.py [--seconds 3] [--python INTERPRETER]

The application is a FastAPI one with an `async def` and a `def` handler; `--python` runs it, for the agent alone, in
another interpreter (which needs FastAPI). Each figure is the median of three rounds, taken in turns.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions

ROUNDS = 3
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


def rate(send: Callable[[int], None], seconds: float) -> float:
    """Return how often `send` can be called in a second; its argument makes each request another one."""
    for warming in range(20):
        send(warming)
    count = 0
    began = time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        send(count)
        count += 1
    return count / spent


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
        senders: dict[tuple[str, str], Callable[[int], None]] = {}
        interpreter = ""
        for path in ("async", "threaded"):
            for coverage in (True, False):
                options = AgentOptions(cwd=folder, coverage=coverage, python=arguments.python)
                target = stack.enter_context(AgentTarget("trivial:app", options))
                interpreter = target.connection.description["python"]
                lines = "lines recorded" if coverage else "no lines"
                senders[path, f"agent, {lines}"] = agent_sender(target, path)
            senders[path, "schemathesis, Case.call"] = schemathesis_sender(folder, path)
        rates: dict[tuple[str, str], list[float]] = {key: [] for key in senders}
        for _ in range(ROUNDS):
            for key, send in senders.items():
                rates[key].append(rate(send, arguments.seconds))
    print(
        f"agent on Python {interpreter}, requests/s, median of {ROUNDS} rounds of {arguments.seconds:g} s (least, most)"
    )
    for (path, tool), measured in rates.items():
        median = statistics.median(measured)
        ratio = median / statistics.median(rates[path, "schemathesis, Case.call"])
        print(f"{path:9} {tool:24} {median:8.0f} ({min(measured):.0f}, {max(measured):.0f})   {ratio:6.1f} x")


if __name__ == "__main__":
    main()
