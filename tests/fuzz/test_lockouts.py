"""A campaign that saws off the branch it sits on notices, says which request it was, and goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from oagen.config.settings import Identity, Login
from oagen.findings.model import FindingKind
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished, Noticed, Stop
from oagen.fuzz.restoring import Recovery
from oagen.runner.logins import Logins
from oagen.scenario.wire import WireRequest
from oagen.spec.loading import load_description
from oagen.target.http import HttpTarget
from oagen.target.model import Answer, FailureKind, Target
from tests.fuzz.accounts import Accounts, document, serving
from tests.fuzz.apps import Answering, OrdersApi, described

pytestmark = pytest.mark.timeout(120)

REQUESTS = 1500
TO_THE_END = (Stop.REQUESTS, Stop.RISKED)
TOKEN = {"admin": {"Authorization": "Bearer token-1"}}


def _hunt(
    tmp_path: Path,
    accounts: Accounts,
    *special: str,
    identities: Mapping[str, Mapping[str, str]] = TOKEN,
    login: Login | None = None,
    member: Identity | None = None,
    recovery: Recovery | None = None,
    risk_share: float = 0.06,
    fixed: str = "",
    requests: int = REQUESTS,
) -> tuple[Finished, list[str]]:
    """Run a campaign as `admin`; return its end and what it noticed."""
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document(*special, fixed=fixed)))
    with serving(accounts) as base_url:
        target: Target = HttpTarget(base_url)
        if login is not None or member is not None:
            member = member or Identity(name="admin", login=login)
            identities = logins = Logins((member,), {}, target)
            target = logins.target
            recovery = replace(recovery or Recovery(), identities=logins)
        options = CampaignOptions(
            max_seconds=100,
            max_requests=requests,
            identities=identities,
            identity="admin",
            other_methods=False,
            risk_share=risk_share,
        )
        events = list(Campaign(load_description(str(file)), target, options, recovery=recovery).run())
        target.close()
    assert isinstance(events[-1], Finished)
    return events[-1], [event.message for event in events if isinstance(event, Noticed)]


def _share_of_run(accounts: Accounts, index: int) -> float:
    return index / len(accounts.answered)


@pytest.mark.parametrize(
    ("special", "harmful"),
    [
        ((), ("DELETE", "/users/1", 204)),
        (("/roles/{role_id}/rights",), ("PUT", "/roles/1/rights", 200)),
        (("/tokens", "/tokens/{token_id}"), ("DELETE", "/tokens/1", 204)),
        (("/me/password",), ("PUT", "/me/password", 204)),
    ],
    ids=["own user", "own role", "own token", "own password"],
)
def test_what_stands_for_the_caller_is_touched_last(
    tmp_path: Path, special: tuple[str, ...], harmful: tuple[str, str, int]
) -> None:
    accounts = Accounts()

    _hunt(tmp_path, accounts, *special)

    assert _share_of_run(accounts, accounts.first(*harmful)) > 0.85
    assert accounts.refused_after(0) < 0.2


@pytest.mark.parametrize(
    ("special", "fixed", "status", "harmful"),
    [
        ((), "/users", 401, ("DELETE", "/users/1", 204)),
        (("/roles/{role_id}/rights",), "/roles", 403, ("PUT", "/roles/1/rights", 200)),
        (("/tokens", "/tokens/{token_id}"), "/tokens", 401, ("DELETE", "/tokens/1", 204)),
    ],
    ids=["own user", "own role", "own token"],
)
def test_a_lost_identity_is_named_and_most_of_what_follows_is_answered_again(
    tmp_path: Path, special: tuple[str, ...], fixed: str, status: int, harmful: tuple[str, str, int]
) -> None:
    accounts = Accounts()
    accounts.roles_stay = True  # so that there is one way to lose the rights

    recovery = Recovery(afresh=accounts.reset)
    finished, said = _hunt(tmp_path, accounts, *special, fixed=fixed, recovery=recovery, risk_share=0.5)

    lost = accounts.first(*harmful)
    method, path, _ = harmful
    assert len(accounts.answered) - lost > 100
    assert any(f"answered {status} since" in message and f"{method} {path} (request " in message for message in said)
    assert finished.stop is Stop.REQUESTS
    assert accounts.refused_after(lost) < 0.25
    assert sum(item == harmful for item in accounts.answered) == 1


def test_a_switch_is_turned_back_and_left_alone(tmp_path: Path) -> None:
    accounts = Accounts()

    finished, said = _hunt(tmp_path, accounts, "/mode")

    (message,) = (message for message in said if "/mode" in message)
    assert "503 since POST /mode (request " in message
    assert "undone by POST /mode" in message
    assert finished.stop in TO_THE_END
    assert [finding for finding in finished.findings if finding.status == 503] == []
    assert not accounts.maintenance
    assert accounts.refused_after(accounts.first("POST", "/mode", 200)) < 0.1


def test_what_was_read_before_is_written_back(tmp_path: Path) -> None:
    accounts = Accounts()

    finished, said = _hunt(tmp_path, accounts, "/house-rules")

    assert "403 since PUT /house-rules (request " in said[0]
    assert "undone by PUT /house-rules" in said[0]
    assert finished.stop in TO_THE_END
    assert accounts.settings == {"open": "yes", "title": "Accounts"}
    assert accounts.refused_after(0) < 0.1


def test_the_target_is_restored_and_the_cause_not_sent_again(tmp_path: Path) -> None:
    accounts = Accounts()

    finished, said = _hunt(tmp_path, accounts, "/sweep", recovery=Recovery(afresh=accounts.reset))

    assert "401 since POST /sweep (request " in said[0]
    assert "the target was restored" in said[0]
    assert finished.stop in TO_THE_END
    assert sum(item == ("POST", "/sweep", 200) for item in accounts.answered) == 1
    assert accounts.refused_after(accounts.first("POST", "/sweep", 200)) < 0.1


def test_where_nobody_can_restore_it_the_campaign_stops_soon_and_says_how(tmp_path: Path) -> None:
    accounts = Accounts()

    finished, said = _hunt(tmp_path, accounts, "/sweep")

    assert finished.stop is Stop.LOCKED_OUT
    assert "401 since POST /sweep (request " in said[-1]
    assert "--restart-command" in said[-1]
    assert len(accounts.answered) - accounts.first("POST", "/sweep", 200) < 60


_LOGIN = Identity(name="admin", login=Login(method="POST", path="/login", json={"password": "first"}, token="/token"))
_BASIC = Identity(name="admin", headers=(("Authorization", "Basic YWRtaW46Zmlyc3Q="),))  # admin:first


@pytest.mark.parametrize(
    ("member", "sessions_last"), [(_LOGIN, False), (_LOGIN, True), (_BASIC, False)], ids=["login", "session", "basic"]
)
def test_a_changed_password_is_changed_back_by_the_same_operation(
    tmp_path: Path, member: Identity, sessions_last: bool
) -> None:
    accounts = Accounts()
    accounts.roles_stay, accounts.sessions_last = True, sessions_last

    finished, said = _hunt(tmp_path, accounts, "/me/password", member=member, risk_share=0.3, fixed="/users")

    assert [message for message in said if "undone by PUT /me/password, and left alone" in message]
    assert accounts.passwords == {1: "first"}
    assert sum(item == ("PUT", "/me/password", 204) for item in accounts.answered) == 2
    assert finished.stop in TO_THE_END
    assert accounts.refused_after(0) < 0.15


@pytest.mark.parametrize("sessions_last", [True, False])
def test_a_password_that_stays_changed_is_named_and_not_changed_again(tmp_path: Path, sessions_last: bool) -> None:
    accounts = Accounts()
    accounts.roles_stay = accounts.never_again = True
    accounts.sessions_last = sessions_last

    finished, said = _hunt(tmp_path, accounts, "/me/password", member=_LOGIN, risk_share=0.3, fixed="/users")

    assert [message for message in said if "PUT /me/password has changed the password that 'admin' logs in" in message]
    assert [message for message in said if "can't be changed back: the operation is left alone from now on" in message]
    assert sum(item == ("PUT", "/me/password", 204) for item in accounts.answered) == 1
    assert finished.stop in TO_THE_END
    assert accounts.refused_after(0) < 0.15


def test_a_rate_limit_is_waited_for(tmp_path: Path) -> None:
    accounts = Accounts(limit=400)

    finished, _ = _hunt(tmp_path, accounts)

    assert finished.stop in TO_THE_END
    assert accounts.refused_after(0) < 0.2


def test_another_identity_risks_its_own_rights(tmp_path: Path) -> None:
    accounts = Accounts()
    accounts.roles_stay = True  # so that the campaign's own identity lasts until then
    accounts.things["users"][2] = {"id": 2, "name": "second", "role": 1}
    accounts.things["tokens"][2] = {"id": 2, "name": "second", "user": 2, "value": "token-2"}
    both = {**TOKEN, "second": {"Authorization": "Bearer token-2"}}

    _hunt(tmp_path, accounts, "/me/password", identities=both, risk_share=0.3, requests=2 * REQUESTS)

    assert ("PUT", "/me/password", 204) in accounts.answered
    assert accounts.changed_by == {2}


def test_most_of_what_is_deleted_was_made_by_the_campaign(tmp_path: Path) -> None:
    accounts = Accounts()

    _hunt(tmp_path, accounts)

    deleted = [
        index for index, (method, _, status) in enumerate(accounts.answered) if (method, status) == ("DELETE", 204)
    ]
    assert len(deleted) > 20
    assert _share_of_run(accounts, deleted[0]) < 0.5


# -- a target that ends -----------------------------------------------------------------------------------------------


def _mortal(orders: OrdersApi, alive: Path, deaths: list[int]) -> Answering:
    """Answer as `orders`, until a NUL is in an order; then not at all until the file `alive` is there again."""

    def respond(request: WireRequest) -> Answer | FailureKind:
        if not alive.exists():
            return FailureKind.REFUSED
        if b"\\u0000" in (request.body or b""):
            alive.unlink()
            deaths.append(len(orders.sent))
            return FailureKind.DROPPED
        return orders.send(request)

    return Answering(respond)


def test_what_may_end_a_target_waits_where_nobody_starts_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oagen.fuzz.watching._WAIT_FOR_TARGET", 0.5)
    alive, deaths = tmp_path / "alive", list[int]()
    alive.touch()
    options = CampaignOptions(max_seconds=100, max_requests=REQUESTS)

    events = list(Campaign(described(tmp_path), _mortal(OrdersApi(), alive, deaths), options).run())

    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.stop is Stop.DEAD
    assert deaths[0] > 0.55 * REQUESTS
    assert [item.operation for item in finished.findings if item.kind is FindingKind.DROPPED] == ["POST /orders"]
    assert any(
        "after POST /orders; with --restart-command" in event.message for event in events if isinstance(event, Noticed)
    )


def test_a_target_that_is_started_again_is_not_ended_twice_in_the_same_way(tmp_path: Path) -> None:
    alive, deaths = tmp_path / "alive", list[int]()
    alive.touch()
    options = CampaignOptions(max_seconds=100, max_requests=REQUESTS)
    recovery = Recovery(restart_command=f"touch '{alive}'")

    campaign = Campaign(described(tmp_path), _mortal(OrdersApi(), alive, deaths), options, recovery=recovery)
    finished = list(campaign.run())[-1]

    assert isinstance(finished, Finished)
    assert finished.stop is Stop.REQUESTS
    assert deaths[0] < 0.5 * REQUESTS
    assert len(deaths) <= 3  # once in the hunt, and where the finding is shown again
    assert finished.responses["POST /orders"]["201"] > 20


def test_what_is_made_smaller_does_no_harm_that_it_did_not_do_before(tmp_path: Path) -> None:
    """Deleting note 57 twice is a fault; the plainest identifier, 1, is somebody else's."""
    accounts = Accounts()
    accounts.things["notes"] = {1: {"id": 1, "text": "was here before"}}
    accounts.broken = True

    finished, _ = _hunt(tmp_path, accounts, requests=2 * REQUESTS)

    (finding,) = [item for item in finished.findings if item.status == 500]
    assert finding.operation == "DELETE /notes/{note_id}"
    assert _share_of_run(accounts, accounts.first("DELETE", "/notes/1", 204)) > 0.85
