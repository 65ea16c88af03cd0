"""What stands in the way of a success and is put right: lost tracebacks, values of the wrong kind, needless members."""

from __future__ import annotations

from pathlib import Path

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.outcomes.shops import found_for
from tests.suite.running import run, write

SOURCE = """
    import sqlite3
    from collections.abc import Iterator
    from typing import Optional

    from fastapi import Depends, FastAPI, File, HTTPException, UploadFile
    from pydantic import BaseModel, model_validator


    class Draft(BaseModel):
        title: str
        copied_from: Optional[str] = None
        copy_mode: Optional[str] = None

        @model_validator(mode="after")
        def is_whole(self) -> "Draft":
            if self.copied_from and self.copy_mode not in ("link", "clone"):
                raise ValueError("copied_from needs a copy_mode")
            return self


    class Rules:
        def of_keys(self):
            return sqlite3.connect("keys.db").execute("SELECT 1").fetchall()

        def assert_may_read(self) -> None:
            if not self.of_keys():
                raise HTTPException(401, "not logged in")


    class Parcel(BaseModel):
        sender: str
        weight: int


    def connection() -> Iterator[list[int]]:
        try:
            yield []
        finally:
            pass


    def rules(held=Depends(connection)) -> Rules:
        return Rules()


    def parcels_of(city):
        return sqlite3.connect("parcels.db").execute("SELECT ?", (city,)).fetchall()


    def latest(city):
        return parcels_of(city)


    app = FastAPI()


    @app.get("/keys", responses={401: {"description": "nobody"}})
    def keys(by: Rules = Depends(rules)) -> str:
        by.assert_may_read()
        return "keys"


    @app.post("/drafts", status_code=201)
    def drafts(draft: Draft) -> Draft:
        return draft


    @app.post("/scans")
    def scans(files: list[UploadFile] = File(...)) -> int:
        return len(files)


    @app.get("/parcels/{city}")
    def parcel(city: str) -> Parcel:
        found = latest(city)
        return Parcel(sender=found.sender, weight=found.measures.weight)
"""


def test_a_refusal_that_passes_a_generator_dependency_is_traced_to_who_raised_it(tmp_path: Path) -> None:
    found = found_for(SOURCE, tmp_path)
    (witness, *_) = found.outcomes.of("GET /keys", "200")
    assert [item.target for item in witness.replaced] in (["shop:Rules.assert_may_read"], ["shop:Rules.of_keys"])
    assert found.outcomes.of("GET /keys", "401")


def test_members_that_a_request_may_leave_out_are_left_out_where_they_are_refused(tmp_path: Path) -> None:
    found = found_for(SOURCE, tmp_path)
    (witness, *_) = found.outcomes.of("POST /drafts", "201")
    assert b"copied_from" not in (witness.request.body or b"")


def test_files_of_a_form_are_sent_as_files(tmp_path: Path) -> None:
    found = found_for(SOURCE, tmp_path)
    (witness, *_) = found.outcomes.of("POST /scans", "200")
    assert b"filename=" in (witness.request.body or b"")


def test_what_lacks_an_attribute_becomes_something_that_has_it(tmp_path: Path) -> None:
    found = found_for(SOURCE, tmp_path)
    assert found.outcomes.of("GET /parcels/{city}", "200")
    suite = build_suite(found.description, found.scenarios, SuiteSettings(), found.outcomes)
    write(suite, tmp_path / "api_tests")
    ran = run(tmp_path / "api_tests", "-m", "unit", "--api-app", "shop:app", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert ran.code == 0, ran.output


FLASK = """
    import sqlite3

    from flask import Flask, jsonify, request


    def connection():
        return sqlite3.connect("things.db")


    app = Flask(__name__)


    @app.errorhandler(sqlite3.OperationalError)
    def busy(error):
        return jsonify(error="try again later"), 503


    @app.get("/things")
    def things():
        return jsonify(connection().execute("SELECT 1").fetchall())


    @app.delete("/things")
    def remove():
        return jsonify(len(request.get_json()["ids"]))
"""

ANSWERS = {"200": {"description": "here"}, "503": {"description": "not now"}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        "/things": {"get": {"responses": ANSWERS}, "delete": {"responses": {"200": {"description": "removed"}}}},
    },
}


def test_what_the_application_handles_wherever_it_comes_up_is_a_cause(tmp_path: Path) -> None:
    found = found_for(FLASK, tmp_path, DOCUMENT)
    (witness, *_) = found.outcomes.of("GET /things", "503")
    assert witness.reason.endswith("raises operational")


def test_what_a_handler_looks_up_in_a_request_is_put_there(tmp_path: Path) -> None:
    found = found_for(FLASK, tmp_path, DOCUMENT)
    (witness, *_) = found.outcomes.of("DELETE /things", "200")
    assert b'"ids": [7]' in (witness.request.body or b"")


HOOKS = """
    import sqlite3
    from dataclasses import dataclass

    from flask import Flask, abort, g, jsonify, request


    @dataclass
    class User:
        login: str
        disabled: bool


    class Sessions:
        @staticmethod
        def verify_session_token(token):
            return None if token != sqlite3.connect("keys.db") else (token, "password")


    app = Flask(__name__)


    @app.before_request
    def who_asks():
        g.user = None
        found = Sessions.verify_session_token(request.headers.get("Authorization", ""))
        if found is not None:
            g.user, g.provider = found
        if g.user and g.user.disabled:
            abort(403)


    @app.get("/<any(boxes, crates):kind>/mine")
    def mine(kind):
        if g.user is None:
            abort(401)
        return jsonify(owner=g.user.login)
"""
OWNED = {
    "openapi": "3.1.0",
    "info": {"title": "Boxes", "version": "1"},
    "paths": {
        "/{kind}/mine": {
            "get": {
                "parameters": [{"name": "kind", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {each: {"description": each} for each in ("200", "401", "403")},
            }
        }
    },
}


def test_a_static_method_that_tells_who_is_asking_gives_a_user_and_a_route_s_own_words_are_used(tmp_path: Path) -> None:
    found = found_for(HOOKS, tmp_path, OWNED)
    (witness, *_) = found.outcomes.of("GET /{kind}/mine", "200")
    assert [item.target for item in witness.replaced] == ["shop:Sessions.verify_session_token"]
    assert witness.request.target == "/boxes/mine"
    assert {item.status for item in found.outcomes.witnesses} == {"200", "401", "403"}
    suite = build_suite(found.description, found.scenarios, SuiteSettings(), found.outcomes)
    write(suite, tmp_path / "api_tests")
    ran = run(tmp_path / "api_tests", "-m", "unit", "--api-app", "shop:app", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert ran.code == 0, ran.output
