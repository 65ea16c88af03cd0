"""Requests per second of a whole campaign, all oracles on, beside Schemathesis in the same run.

    python benchmarks/throughput.py [--seconds 10] [--rounds 3] [--require]

The application is a trivial FastAPI one with `async def` handlers, served by uvicorn in a process of its own, and the
same one through the agent. Distinct requests are counted where they arrive: by the server, each method, target, headers
that matter and body once. Both tools send from one process; the server has the other core. Medians of rounds taken in
turns. `--require` ends with 1 below 1,000 requests/s over HTTP or 2,000 through the agent.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from checkout import REPOSITORY

WANTED = {"oagen, HTTP": 1000, "oagen, agent": 2000}
SOURCE = '''
import hashlib
import time

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

app = FastAPI(openapi_url="/openapi.json")
seen, times = set(), []


class Item(BaseModel):
    name: str = Field(max_length=40)
    amount: int = Field(ge=1, le=100)
    tags: list[str] = []


@app.exception_handler(RequestValidationError)
async def refuse(request, error):  # FastAPI's own one dies on some values, and prints a traceback each time
    problems = [{"loc": list(item["loc"]), "msg": item["msg"], "type": item["type"]} for item in error.errors()]
    return JSONResponse({"detail": problems}, 422)


@app.get("/items/{number}")
async def read(number: int, q: str = "") -> Item:
    return Item(name="a", amount=1 + number % 100)


@app.post("/items", status_code=201)
async def create(item: Item) -> Item:
    return Item(name="a", amount=item.amount)


@app.put("/items/{number}")
async def replace(number: int, item: Item) -> Item:
    return Item(name="a", amount=item.amount)


class Counting:
    """Notes each request before the application answers it."""

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] in ("/seen", "/openapi.json"):
            if scope["type"] == "http" and scope["path"] == "/seen":
                spent = times[-1] - times[0] if len(times) > 1 else 0
                body = repr([len(times), len(seen), spent]).encode()
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": body})
                return
            await app(scope, receive, send)
            return
        digest = hashlib.blake2b(scope["method"].encode() + scope["raw_path"] + b"?" + scope["query_string"])
        digest.update(dict(scope["headers"]).get(b"content-type", b""))

        async def counted():
            message = await receive()
            digest.update(message.get("body", b""))
            if not message.get("more_body"):
                seen.add(digest.digest())
                times.append(time.monotonic())
            return message

        first = await counted()

        async def replay(messages=[first]):
            return messages.pop() if messages else await receive()

        await app(scope, replay, send)


counting = Counting()
'''


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(folder: Path, command: Callable[[str], Sequence[str]]) -> float:
    """Run a tool against the application over HTTP; return the distinct requests per second that arrived."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    uvicorn = [sys.executable, "-m", "uvicorn", "trivial:counting", "--port", str(port), "--log-level", "error"]
    with subprocess.Popen([*uvicorn, "--no-access-log"], cwd=folder, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(f"{base}/openapi.json").read()
                    break
                except OSError:
                    time.sleep(0.1)
            subprocess.run(command(base), cwd=folder, capture_output=True, check=False, env=environment())
            total, distinct, spent = json.loads(urllib.request.urlopen(f"{base}/seen").read())
        finally:
            server.terminate()
    assert total >= distinct > 1, "nothing arrived"
    return float(distinct) / float(spent)


def in_process(folder: Path, seconds: float) -> float:
    """Run a campaign through the agent; return its requests per second, of which none is sent twice but for proofs."""
    report = folder / "report.json"
    subprocess.run(
        [
            *(sys.executable, "-m", "oagen", "fuzz", "--app", "trivial:app", "--max-time", str(seconds)),
            *("--store", str(folder / "agent.sqlite"), "--report", f"json={report}"),
        ],
        cwd=folder,
        capture_output=True,
        check=False,
        env=environment(),
    )
    told = json.loads(report.read_text(encoding="utf-8"))
    (folder / "agent.sqlite").unlink()
    return float(told["requests"]) / float(told["seconds"])


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--require", action="store_true", help="end with 1 below what is wanted")
    arguments = parser.parse_args()
    seconds = arguments.seconds
    st = str(Path(sys.executable).parent / "st")
    rates: dict[str, list[float]] = {"oagen, HTTP": [], "oagen, agent": [], "st run": [], "st fuzz": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "trivial.py").write_text(SOURCE)
        for round_ in range(arguments.rounds):
            seed = str(round_ + 1)
            own = [sys.executable, "-m", "oagen", "fuzz", "--max-time", str(seconds), "--seed", seed]
            rates["oagen, HTTP"].append(
                served(folder, lambda base: [*own, "--base-url", base, "--store", f"{base[-5:]}.sqlite"])  # noqa: B023
            )
            rates["oagen, agent"].append(in_process(folder, seconds))
            for mode in ("run", "fuzz"):
                theirs = [st, mode, "--max-time", f"{seconds:g}", "--seed", seed, "--continue-on-failure"]
                rates[f"st {mode}"].append(
                    served(folder, lambda base: [*theirs, f"{base}/openapi.json", "--url", base])  # noqa: B023
                )
    best = max(statistics.median(rates["st run"]), statistics.median(rates["st fuzz"]))
    print(f"medians of {arguments.rounds} rounds of {seconds:g} s; distinct requests per second (each round)")
    for tool, measured in rates.items():
        median = statistics.median(measured)
        shown = ", ".join(f"{rate:.0f}" for rate in measured)
        print(f"{tool:13} {median:6.0f}  ({shown})   {median / best:5.1f} x the better of Schemathesis's two")
    low = [tool for tool, wanted in WANTED.items() if statistics.median(rates[tool]) < wanted]
    if low:
        print(f"below what is wanted: {', '.join(f'{tool} ({WANTED[tool]})' for tool in low)}")
    return 1 if low and arguments.require else 0


if __name__ == "__main__":
    sys.exit(main())
