"""Exceptions that a framework, or the application itself, turns into a response; documents; lines."""

from __future__ import annotations

import json

import pytest

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.caught import CaughtException
from oagen.target.model import Answer
from tests.target.agent.conftest import Start

FASTAPI = """
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware

app = FastAPI()

class Reserved(Exception):
    pass

@app.exception_handler(Reserved)
async def reserved(request, error):
    return JSONResponse({"detail": "our fault"}, status_code=500)

async def passing(request, call_next):
    return await call_next(request)

app.add_middleware(BaseHTTPMiddleware, dispatch=passing)

@app.get("/items/{number}")
async def item(number: int):
    return lookup(number)

def lookup(number):
    return {1: "one"}[number]

@app.get("/threaded")
def threaded():
    return lookup(5)

@app.get("/deliberate")
async def deliberate():
    try:
        lookup(7)
    except KeyError as error:
        raise HTTPException(500, "not our day") from error

@app.get("/own-handler")
def own_handler():
    raise Reserved("for nobody")

@app.get("/handled")
async def handled():
    try:
        lookup(8)
    except KeyError:
        raise HTTPException(404)

@app.get("/plain")
async def plain():
    return JSONResponse({}, status_code=503)

@app.post("/later")
async def later(tasks: BackgroundTasks):
    tasks.add_task(lookup, 9)
    return {}
"""

FLASK = """
import logging
from flask import Flask, abort, jsonify

app = Flask(__name__)
logging.disable(logging.WARNING)

@app.get("/items/<int:number>")
def item(number):
    return jsonify(lookup(number))

def lookup(number):
    return {1: "one"}[number]

@app.errorhandler(ZeroDivisionError)
def divided(error):
    return {"detail": "our fault"}, 500

@app.get("/own-handler")
def own_handler():
    return 1 / 0

@app.get("/handled")
def handled():
    try:
        lookup(8)
    except KeyError:
        abort(404)

@app.get("/aborted")
def aborted():
    abort(500)
"""


def _get(target: AgentTarget, path: str) -> Answer:
    return target.send(WireRequest(method="GET", target=path))


def _seen(caught: CaughtException | None) -> tuple[str, str | None, str] | None:
    return (
        None if caught is None else (caught.type, caught.innermost.function if caught.innermost else None, caught.how)
    )


def test_exceptions_of_fastapi(start: Start) -> None:
    target = start(FASTAPI)
    for path, status, seen in (
        ("/items/1", 200, None),
        ("/items/x", 422, None),
        ("/items/2", 500, ("KeyError", "lookup", "raised")),
        ("/threaded", 500, ("KeyError", "lookup", "raised")),
        ("/deliberate", 500, ("fastapi.exceptions.HTTPException", "deliberate", "passed")),
        ("/own-handler", 500, ("shop.Reserved", "own_handler", "passed")),
        ("/handled", 404, None),
        ("/plain", 503, None),
    ):
        answer = _get(target, path)
        assert (answer.status, _seen(answer.exception)) == (status, seen), path
        if seen and path != "/own-handler":
            assert 'in lookup\n    return {1: "one"}[number]' in (answer.traceback or ""), path


def test_background_task_that_fails(start: Start) -> None:
    answer = start(FASTAPI).send(WireRequest(method="POST", target="/later"))
    assert answer.status == 200
    assert _seen(answer.exception) == ("KeyError", "lookup", "raised")


def test_exceptions_of_flask(start: Start) -> None:
    target = start(FLASK)
    assert target.framework == "flask"
    for path, status, seen in (
        ("/items/1", 200, None),
        ("/items/2", 500, ("KeyError", "lookup", "signalled")),
        ("/own-handler", 500, ("ZeroDivisionError", "own_handler", "passed")),
        ("/handled", 404, None),
        ("/aborted", 500, ("werkzeug.exceptions.InternalServerError", "aborted", "passed")),
    ):
        answer = _get(target, path)
        assert (answer.status, _seen(answer.exception)) == (status, seen), path


def test_logged_exception_is_the_reason_of_a_500(start: Start) -> None:
    target = start(
        """
        import logging
        logger = logging.getLogger("shop")
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
        async def app(scope, receive, send):
            status = 500 if scope.get("path") == "/fails" else 400
            try:
                {}["lost"]
            except KeyError:
                logger.exception("it went wrong")
            await answer(send, b"", status)
        """,
        coverage=False,
    )
    failed = _get(target, "/fails").exception
    assert failed is not None
    assert (failed.type, failed.message, failed.how) == ("KeyError", "'lost'", "logged")
    assert _get(target, "/refuses").exception is None


def test_frame_is_told_from_where_its_function_begins(start: Start) -> None:
    caught = _get(start(FASTAPI), "/items/2").exception
    assert caught is not None
    assert caught.innermost is not None
    assert caught.innermost.line - caught.innermost.first == 1
    assert any(not frame.application for frame in caught.frames)


def test_endless_recursion_is_bounded(start: Start) -> None:
    target = start(
        """
        def deeper(n):
            return deeper(n + 1)
        async def app(scope, receive, send):
            if scope["path"] == "/deep":
                deeper(0)
            await answer(send, b"")
        """
    )
    caught = _get(target, "/deep").exception
    assert caught is not None
    assert caught.type == "RecursionError"
    assert caught.omitted > 500
    assert len(caught.frames) <= 80
    assert len(caught.text) < 50_000
    assert _get(target, "/").lines  # tracing has survived it


def test_exception_whose_text_fails(start: Start) -> None:
    target = start(
        """
        class Mute(Exception):
            def __str__(self):
                raise ValueError
        async def app(scope, receive, send):
            raise Mute
        """
    )
    caught = _get(target, "/").exception
    assert caught is not None
    assert caught.type == "shop.Mute"


def test_document_of_fastapi(start: Start) -> None:
    target = start(FASTAPI)
    assert target.framework == "fastapi"
    document = target.document()
    assert document is not None
    assert "/items/{number}" in json.loads(document)["paths"]
    assert _get(target, "/items/1").status == 200


def test_application_without_a_document_of_its_own(start: Start) -> None:
    assert start(FLASK).document() is None


def test_document_that_fails(start: Start) -> None:
    with pytest.raises(TargetError, match="failed to make its document: ValueError: no"):
        start(FASTAPI + "\ndef broken():\n    raise ValueError('no')\napp.openapi = broken\n").document()
