"""Applications that do not start without what they need, and dependencies that only an object or another app holds."""

from __future__ import annotations

from pathlib import Path

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.outcomes.shops import Found, found_for
from tests.suite.running import run, write

SOURCE = """
    import contextlib
    import sqlite3

    from fastapi import Depends, FastAPI, Header, HTTPException
    from pydantic import BaseModel


    class Member(BaseModel):
        name: str
        librarian: bool


    class Gate:
        def member(self, key: str | None = Header(default=None)) -> Member:
            row = sqlite3.connect("members.db").execute("SELECT * FROM members WHERE key = ?", [key]).fetchone()
            if row is None:
                raise HTTPException(401)
            return Member(name=row[0], librarian=row[1])


    gate = Gate()


    @contextlib.asynccontextmanager
    async def lifespan(app):
        raise RuntimeError("no database at db:5432")
        yield


    library = FastAPI()
    app = FastAPI(lifespan=lifespan)
    app.mount("/library", library)


    @library.get("/shelves", responses={403: {}})
    def shelves(member: Member = Depends(gate.member)) -> dict[str, str]:
        if not member.librarian:
            raise HTTPException(403)
        return {"for": member.name}
"""

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "servers": [{"url": "/library"}],
    "paths": {
        "/shelves": {
            "get": {
                "operationId": "shelves",
                "responses": {"200": {"description": "The shelves"}, "403": {"description": "No librarian"}},
            }
        }
    },
}


def found_in(tmp_path: Path) -> Found:
    return found_for(SOURCE, tmp_path, document=DOCUMENT)


def test_an_application_that_does_not_start_is_searched_all_the_same(tmp_path: Path) -> None:
    found = found_in(tmp_path)
    assert {(item.status, item.weak) for item in found.outcomes.witnesses} == {("200", ""), ("403", "")}
    replaced = [item for witness in found.outcomes.witnesses for item in witness.replaced]
    assert {(item.target, item.holder) for item in replaced} == {("shop:gate.member", "shop:library")}


def test_its_unit_tests_pass_and_the_others_say_why_they_do_not(tmp_path: Path) -> None:
    found = found_in(tmp_path)
    suite = build_suite(found.description, found.scenarios, SuiteSettings(), found.outcomes)
    files = write(suite, tmp_path / "api_tests")
    text = "".join(content for name, content in files.items() if name.startswith("unit/test"))
    assert "patch.dict(library.dependency_overrides, {gate.member: lambda: member})" in text
    arguments = ("--api-app", "shop:app")
    ran = run(tmp_path / "api_tests", "-m", "unit", *arguments, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert (ran.code, len(ran.ended("passed"))) == (0, 2), ran.output
    others = run(tmp_path / "api_tests", "-m", "integration", *arguments, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert "no database at db:5432" in others.output
