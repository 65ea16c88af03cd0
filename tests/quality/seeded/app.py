"""A plant depot with faults; `SEEDED_CORRECTED=1` in the environment gives the version without them.

Started in the folder above as `seeded.app:app`. The faults are listed in `faults.py`; `../test_seeded.py` shows them.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Header, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from . import reading, storage
from .storage import LARGEST
from .switch import Refused


class Problem(BaseModel):
    detail: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": "A problem"} for status in statuses}


app = FastAPI(title="Plant depot", version="1.0", redirect_slashes=False, responses=problems(400, 422))
Number = Annotated[int, Path(ge=1, le=LARGEST)]


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]).encode("ascii", "backslashreplace").decode()
    return JSONResponse({"detail": f"{place[:200]}: {first['type']}"}, status_code=422)


@app.exception_handler(Refused)
async def refused(request: Request, error: Refused) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, status_code=error.status)


# -- beds -----------------------------------------------------------------------------------------------------------


class NewBed(BaseModel):
    name: str = Field(min_length=1, max_length=40, examples=["North"])
    area: float = Field(gt=0, le=10_000)
    rows: int = Field(ge=1, le=100)


class Bed(NewBed):
    id: int


class BedChange(BaseModel):
    name: str = Field(default="", max_length=40)
    rows: Annotated[int, Field(ge=1, le=100)] | None = None


@app.post("/beds", status_code=201, response_model=Bed, responses=problems(409))
async def create_bed(bed: NewBed) -> Any:
    return storage.insert_bed(bed.name, bed.area, bed.rows)


@app.get("/beds", response_model=list[Bed])
async def list_beds(
    sort: str = "id", limit: Annotated[int, Query(ge=1, le=100)] = 20, offset: Annotated[int, Query(ge=0)] = 0
) -> Any:
    return storage.page_of_beds(storage.order_clause(sort), limit, offset)


@app.get("/beds/{bed_id}", response_model=Bed, responses=problems(404))
async def get_bed(bed_id: Number) -> Any:
    return storage.found("bed", bed_id)


@app.patch("/beds/{bed_id}", response_model=Bed, responses=problems(404, 409))
async def change_bed(bed_id: Number, change: BedChange) -> Any:
    storage.found("bed", bed_id)
    if change.name:
        storage.rename_bed(bed_id, change.name)
    if "rows" in change.model_fields_set:
        storage.resize_bed(bed_id, change.rows)
    return storage.found("bed", bed_id)


@app.delete("/beds/{bed_id}", status_code=204, responses=problems(404, 409))
async def delete_bed(bed_id: Number) -> None:
    storage.found("bed", bed_id)
    storage.delete_bed(bed_id)


@app.post("/beds/{bed_id}/archive", status_code=204, responses=problems(404, 409))
async def archive_bed(bed_id: Number) -> None:
    storage.found("bed", bed_id)
    storage.archive_bed(bed_id)


@app.get("/beds/{bed_id}/mark", response_model=dict[str, str], responses=problems(404))
async def shelf_mark(bed_id: Number) -> Any:
    return {"mark": reading.shelf_mark(storage.found("bed", bed_id)["name"])}


@app.get("/bed-codes/{code}", response_model=Bed, responses=problems(404))
async def bed_by_code(code: Annotated[str, Path(examples=["B1"])]) -> Any:
    if not code.startswith("B"):
        raise Refused(404, "no such bed")
    return storage.found("bed", reading.number_of_code(code))


# -- plants ---------------------------------------------------------------------------------------------------------


class NewPlant(BaseModel):
    species: str = Field(min_length=1, max_length=60)
    count: int = Field(ge=1, le=1000)
    planted_on: dt.date
    tags: list[Annotated[str, Field(max_length=20)]] = Field(default=[], max_length=10)


class Plant(BaseModel):
    id: int
    bed_id: int
    species: str
    count: int
    planted_on: dt.date


class Move(BaseModel):
    bed_id: int = Field(ge=1, le=LARGEST)


class Harvest(BaseModel):
    amount: int = Field(ge=1, le=1000)
    weight: float = Field(ge=0, le=1000)


@app.post("/beds/{bed_id}/plants", status_code=201, response_model=Plant, responses=problems(404))
async def create_plant(bed_id: Number, plant: NewPlant) -> Any:
    storage.found("bed", bed_id)
    return storage.insert_plant(bed_id, plant.species, plant.count, plant.planted_on, plant.tags)


@app.get("/plants", response_model=list[Plant])
async def list_plants(cursor: str = "") -> Any:
    after = reading.position_in(reading.cursor_of(cursor)) if cursor else 0
    rows = storage.db.execute("SELECT * FROM plant WHERE id > ? ORDER BY id LIMIT 20", (after,))
    return [dict(row) for row in rows]


@app.get("/plants/{plant_id}", response_model=Plant, responses=problems(404))
async def get_plant(plant_id: Number) -> Any:
    return storage.found("plant", plant_id)


@app.post("/plants/{plant_id}/move", response_model=Plant, responses=problems(404))
async def move_plant(plant_id: Number, move: Move) -> Any:
    storage.found("plant", plant_id)
    storage.move_plant(plant_id, move.bed_id)
    return storage.found("plant", plant_id)


@app.post("/plants/{plant_id}/harvest", response_model=dict[str, int | str], responses=problems(404, 409))
async def harvest(plant_id: Number, order: Harvest) -> Any:
    return storage.harvest(plant_id, order.amount, order.weight)


@app.get("/plants/{plant_id}/watering", response_model=dict[str, dt.date], responses=problems(404))
async def watering(plant_id: Number) -> Any:
    planted = dt.date.fromisoformat(storage.found("plant", plant_id)["planted_on"])
    return {"next": storage.next_watering(planted)}


@app.get("/plants/{plant_id}/anniversary", response_model=dict[str, dt.date], responses=problems(404))
async def anniversary(plant_id: Number) -> Any:
    planted = dt.date.fromisoformat(storage.found("plant", plant_id)["planted_on"])
    return {"next": storage.anniversary(planted)}


# -- sensors --------------------------------------------------------------------------------------------------------


class NewSensor(BaseModel):
    unit: str = Field(max_length=10)
    offset: int = 0
    bed_id: Annotated[int, Field(ge=1, le=LARGEST)] | None = None


class Sensor(BaseModel):
    id: int
    unit: str
    bed_id: int | None


class Readings(BaseModel):
    values: list[float] = Field(max_length=100)


@app.post("/sensors", status_code=201, response_model=Sensor, responses=problems(404))
async def create_sensor(sensor: NewSensor) -> Any:
    if sensor.bed_id is not None:
        storage.found("bed", sensor.bed_id)
    return storage.insert_sensor(sensor.unit, sensor.offset, sensor.bed_id)


@app.post("/sensors/{sensor_id}/readings", status_code=204, responses=problems(404))
async def add_readings(sensor_id: Number, readings: Readings) -> None:
    storage.found("sensor", sensor_id)
    storage.add_readings(sensor_id, readings.values)


@app.get("/sensors/{sensor_id}/statistics", response_model=dict[str, str], responses=problems(404))
async def statistics_of(sensor_id: Number, *, spread: bool = False) -> Any:
    storage.found("sensor", sensor_id)
    values = storage.readings_of(sensor_id)
    told = {"mean": f"{storage.mean_of(values):.2f}"}
    if spread:
        told["spread"] = f"{storage.spread_of(values):.2f}"
    return told


@app.get("/sensors/{sensor_id}/histogram", response_model=dict[str, int], responses=problems(404))
async def histogram_of(sensor_id: Number) -> Any:
    storage.found("sensor", sensor_id)
    counts: dict[str, int] = {}
    for value in storage.readings_of(sensor_id):
        key = str(storage.bucket_of(value))
        counts[key] = counts.get(key, 0) + 1
    return counts


@app.get("/sensors/{sensor_id}/bed", response_model=dict[str, str], responses=problems(404))
async def bed_of_sensor(sensor_id: Number) -> Any:
    return {"name": storage.bed_name_of(storage.found("sensor", sensor_id))}


# -- schedules, tickets, stock --------------------------------------------------------------------------------------


class NewSchedule(BaseModel):
    every: str = Field(min_length=1, max_length=20, examples=["2h30m"])


class Schedule(BaseModel):
    id: int
    minutes: int
    state: str


class NewStock(BaseModel):
    amount: int = Field(ge=1, le=1000)


@app.post("/schedules", status_code=201, response_model=Schedule)
async def create_schedule(schedule: NewSchedule) -> Any:
    minutes = reading.minutes_of(schedule.every)
    cursor = storage.db.execute("INSERT INTO schedule (minutes, state) VALUES (?, 'active')", (minutes,))
    return storage.found("schedule", int(cursor.lastrowid or 0))


@app.post("/schedules/{schedule_id}/{action}", response_model=Schedule, responses=problems(404, 409))
async def change_schedule(schedule_id: Number, action: Literal["pause", "resume", "cancel"]) -> Any:
    state = storage.next_state(storage.found("schedule", schedule_id)["state"], action)
    storage.db.execute("UPDATE schedule SET state = ? WHERE id = ?", (state, schedule_id))
    return storage.found("schedule", schedule_id)


@app.post("/tickets", status_code=201, response_model=dict[str, int])
async def draw_ticket() -> Any:
    return {"number": await storage.draw_ticket()}


@app.post("/stock", status_code=201, response_model=dict[str, int])
async def create_stock(stock: NewStock) -> Any:
    cursor = storage.db.execute("INSERT INTO stock (amount) VALUES (?)", (stock.amount,))
    return {"id": int(cursor.lastrowid or 0), "amount": stock.amount}


@app.post("/stock/{stock_id}/take", response_model=dict[str, int], responses=problems(404, 409))
async def take_stock(stock_id: Number, order: NewStock) -> Any:
    return {"left": await storage.take_stock(stock_id, order.amount)}


# -- one request ----------------------------------------------------------------------------------------------------


class Note(BaseModel):
    model_config = ConfigDict(extra="ignore")

    title: Any = Field(default="", description="Text of the note")
    priority: Any = Field(default=0, description="A number; above 5 is urgent")
    marks: list[Any] = Field(default=[], max_length=20)
    tree: Any = None


class Price(BaseModel):
    price: str = Field(max_length=30, examples=["12.50"])


@app.get("/reports/{year}/{week}", response_model=dict[str, dt.date], responses=problems(404))
async def report(year: Annotated[int, Path(ge=1, le=9999)], week: Annotated[int, Path(ge=1, le=53)]) -> Any:
    start = reading.week_start(year, week)
    return {"start": start, "end": reading.week_end(start)}


@app.get("/characters", response_model=list[str])
async def characters(text: Annotated[str, Query(max_length=20)]) -> Any:
    return reading.character_names(text)


@app.get("/search", response_model=dict[str, str])
async def search(q: Annotated[str, Query(min_length=1, max_length=10)]) -> Any:
    rows = storage.db.execute("SELECT id, name FROM bed ORDER BY id DESC LIMIT 50")
    return {str(row["id"]): reading.highlighted(row["name"], q) for row in rows}


@app.get("/changes", response_model=dict[str, str])
async def changes(if_modified_since: Annotated[str | None, Header()] = None) -> Any:
    if if_modified_since is None:
        return {"since": "ever"}
    return {"since": reading.since_of(if_modified_since).date().isoformat()}


@app.post("/notes", status_code=201, response_model=dict[str, str | bool | int])
async def create_note(note: Note) -> Any:
    reading.snapshot_of(note.tree)
    digest = reading.digest_of(note.title) if isinstance(note.title, str) else ""
    return {"digest": digest, "urgent": reading.is_urgent(note.priority), "marks": reading.ordered(note.marks)}


@app.post("/prices", response_model=dict[str, str | bool])
async def check_price(price: Price) -> Any:
    value = reading.price_of(price.price)
    return {"expensive": reading.is_expensive(value), "cents": reading.in_cents(value)}


@app.post(
    "/imports",
    status_code=201,
    response_model=dict[str, int],
    openapi_extra={"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}, "required": True}},
)
async def import_table(request: Request) -> Any:
    rows = reading.rows_of(reading.text_of(await request.body()))
    return {"rows": len(rows), "plants": sum(reading.count_cell(row) for row in rows)}
