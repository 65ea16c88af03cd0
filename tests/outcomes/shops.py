"""Small applications whose handlers ask a database that is never there, and what is found for them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oagen.outcomes.finding import find_outcomes
from oagen.outcomes.model import Outcomes
from oagen.scenario.design import design
from oagen.scenario.model import Scenario
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from oagen.target.agent.connection import AgentConnection
from oagen.target.agent.options import AgentOptions

FASTAPI = """
    import sqlite3
    from dataclasses import dataclass
    from enum import Enum
    from typing import Annotated, Optional

    from fastapi import Depends, FastAPI, Header, HTTPException
    from pydantic import BaseModel, Field


    class State(Enum):
        OPEN = "open"
        SOLD = "sold"


    class Offer(BaseModel):
        id: int
        title: str = Field(examples=["A bicycle"])
        owner: str
        state: State


    class Draft(BaseModel):
        title: str = Field(min_length=1, max_length=40)


    class Problem(BaseModel):
        detail: str


    @dataclass
    class Person:
        name: str
        admin: bool


    class BankError(Exception):
        pass


    class Offers:
        def get(self, offer_id: int) -> Optional[Offer]:
            sqlite3.connect("offers.db").execute("SELECT 1")
            return None

        def add(self, title: str, owner: str) -> Offer:
            sqlite3.connect("offers.db").execute("SELECT 1")
            raise NotImplementedError

        def is_taken(self, title: str) -> bool:
            sqlite3.connect("offers.db").execute("SELECT 1")
            return False

        def sell(self, offer_id: int) -> None:
            sqlite3.connect("offers.db").execute("SELECT 1")


    def charge(amount: int) -> str:
        if amount > 1000:
            raise BankError("too much")
        return "charged"


    def offers() -> Offers:
        return Offers()


    def person(authorization: Annotated[Optional[str], Header()] = None) -> Person:
        if authorization is None:
            raise HTTPException(401, "Who are you?", headers={"WWW-Authenticate": "Bearer"})
        sqlite3.connect("people.db").execute("SELECT 1")
        return Person(name="", admin=False)


    app = FastAPI()


    def said(*statuses):
        return {status: {"model": Problem} for status in statuses}


    @app.get("/offers/{offer_id}", responses=said(404))
    def read(offer_id: int, found: Annotated[Offers, Depends(offers)]) -> Offer:
        offer = found.get(offer_id)
        if offer is None:
            raise HTTPException(404, "No such offer")
        return offer


    @app.post("/offers", status_code=201, responses=said(401, 409))
    def create(
        draft: Draft, found: Annotated[Offers, Depends(offers)], who: Annotated[Person, Depends(person)]
    ) -> Offer:
        if found.is_taken(draft.title):
            raise HTTPException(409, "The title is taken")
        return found.add(draft.title, who.name)


    @app.post("/offers/{offer_id}/sale", responses=said(401, 403, 404, 409, 503))
    def sell(
        offer_id: int, found: Annotated[Offers, Depends(offers)], who: Annotated[Person, Depends(person)]
    ) -> dict[str, str]:
        offer = found.get(offer_id)
        if offer is None:
            raise HTTPException(404, "No such offer")
        if offer.owner != who.name:
            raise HTTPException(403, "Not yours")
        if offer.state is State.SOLD:
            raise HTTPException(409, "Sold")
        try:
            receipt = charge(10)
        except BankError:
            raise HTTPException(503, "The bank does not answer") from None
        found.sell(offer_id)
        return {"receipt": receipt}


    @app.get("/hidden/{part}", responses=said(418))
    def hidden(part: int) -> dict[str, int]:
        return {"part": part}
"""

FLASK = """
    import sqlite3

    from flask import Flask, abort, jsonify, request

    app = Flask(__name__)


    def connection():
        return sqlite3.connect("notes.db")


    def find(note_id):
        row = connection().execute("SELECT id, text, locked FROM notes WHERE id = ?", (note_id,)).fetchone()
        return {"id": row[0], "text": row[1], "locked": bool(row[2])} if row else None


    def remove(note_id):
        connection().execute("DELETE FROM notes WHERE id = ?", (note_id,))


    @app.get("/notes/<int:note_id>")
    def read(note_id):
        note = find(note_id)
        if note is None:
            return jsonify(error="no such note"), 404
        return jsonify(id=note["id"], text=note["text"])


    @app.delete("/notes/<int:note_id>")
    def delete(note_id):
        note = find(note_id)
        if not note:
            abort(404)
        if note["locked"]:
            return jsonify(error="the note is locked"), 409
        remove(note_id)
        return "", 204
"""

_NOTE = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": {"type": "integer"}, "text": {"type": "string"}},
}
_ID = [{"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer"}}]
NOTES: Mapping[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes/{note_id}": {
            "get": {
                "parameters": _ID,
                "responses": {
                    "200": {"description": "The note", "content": {"application/json": {"schema": _NOTE}}},
                    "404": {"description": "None"},
                },
            },
            "delete": {
                "parameters": _ID,
                "responses": {
                    "204": {"description": "Gone"},
                    "404": {"description": "None"},
                    "409": {"description": "Locked"},
                },
            },
        }
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An application in a folder, its description, and what was found."""

    app: str
    description: ApiDescription
    scenarios: tuple[Scenario, ...]
    outcomes: Outcomes


def found_for(
    source: str,
    folder: Path,
    document: Mapping[str, Any] | None = None,
    known: Outcomes | None = None,
    place: str = "shop:app",
) -> Found:
    """Write an application to `shop.py`, and find the outcomes of its collaborators."""
    (folder / "shop.py").write_text(textwrap.dedent(source), "utf-8")
    with AgentConnection(place, AgentOptions(cwd=folder, needs_start_up=False)) as connection:
        text = json.dumps(document) if document is not None else connection.document()
        (folder / "openapi.json").write_text(text or "")
        description = load_description(str(folder / "openapi.json"))
        scenarios = design(description)
        outcomes = find_outcomes(
            description,
            scenarios,
            connection,
            base_path=description.base_path,
            budget=60,
            progress=lambda _operation, _trials: None,
            known=known,
        )
    return Found(app=place, description=description, scenarios=scenarios, outcomes=outcomes)
