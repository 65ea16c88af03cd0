"""A harbour that breaks promises; `PROMISES_KEPT=1` in the environment gives the version that keeps them.

Started in the folder above as `promised.app:app`. The faults are listed in `faults.py`.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response

from .document import DOCUMENT, PROBLEM

KEPT = os.environ.get("PROMISES_KEPT") == "1"
SIZES = ("S", "M", "L")

app = FastAPI(title="Harbour", redirect_slashes=False)
app.openapi = lambda: DOCUMENT  # type: ignore[method-assign]
boats: dict[int, dict[str, Any]] = {}
trips: dict[int, list[dict[str, Any]]] = {}
berths: dict[int, dict[str, Any]] = {}
numbers = itertools.count(1)


def said(
    value: Any, status: int = 200, media_type: str = "application/json; charset=utf-8", **headers: str
) -> Response:
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(json.dumps(value), status, sent, media_type)


def problem(status: int, title: str | None = "no", media_type: str = PROBLEM) -> Response:
    told: dict[str, Any] = {"status": status} if title is None else {"status": status, "title": title}
    return said(told, status, media_type)


async def read(request: Request) -> Any:
    """Return a JSON body; None where there is none that could be meant."""
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        return None


def is_text(value: Any, longest: int = 30, shortest: int = 1) -> bool:
    return isinstance(value, str) and shortest <= len(value) <= longest


def is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def is_boat(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and is_text(value.get("name"))
        and is_number(value.get("length", 10), 1, 500)
        and is_number(value.get("built", 2000), 1800, 2100)
        and isinstance(value.get("built", 2000), int)
        and is_text(value.get("pin", ""), 8, 0)
        and (value.get("note") is None or is_text(value["note"], 50, 0))
    )


def is_trip(value: Any) -> bool:
    legs = value.get("legs") if isinstance(value, dict) else None
    return (
        isinstance(legs, list)
        and 1 <= len(legs) <= 5
        and all(isinstance(leg, dict) and is_text(leg.get("port")) for leg in legs)
        and all(is_number(leg.get("miles"), 0, 1e300) for leg in legs)
    )


def shown(number: int, boat: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "name": boat["name"],
        "built": boat.get("built", 2000 if KEPT else None),
        "state": "moored",
        "registered": "2024-05-01T12:00:00Z",
        "note": boat.get("note"),
    }


def found(text: str, things: Mapping[int, Any]) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if number in things else None


@app.post("/boats")
async def create_boat(request: Request) -> Response:
    boat = await read(request)
    if not is_boat(boat):
        return problem(400)
    if len(boat["name"]) > 25 and not KEPT:
        return said({"tea": True}, 418)
    number = next(numbers)
    boats[number] = boat
    return said(shown(number, boat), 201)


@app.get("/boats")
async def list_boats() -> Response:
    listed = [shown(number, boat) for number, boat in list(boats.items())[:20]]
    body = gzip.compress(json.dumps(listed).encode())
    return Response(body, 200, {"X-Count": str(len(boats)), "Content-Encoding": "gzip"}, "application/json")


@app.get("/boats/{boat_id}")
async def get_boat(boat_id: str) -> Response:
    number = found(boat_id, boats)
    return problem(404) if number is None else said(shown(number, boats[number]))


@app.put("/boats/{boat_id}")
async def change_boat(boat_id: str, request: Request) -> Response:
    number = found(boat_id, boats)
    boat = await read(request)
    if number is None:
        return problem(404)
    if not is_boat(boat):
        return problem(400 if KEPT else 422)
    boats[number] = boat
    return said(shown(number, boat))


@app.delete("/boats/{boat_id}")
async def delete_boat(boat_id: str) -> Response:
    number = found(boat_id, boats)
    if number is None:
        return problem(404)
    del boats[number]
    return Response(status_code=204)


@app.post("/boats/{boat_id}/trips")
async def create_trip(boat_id: str, request: Request) -> Response:
    number = found(boat_id, boats)
    trip = await read(request)
    if number is None:
        return problem(404, media_type=PROBLEM if KEPT else "application/json")
    if not is_trip(trip):
        return problem(400)
    legs = [{"port": leg["port"], "miles": leg["miles"]} for leg in trip["legs"]]
    if not KEPT:
        legs[1:] = [leg | {"miles": str(leg["miles"])} for leg in legs[1:]]
    made = {"id": next(numbers), "legs": legs}
    trips.setdefault(number, []).append(made)
    return said(made, 201)


@app.get("/boats/{boat_id}/trips")
async def list_trips(boat_id: str) -> Response:
    number = found(boat_id, boats)
    return problem(404) if number is None else said({"items": trips.get(number, [])})


@app.get("/boats/{boat_id}/owner")
async def owner(boat_id: str) -> Response:
    number = found(boat_id, boats)
    if number is None:
        return problem(404)
    return said({"name": "Ada"}) if number % 2 or KEPT else said({"name": "Ada"}, 409)


@app.post("/berths")
async def create_berth(request: Request) -> Response:
    berth = await read(request)
    size = berth.get("size") if isinstance(berth, dict) else None
    if not isinstance(size, str) or size not in SIZES:
        return problem(400, "no such size" if KEPT else None)
    if size == "L" and not KEPT:
        return problem(404, "no room")
    number = next(numbers)
    berths[number] = {"id": number, "size": size}
    return said(berths[number], 201, Location=f"/berths/{number}")


@app.get("/berths")
async def list_berths() -> Response:
    total = {"X_Total": str(len(berths))} if KEPT else {}
    return said(list(berths.values())[:20], 200, **total)


@app.get("/berths/{berth_id}")
async def get_berth(berth_id: str) -> Response:
    number = found(berth_id, berths)
    return problem(404) if number is None else said(berths[number])


@app.delete("/berths/{berth_id}")
async def delete_berth(berth_id: str) -> Response:
    number = found(berth_id, berths)
    if number is None:
        return problem(404)
    del berths[number]
    return Response(status_code=204 if KEPT else 202)


@app.get("/tides")
async def tides() -> Response:
    return Response("hour,height\n1,2.5\n", media_type="text/csv" if KEPT else "text/html")


@app.get("/weather")
async def weather(wet: str = "false") -> Response:
    if wet not in ("true", "false"):
        return problem(400)
    if wet == "true":
        return said({"kind": "rain", "litres": 2.5} if KEPT else {"kind": "rain"})
    return said({"kind": "sun", "hours": 7})


@app.get("/log")
async def log() -> Response:
    return Response('["left", "back"]' if KEPT else "['left', 'back']", media_type="application/json")


@app.api_route("/lights", methods=["GET", "HEAD"])
async def lights(request: Request) -> Response:
    age = "3" if KEPT or request.method == "HEAD" else "new"
    return said({"on": True}, X_Age=age)


@app.get("/crew")
async def crew(request: Request) -> Response:
    if request.headers.get("X-Key") is None:
        return problem(401)
    return said(["Ada", "Bob"])


@app.get("/chart")
async def chart() -> Response:
    return said({"scale": 25}) if KEPT else Response(status_code=200)


@app.get("/status")
async def status() -> Response:
    return said({"ok": True}, 203)
