"""A target is brought back by the command that fits, and everybody logs in anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.config.settings import Identity, Login
from oagen.errors import TargetError
from oagen.fuzz.restoring import Need, Recovery, Restorer
from oagen.runner.logins import Logins
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from tests.fuzz.apps import Answering


def restored(tmp_path: Path, need: Need, recovery: Recovery, notices: list[str]) -> str:
    """Return which of the two commands ran."""
    made = tmp_path / "made"
    made.unlink(missing_ok=True)
    Restorer(recovery, notices.append).restore(need)
    return made.read_text().strip() if made.exists() else ""


def test_each_command_for_its_need(tmp_path: Path) -> None:
    both = Recovery(restart_command="echo restart > made", reset_command="echo reset > made", folder=tmp_path)
    restart = Recovery(restart_command="echo restart > made", folder=tmp_path)
    reset = Recovery(reset_command="echo reset > made", folder=tmp_path)
    notices: list[str] = []

    assert restored(tmp_path, Need.GONE, both, notices) == "restart"
    assert restored(tmp_path, Need.SPOILT, both, notices) == "reset"
    assert restored(tmp_path, Need.SPOILT, restart, notices) == "restart"
    assert not Restorer(reset, notices.append).can(Need.GONE)
    assert Restorer(reset, notices.append).can(Need.SPOILT)
    assert not Restorer(Recovery(), notices.append).can(Need.SPOILT)
    assert notices == []


def test_a_command_that_fails_is_told_with_its_option(tmp_path: Path) -> None:
    notices: list[str] = []
    recovery = Recovery(reset_command="echo no database >&2; exit 4", folder=tmp_path)

    assert Restorer(recovery, notices.append).restore(Need.SPOILT) is False
    assert notices == ["the command of --reset-command ended with 4: no database"]


def test_a_command_may_not_outlast_the_campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []
    monkeypatch.setattr("oagen.fuzz.restoring.run_command", lambda _command, *, seconds, folder: given.append(seconds))

    for left in (3.0, 40.0, 4000.0):
        Restorer(Recovery(reset_command="x"), lambda _text: None, [left].pop).restore(Need.SPOILT)

    assert given == [10.0, 40.0, 120.0]


def test_an_application_in_process_is_started_afresh() -> None:
    started: list[bool] = []
    notices: list[str] = []

    def broken() -> None:
        raise TargetError("it needs a database")

    assert Restorer(Recovery(afresh=lambda: started.append(True)), notices.append).restore(Need.SPOILT)
    assert started == [True]
    assert not Restorer(Recovery(afresh=broken), notices.append).restore(Need.SPOILT)
    assert notices == ["the application does not start again: it needs a database"]


def test_identities_log_in_anew_afterwards() -> None:
    logins: list[WireRequest] = []

    def respond(request: WireRequest) -> Answer:
        logins.append(request)
        return Answer(status=200, body=b'{"token": "t%d"}' % len(logins))

    alice = Identity(name="alice", login=Login(path="/login", json={}, token="/token"))
    identities = Logins([alice], {}, Answering(respond))
    assert identities["alice"]["Authorization"] == "Bearer t1"

    Restorer(Recovery(afresh=lambda: None, identities=identities), lambda _text: None).restore(Need.SPOILT)

    assert identities["alice"]["Authorization"] == "Bearer t2"
    assert [request.operation for request in logins] == ["POST /login"] * 2
