"""An application that a factory makes: its tests reach it by a fixture, since no module holds it."""

from __future__ import annotations

from pathlib import Path

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.outcomes.shops import found_for
from tests.suite.running import run, write

SOURCE = """
    from dataclasses import dataclass

    from fastapi import Depends, FastAPI, HTTPException


    @dataclass
    class Person:
        name: str
        admin: bool


    def person() -> Person:
        raise HTTPException(401)


    def create_app(debug=False):
        made = FastAPI()

        @made.get("/me", responses={401: {}, 403: {}})
        def me(who: Person = Depends(person)) -> str:
            if not who.admin:
                raise HTTPException(403)
            return who.name

        return made
"""


def test_a_factory_is_reached_by_a_fixture(tmp_path: Path) -> None:
    found = found_for(SOURCE, tmp_path, place="shop:create_app(debug=True)")
    assert found.outcomes.unreached == ()
    suite = build_suite(found.description, found.scenarios, SuiteSettings(), found.outcomes)
    files = write(suite, tmp_path / "api_tests")
    assert "client: httpx.Client, app: Any" in files["unit/test_me_auth.py"]
    ran = run(
        tmp_path / "api_tests", "-m", "unit", "--api-app", "shop:create_app()", cwd=tmp_path, PYTHONPATH=str(tmp_path)
    )
    assert ran.code == 0, ran.output
    assert len(ran.ended("passed")) == len(found.outcomes.witnesses) == 3
