"""What a generated suite does about the state of the API."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.suite import running, shelf

RESET = """\
from pathlib import Path

from .support import state

__all__ = ["reset", "state"]


{keyword}def reset(base_url: str) -> None:
    with Path("resets.txt").open("a") as log:
        log.write("reset {{}}\\n".format(base_url))
"""
APPLICATION = """\
def app(environ, start_response):
    with open("resets.txt", "a") as log:
        print("request", file=log)
    start_response("404 Not Found", [])
    return []
"""


@pytest.mark.parametrize("keyword", ["", "async "])
def test_reset_is_called_before_the_first_request_and_after_the_last(tmp_path: Path, keyword: str) -> None:
    suite = tmp_path / "api_tests"
    running.write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), suite)
    (suite / "states.py").write_text(RESET.format(keyword=keyword), encoding="utf-8")
    (tmp_path / "nothing.py").write_text(APPLICATION, encoding="utf-8")

    ran = running.run(suite, "-m", "integration", "--api-app", "nothing:app", "-q")

    assert ran.code == 1, ran.output
    log = (tmp_path / "resets.txt").read_text(encoding="utf-8").splitlines()
    assert log[0] == log[-1] == "reset "
    assert set(log[1:-1]) == {"request"}
