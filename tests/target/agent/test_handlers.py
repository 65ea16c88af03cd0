"""What the source of an application's handlers names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.target.agent.conftest import Start

FASTAPI = """
from http import HTTPStatus
from fastapi import FastAPI, HTTPException, status

app = FastAPI()

def checked(plan):
    if plan.tier == "gold-2019":
        raise HTTPException(status.HTTP_409_CONFLICT)
    return deeper(plan)

def deeper(plan):
    if plan.seats > 740:
        raise HTTPException(HTTPStatus.PAYMENT_REQUIRED)

@app.post("/plans/{plan_id}")
def change(plan_id: int, plan: dict):
    if plan_id in (17, 18):
        raise HTTPException(status_code=410)
    return checked(plan)
"""

FLASK = """
from flask import Flask, abort, request

app = Flask(__name__)

@app.route("/search")
def search():
    if request.args.get("mode") == "deep":
        abort(418)
    return {}
"""


def told_of(target: Any, path: str) -> dict[str, Any]:
    return next(dict(item) for item in target.connection.handlers() if item["path"] == path)


def test_constants_and_statuses_are_told_by_name_through_the_functions_called(start: Start) -> None:
    pytest.importorskip("fastapi")
    told = told_of(start(FASTAPI), "/plans/{plan_id}")
    assert told["method"] == "POST"
    assert told["compares"] == {"plan_id": [17, 18], "tier": ["gold-2019"], "seats": [740]}
    assert told["statuses"] == [402, 409, 410]


def test_what_a_request_is_asked_for_counts_by_its_key(start: Start) -> None:
    pytest.importorskip("flask")
    told = told_of(start(FLASK), "/search")
    assert (told["compares"], told["statuses"]) == ({"mode": ["deep"]}, [418])


def test_an_application_without_routes_tells_nothing(start: Start) -> None:
    assert start("async def app(scope, receive, send): await answer(send, b'')").connection.handlers() == ()
