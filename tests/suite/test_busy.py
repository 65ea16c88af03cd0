"""A suite against an API that is too busy at times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suite import running
from tests.suite.applications import project

BUSY = """
seen = []

def app(environ, start_response):
    seen.append(environ["PATH_INFO"])
    busy = seen.count(environ["PATH_INFO"]) < 3
    start_response("{code} Busy" if busy else "201 Made", [("Retry-After", "0")])
    return [b"[]"]
"""
PATIENT = """
import pytest

from ..support import Api

pytestmark = [pytest.mark.integration]


class TestShop:
    @pytest.mark.parametrize("number", [1, 2])
    def test_201_for_a_valid_request(self, api: Api, number: int) -> None:
        assert api.post(f"/{{number}}").status_code == 201

    def test_{code}_when_it_is_busy(self, api: Api) -> None:
        assert api.post("/busy").status_code == {code}

    def test_default_when_it_is_busy(self, api: Api) -> None:
        assert api.post("/busy by default").status_code == {code}
"""


@pytest.mark.parametrize("code", [429, 503])
def test_an_api_that_is_only_busy_is_asked_again_unless_the_test_is_about_that(tmp_path: Path, code: int) -> None:
    suite = project(tmp_path, {"shop": BUSY.format(code=code)}, PATIENT.format(code=code))

    ran = running.run(suite, "--api-app", "shop:app", "-q")

    assert ran.code == 0, ran.output
    assert len(ran.ended("passed")) == 4
