"""The depot's records, in SQLite in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import statistics
from typing import Any

from .switch import CORRECTED, Refused

SCHEMA = """
PRAGMA foreign_keys = ON;
CREATE TABLE bed (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, area REAL NOT NULL, rows INTEGER NOT NULL);
CREATE TABLE plant (id INTEGER PRIMARY KEY, bed_id INTEGER NOT NULL REFERENCES bed, species TEXT NOT NULL,
                    count INTEGER NOT NULL, planted_on TEXT NOT NULL);
CREATE TABLE tag (plant_id INTEGER NOT NULL REFERENCES plant ON DELETE CASCADE, name TEXT NOT NULL,
                  UNIQUE (plant_id, name));
CREATE TABLE sensor (id INTEGER PRIMARY KEY, unit TEXT NOT NULL, offset_ INTEGER NOT NULL, bed_id INTEGER);
CREATE TABLE reading (sensor_id INTEGER NOT NULL REFERENCES sensor, value REAL);
CREATE TABLE schedule (id INTEGER PRIMARY KEY, minutes INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE ticket (number INTEGER PRIMARY KEY);
CREATE TABLE stock (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL CHECK (amount >= 0));
"""
COLUMNS = {"id": "id", "name": "name", "area": "area DESC"}
TRANSITIONS = {
    ("active", "pause"): "paused",
    ("paused", "resume"): "active",
    ("active", "cancel"): "cancelled",
    ("active", "resume"): "active",
    ("paused", "pause"): "paused",
    ("cancelled", "cancel"): "cancelled",
    ("cancelled", "pause"): "cancelled",
    ("cancelled", "resume"): "cancelled",
}
LARGEST = 2**63 - 1

db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.row_factory = sqlite3.Row
db.executescript(SCHEMA)
archived: set[int] = set()
on_shelf: set[int] = set()


def found(table: str, number: int) -> dict[str, Any]:
    row = db.execute(f"SELECT * FROM {table} WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Refused(404, f"no such {table}")
    return dict(row)


# -- beds -----------------------------------------------------------------------------------------------------------


def order_clause(sort: str) -> str:
    if CORRECTED and sort not in COLUMNS:
        raise Refused(422, "sort: unknown")
    return COLUMNS[sort]


def page_of_beds(order: str, limit: int, offset: int) -> list[dict[str, Any]]:
    if CORRECTED:
        offset = min(offset, LARGEST)
    rows = db.execute(f"SELECT * FROM bed ORDER BY {order} LIMIT ? OFFSET ?", (limit, offset))
    return [dict(row) for row in rows]


def insert_bed(name: str, area: float, rows: int) -> dict[str, Any]:
    try:
        cursor = db.execute("INSERT INTO bed (name, area, rows) VALUES (?, ?, ?)", (name, area, rows))
    except sqlite3.IntegrityError:
        raise Refused(409, "the name is taken") from None
    on_shelf.add(int(cursor.lastrowid or 0))
    return found("bed", int(cursor.lastrowid or 0))


def rename_bed(number: int, name: str) -> None:
    if CORRECTED and db.execute("SELECT 1 FROM bed WHERE name = ? AND id != ?", (name, number)).fetchone():
        raise Refused(409, "the name is taken")
    db.execute("UPDATE bed SET name = ? WHERE id = ?", (name, number))


def resize_bed(number: int, rows: int | None) -> None:
    if CORRECTED and rows is None:
        return
    db.execute("UPDATE bed SET rows = ? WHERE id = ?", (rows, number))


def delete_bed(number: int) -> None:
    if CORRECTED and db.execute("SELECT 1 FROM plant WHERE bed_id = ?", (number,)).fetchone():
        raise Refused(409, "plants grow in it")
    db.execute("DELETE FROM bed WHERE id = ?", (number,))


def archive_bed(number: int) -> None:
    if CORRECTED and number not in on_shelf:
        raise Refused(409, "it is archived already")
    on_shelf.remove(number)
    archived.add(number)


# -- plants ---------------------------------------------------------------------------------------------------------


def insert_plant(bed_id: int, species: str, count: int, planted_on: dt.date, tags: list[str]) -> dict[str, Any]:
    cursor = db.execute(
        "INSERT INTO plant (bed_id, species, count, planted_on) VALUES (?, ?, ?, ?)",
        (bed_id, species, count, planted_on.isoformat()),
    )
    number = int(cursor.lastrowid or 0)
    insert_tags(number, tags)
    return found("plant", number)


def insert_tags(number: int, tags: list[str]) -> None:
    if CORRECTED:
        tags = list(dict.fromkeys(tags))
    for tag in tags:
        db.execute("INSERT INTO tag (plant_id, name) VALUES (?, ?)", (number, tag))


def move_plant(number: int, bed_id: int) -> None:
    if CORRECTED:
        found("bed", bed_id)
    db.execute("UPDATE plant SET bed_id = ? WHERE id = ?", (bed_id, number))


def harvest(number: int, amount: int, weight: float) -> dict[str, Any]:
    plant = found("plant", number)
    left = plant["count"] - amount
    if left < 0:
        raise Refused(409, "there are not so many")
    db.execute("UPDATE plant SET count = ? WHERE id = ?", (left, number))
    return {"left": left, "share": f"{share_of(weight, left):.2f}"}


def share_of(weight: float, left: int) -> float:
    if CORRECTED and left == 0:
        return 0.0
    return weight / left


def next_watering(planted: dt.date) -> dt.date:
    if CORRECTED and planted > dt.date(9999, 12, 1):
        return dt.date.max
    return planted + dt.timedelta(days=14)


def anniversary(planted: dt.date) -> dt.date:
    if CORRECTED and (planted.year == dt.MAXYEAR or (planted.month, planted.day) == (2, 29)):
        return planted
    return planted.replace(year=planted.year + 1)


# -- sensors --------------------------------------------------------------------------------------------------------


def insert_sensor(unit: str, offset: int, bed_id: int | None) -> dict[str, Any]:
    if CORRECTED:
        offset = max(-LARGEST, min(offset, LARGEST))
    cursor = db.execute("INSERT INTO sensor (unit, offset_, bed_id) VALUES (?, ?, ?)", (unit, offset, bed_id))
    return found("sensor", int(cursor.lastrowid or 0))


def add_readings(number: int, values: list[float]) -> None:
    kept = [value for value in values if abs(value) < 10**9] if CORRECTED else values
    db.executemany("INSERT INTO reading (sensor_id, value) VALUES (?, ?)", [(number, value) for value in kept])


def readings_of(number: int) -> list[Any]:
    return [row["value"] for row in db.execute("SELECT value FROM reading WHERE sensor_id = ?", (number,))]


def mean_of(values: list[float]) -> float:
    if CORRECTED and not values:
        return 0.0
    return sum(values) / len(values)


def spread_of(values: list[float]) -> float:
    if CORRECTED and len(values) < 2:
        return 0.0
    return statistics.stdev(min(max(value, -1e9), 1e9) for value in values)


def bucket_of(value: float) -> int:
    return int(value or 0) // 10


def bed_name_of(sensor: dict[str, Any]) -> str:
    row = db.execute("SELECT name FROM bed WHERE id = ?", (sensor["bed_id"],)).fetchone()
    if sensor["bed_id"] is None or (CORRECTED and row is None):
        raise Refused(404, "it stands in no bed")
    return str(row["name"])


# -- schedules, tickets, stock --------------------------------------------------------------------------------------


def next_state(state: str, action: str) -> str:
    if CORRECTED and (state, action) not in TRANSITIONS:
        raise Refused(409, f"it is {state}")
    return TRANSITIONS[state, action]


async def draw_ticket() -> int:
    number = int(db.execute("SELECT coalesce(max(number), 0) + 1 FROM ticket").fetchone()[0])
    if not CORRECTED:
        await asyncio.sleep(0.002)  # another one may draw the same number meanwhile
    db.execute("INSERT INTO ticket (number) VALUES (?)", (number,))
    return number


async def take_stock(number: int, amount: int) -> int:
    left = int(found("stock", number)["amount"]) - amount
    if left < 0:
        raise Refused(409, "there is not so much")
    if not CORRECTED:
        await asyncio.sleep(0.002)  # another one may take it meanwhile
    db.execute("UPDATE stock SET amount = amount - ? WHERE id = ?", (amount, number))
    return left
