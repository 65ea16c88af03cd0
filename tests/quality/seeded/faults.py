"""The faults that were put into the application, each with the requests that show it.

A fault is named by what oagen names it by: the type of the exception and the function of the application it comes from.
Every pair is there once. Written without a look at how oagen searches.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

DEEP = "[" * 700 + "]" * 700
LARGE = 2**63


class Kind(enum.StrEnum):
    SINGLE = "single request"
    STATEFUL = "stateful"
    DATA = "data-dependent"
    UNICODE = "unicode"
    NUMERIC = "numeric"
    CONCURRENCY = "concurrency"
    PARSER = "parser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request; `$0` in its target or body is the `id` that the first request of the fault answered with.

    `$u` is a number that is not used twice.
    """

    method: str
    target: str
    body: str | bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault.

    Attributes:
        operation: The operation that answers 500.
        steps: The fewest requests that show it; the last one answers 500.
        together: How many of the last request are sent at the same moment; one of them answers 500.
    """

    kind: Kind
    operation: str
    exception: str
    function: str
    steps: tuple[Sent, ...]
    together: int = 1


def get(target: str, **headers: str) -> Sent:
    return Sent(
        method="GET", target=target, headers=tuple((name.replace("_", "-"), value) for name, value in headers.items())
    )


def post(target: str, body: str | None = None) -> Sent:
    return Sent(method="POST", target=target, body=body, headers=(("Content-Type", "application/json"),))


def patch(target: str, body: str) -> Sent:
    return Sent(method="PATCH", target=target, body=body, headers=(("Content-Type", "application/json"),))


def table(body: str | bytes) -> Sent:
    return Sent(method="POST", target="/imports", body=body, headers=(("Content-Type", "text/csv"),))


BED = post("/beds", '{"name": "bed $u", "area": 2.5, "rows": 3}')
SENSOR = post("/sensors", '{"unit": "C"}')
SCHEDULE = post("/schedules", '{"every": "2h30m"}')


def plant(count: int = 5, planted_on: str = "2024-03-01", tags: str = "[]") -> Sent:
    return post(
        "/beds/$0/plants",
        f'{{"species": "fern", "count": {count}, "planted_on": "{planted_on}", "tags": {tags}}}',
    )


def fault(kind: Kind, operation: str, exception: str, function: str, *steps: Sent, together: int = 1) -> Fault:
    return Fault(kind=kind, operation=operation, exception=exception, function=function, steps=steps, together=together)


FAULTS = (
    # one request
    fault(Kind.SINGLE, "GET /beds", "KeyError", "order_clause", get("/beds?sort=colour")),
    fault(Kind.NUMERIC, "GET /beds", "OverflowError", "page_of_beds", get(f"/beds?offset={LARGE}")),
    fault(Kind.NUMERIC, "POST /sensors", "OverflowError", "insert_sensor",
          post("/sensors", f'{{"unit": "C", "offset": {LARGE}}}')),
    fault(Kind.DATA, "GET /reports/{year}/{week}", "ValueError", "week_start", get("/reports/2021/53")),
    fault(Kind.NUMERIC, "GET /reports/{year}/{week}", "OverflowError", "week_end", get("/reports/9999/52")),
    fault(Kind.UNICODE, "GET /characters", "ValueError", "character_names", get("/characters?text=%01")),
    fault(Kind.PARSER, "GET /changes", "ValueError", "since_of", get("/changes", if_modified_since="yesterday")),
    fault(Kind.PARSER, "GET /bed-codes/{code}", "ValueError", "number_of_code", get("/bed-codes/Bx")),
    fault(Kind.UNICODE, "POST /schedules", "ValueError", "amount_of", post("/schedules", '{"every": "\\u00b2h"}')),
    fault(Kind.PARSER, "POST /schedules", "IndexError", "unit_after", post("/schedules", '{"every": "30"}')),
    fault(Kind.UNICODE, "POST /imports", "UnicodeDecodeError", "text_of", table(b"fern,\xff")),
    fault(Kind.PARSER, "POST /imports", "_csv.Error", "rows_of", table("fern\rivy,3")),
    fault(Kind.PARSER, "POST /imports", "IndexError", "count_cell", table("fern")),
    fault(Kind.PARSER, "GET /plants", "json.decoder.JSONDecodeError", "cursor_of", get("/plants?cursor=AAAA")),
    fault(Kind.PARSER, "GET /plants", "KeyError", "position_in", get("/plants?cursor=e30")),
    fault(Kind.NUMERIC, "POST /prices", "decimal.InvalidOperation", "is_expensive",
          post("/prices", '{"price": "NaN"}')),
    fault(Kind.NUMERIC, "POST /prices", "decimal.InvalidOperation", "in_cents", post("/prices", '{"price": "1e99"}')),
    fault(Kind.PARSER, "POST /notes", "RecursionError", "snapshot_of", post("/notes", f'{{"tree": {DEEP}}}')),
    fault(Kind.UNICODE, "POST /notes", "UnicodeEncodeError", "digest_of", post("/notes", '{"title": "\\ud800"}')),
    fault(Kind.DATA, "POST /notes", "TypeError", "is_urgent", post("/notes", '{"priority": "high"}')),
    fault(Kind.DATA, "POST /notes", "TypeError", "ordered", post("/notes", '{"marks": [1, "a"]}')),
    # something must be there first
    fault(Kind.STATEFUL, "PATCH /beds/{bed_id}", "sqlite3.IntegrityError", "rename_bed",
          BED, post("/beds", '{"name": "taken $u", "area": 1, "rows": 1}'), patch("/beds/$0", '{"name": "taken $u"}')),
    fault(Kind.STATEFUL, "PATCH /beds/{bed_id}", "sqlite3.IntegrityError", "resize_bed",
          BED, patch("/beds/$0", '{"rows": null}')),
    fault(Kind.STATEFUL, "DELETE /beds/{bed_id}", "sqlite3.IntegrityError", "delete_bed",
          BED, plant(), Sent(method="DELETE", target="/beds/$0")),
    fault(Kind.STATEFUL, "POST /beds/{bed_id}/archive", "KeyError", "archive_bed",
          BED, post("/beds/$0/archive"), post("/beds/$0/archive")),
    fault(Kind.UNICODE, "GET /beds/{bed_id}/mark", "IndexError", "shelf_mark",
          post("/beds", '{"name": "\\u82b1\\u58c7", "area": 1, "rows": 1}'), get("/beds/$0/mark")),
    fault(Kind.DATA, "POST /beds/{bed_id}/plants", "sqlite3.IntegrityError", "insert_tags",
          BED, plant(tags='["shade", "shade"]')),
    fault(Kind.STATEFUL, "POST /plants/{plant_id}/move", "sqlite3.IntegrityError", "move_plant",
          BED, plant(), post("/plants/$1/move", '{"bed_id": 999999}')),
    fault(Kind.DATA, "POST /plants/{plant_id}/harvest", "ZeroDivisionError", "share_of",
          BED, plant(count=7), post("/plants/$1/harvest", '{"amount": 7, "weight": 1.5}')),
    fault(Kind.NUMERIC, "GET /plants/{plant_id}/watering", "OverflowError", "next_watering",
          BED, plant(planted_on="9999-12-31"), get("/plants/$1/watering")),
    fault(Kind.DATA, "GET /plants/{plant_id}/anniversary", "ValueError", "anniversary",
          BED, plant(planted_on="2024-02-29"), get("/plants/$1/anniversary")),
    fault(Kind.STATEFUL, "GET /sensors/{sensor_id}/statistics", "ZeroDivisionError", "mean_of",
          SENSOR, get("/sensors/$0/statistics")),
    fault(Kind.NUMERIC, "GET /sensors/{sensor_id}/statistics", "TypeError", "mean_of",
          SENSOR, post("/sensors/$0/readings", '{"values": [NaN]}'), get("/sensors/$0/statistics")),
    fault(Kind.STATEFUL, "GET /sensors/{sensor_id}/statistics", "statistics.StatisticsError", "spread_of",
          SENSOR, post("/sensors/$0/readings", '{"values": [1.5]}'), get("/sensors/$0/statistics?spread=true")),
    fault(Kind.NUMERIC, "GET /sensors/{sensor_id}/histogram", "OverflowError", "bucket_of",
          SENSOR, post("/sensors/$0/readings", '{"values": [1e999]}'), get("/sensors/$0/histogram")),
    fault(Kind.STATEFUL, "GET /sensors/{sensor_id}/bed", "TypeError", "bed_name_of",
          BED, post("/sensors", '{"unit": "C", "bed_id": $0}'), Sent(method="DELETE", target="/beds/$0"),
          get("/sensors/$1/bed")),
    fault(Kind.STATEFUL, "POST /schedules/{schedule_id}/{action}", "KeyError", "next_state",
          SCHEDULE, post("/schedules/$0/pause"), post("/schedules/$0/cancel")),
    fault(Kind.UNICODE, "GET /search", "IndexError", "highlighted",
          post("/beds", '{"name": "$u \\u0130", "area": 1, "rows": 1}'), get("/search?q=%C4%B0")),
    # two requests at the same moment
    fault(Kind.CONCURRENCY, "POST /tickets", "sqlite3.IntegrityError", "draw_ticket", post("/tickets"), together=2),
    fault(Kind.CONCURRENCY, "POST /stock/{stock_id}/take", "sqlite3.IntegrityError", "take_stock",
          post("/stock", '{"amount": 3}'), post("/stock/$0/take", '{"amount": 2}'), together=2),
)  # fmt: skip
