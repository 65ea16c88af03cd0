"""Collaborators that give an object with methods of its own: a mock of its class, and what that gives."""

from __future__ import annotations

from pathlib import Path

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.outcomes.shops import found_for
from tests.suite.running import run, write

SOURCE = """
    import socket

    from fastapi import FastAPI
    from pydantic import BaseModel


    class Forecast(BaseModel):
        city: str
        degrees: int


    class Station:
        def __init__(self, host: str) -> None:
            self.line = socket.create_connection((host, 7000))

        @property
        def warmest(self) -> int:
            return int(self.line.recv(8))


    def station() -> Station:
        return Station("stations.example.com")


    app = FastAPI()


    @app.get("/forecasts/{city}")
    def forecast(city: str) -> Forecast:
        return Forecast(city=city, degrees=station().warmest + 1)
"""


def test_a_mock_is_told_what_it_gives_by_the_annotations_of_its_class(tmp_path: Path) -> None:
    found = found_for(SOURCE, tmp_path)
    (witness,) = found.outcomes.of("GET /forecasts/{city}", "200")
    assert witness.weak == ""
    suite = build_suite(found.description, found.scenarios, SuiteSettings(), found.outcomes)
    files = write(suite, tmp_path / "api_tests")
    text = "".join(content for name, content in files.items() if name.startswith("unit/test"))
    assert "station = MagicMock(spec=Station)\n" in text
    assert "station.warmest = 3\n" in text
    ran = run(tmp_path / "api_tests", "-m", "unit", "--api-app", "shop:app", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert (ran.code, len(ran.ended("passed"))) == (0, 1), ran.output
