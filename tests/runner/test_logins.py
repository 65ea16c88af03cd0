from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest

from oagen.config.settings import Identity, Login
from oagen.errors import ConfigError, TargetError
from oagen.runner.bindings import Unbound
from oagen.runner.logins import Logins
from oagen.runner.run import RunContext, run_scenario
from oagen.runner.sessions import joined
from oagen.scenario.model import Argument, Credential, Expectation, Literal, Request, Scenario
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation
from oagen.target.ahead import begin
from oagen.target.model import Answer, FailureKind, SendFailure

ALICE = Identity(
    name="alice",
    headers=(("X-Tenant", "${TENANT}"),),
    login=Login(path="/login", json={"name": "alice", "password": "${PASSWORD}"}, token="/token"),
)
COOKIES = Identity(
    name="carol", login=Login(path="/login", form=(("password", "${PASSWORD}"),), cookies=("session", "csrf"))
)
ENVIRON = {"TENANT": "acme", "PASSWORD": "s3cret"}


class Api:
    """Answers /login with a new session each time; everything else is 401 without the latest one."""

    def __init__(self) -> None:
        self.logins: list[WireRequest] = []
        self.others: list[WireRequest] = []
        self.accepts = True
        self.login_answer: Callable[[], Answer] | None = None

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        headers = dict(request.headers)
        if request.target == "/v1/login":
            self.logins.append(request)
            if self.login_answer is not None:
                return self.login_answer()
            number = len(self.logins)
            cookies = (("Set-Cookie", f"session=s{number}; Path=/; HttpOnly"), ("set-cookie", f"csrf=c{number}"))
            return Answer(status=200, headers=cookies, body=json.dumps({"token": f"t{number}"}).encode())
        self.others.append(request)
        number = len(self.logins)
        well = headers.get("Authorization") == f"Bearer t{number}" or f"session=s{number}" in headers.get("Cookie", "")
        return Answer(status=200 if well and self.accepts else 401)

    def end_sessions(self) -> None:
        self.logins.append(WireRequest(method="POST", target="/elsewhere"))

    def close(self) -> None:
        pass


def logins_at(api: Api, *identities: Identity) -> Logins:
    return Logins(identities, ENVIRON, api, base_path="/v1")


def sent(logins: Logins, name: str, *own: tuple[str, str]) -> Answer:
    headers = tuple(joined(logins[name].items(), own))
    return logins.target.send(WireRequest(method="GET", target="/v1/orders", headers=headers))


def test_logs_in_when_first_asked_for_and_only_once() -> None:
    api = Api()
    logins = logins_at(api, ALICE)
    assert api.logins == []

    assert logins["alice"] == {"X-Tenant": "acme", "Authorization": "Bearer t1"}
    assert logins["alice"]["Authorization"] == "Bearer t1"

    (request,) = api.logins
    assert (request.method, request.target) == ("POST", "/v1/login")
    assert json.loads(request.body or b"") == {"name": "alice", "password": "s3cret"}
    assert dict(request.headers)["X-Tenant"] == "acme"
    assert dict(request.headers)["Content-Type"] == "application/json"


def test_cookies_are_sent_beside_those_of_the_request() -> None:
    api = Api()
    logins = logins_at(api, COOKIES)

    assert sent(logins, "carol", ("Cookie", "theme=dark; csrf=own")).status == 200

    assert dict(api.others[0].headers)["Cookie"] == "session=s1; theme=dark; csrf=own"
    assert parse_qs((api.logins[0].body or b"").decode()) == {"password": ["s3cret"]}


@pytest.mark.parametrize("identity", [ALICE, COOKIES], ids=["token", "cookies"])
def test_a_session_that_has_ended_is_renewed_and_the_request_sent_again(identity: Identity) -> None:
    api = Api()
    logins = logins_at(api, identity)
    assert sent(logins, identity.name).status == 200
    api.end_sessions()

    assert sent(logins, identity.name).status == 200
    assert len(api.others) == 3
    assert "3" in "".join(logins[identity.name].values())


@pytest.mark.parametrize("identity", [ALICE, COOKIES], ids=["token", "cookies"])
@pytest.mark.parametrize("forgotten", [False, True], ids=["renewed", "forgotten"])
def test_a_request_made_before_its_session_was_renewed_is_sent_in_the_new_one(
    identity: Identity, *, forgotten: bool
) -> None:
    api = Api()
    logins = logins_at(api, identity)
    headers = tuple(logins[identity.name].items())
    prepared = WireRequest(method="GET", target="/v1/orders", headers=headers)
    api.end_sessions()
    if forgotten:
        logins.forget()
    else:
        assert sent(logins, identity.name).status == 200

    before = len(api.others)
    assert logins.target.send(prepared).status == 200
    assert len(api.others) == before + 1
    assert len(api.logins) == 3  # the one in the middle is the end of all sessions


def test_a_request_under_way_while_its_session_is_renewed_is_sent_again_in_the_new_one() -> None:
    api = Api()
    logins = logins_at(api, ALICE)
    request = WireRequest(method="GET", target="/v1/orders", headers=tuple(logins["alice"].items()))
    under_way = begin(logins.target, request)
    api.end_sessions()
    assert sent(logins, "alice").status == 200

    assert under_way.answer().status == 200
    assert len(api.logins) == 3


def test_a_401_for_another_reason_costs_few_logins() -> None:
    api = Api()
    logins = logins_at(api, ALICE)
    api.accepts = False

    statuses = {sent(logins, "alice").status for _ in range(300)}

    assert statuses == {401}
    assert 2 <= len(api.logins) <= 6


def test_a_401_of_somebody_else_renews_nothing() -> None:
    api = Api()
    logins = logins_at(api, ALICE)
    logins.log_in()

    answer = logins.target.send(WireRequest(method="GET", target="/v1/x", headers=(("Authorization", "Bearer no"),)))

    assert answer.status == 401
    assert (len(api.logins), len(api.others)) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: Answer(status=403, body=b"s3cret"), "POST /login answered 403"),
        (lambda: Answer(status=200, body=b"<html>"), "no text at /token"),
        (lambda: Answer(status=200, body=b'{"token": 5}'), "no text at /token"),
        (lambda: Answer(status=200, body=b'{"token": "a\\nb"}'), "can't stand in a header"),
    ],
)
def test_a_login_that_fails_is_one_sentence_without_secrets(answer: Callable[[], Answer], why: str) -> None:
    api = Api()
    api.login_answer = answer
    logins = logins_at(api, ALICE)

    with pytest.raises(TargetError) as caught:
        logins.log_in()

    assert why in str(caught.value)
    assert "s3cret" not in str(caught.value)
    with pytest.raises(Unbound, match="can't log in"):
        logins["alice"]
    assert len(api.logins) == 1


def test_a_login_without_an_answer_or_a_cookie_is_told() -> None:
    api = Api()

    def refuse() -> Answer:
        raise SendFailure(FailureKind.REFUSED, "nobody is there")

    api.login_answer = refuse
    with pytest.raises(TargetError, match="got no answer"):
        logins_at(api, ALICE).log_in()
    api.login_answer = lambda: Answer(status=204)
    with pytest.raises(TargetError, match="set no cookie session, csrf"):
        logins_at(api, COOKIES).log_in()


def test_a_variable_that_is_not_set_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ConfigError, match="PASSWORD"):
        Logins([ALICE], {"TENANT": "a"}, Api())


def test_nothing_secret_is_in_a_representation() -> None:
    logins = logins_at(Api(), ALICE)
    logins.log_in()

    shown = repr([logins._members, ALICE])

    assert "s3cret" not in shown
    assert "Bearer t1" not in shown


def test_scenarios_run_in_the_session() -> None:
    api = Api()
    logins = logins_at(api, ALICE, Identity(name="key", headers=(("X-Key", "k"),)))
    credential = Argument(name="X-Copy", where=ParameterLocation.HEADER, value=Credential("alice", "Authorization"))
    request = Request(
        method="GET",
        path="/orders",
        identity="alice",
        arguments=(credential, Argument(name="Accept", where=ParameterLocation.HEADER, value=Literal("*/*"))),
    )
    scenario = Scenario(
        operation="GET /orders",
        status="200",
        title="x",
        technique="t",
        document="d",
        pointer="/p",
        when=request,
        then=Expectation(status="200"),
    )

    trace = run_scenario(scenario, logins.target, RunContext(identities=logins, base_path="/v1"))

    assert trace.decisive is not None
    assert trace.decisive.answer is not None
    assert trace.decisive.answer.status == 200
    assert dict(api.others[0].headers)["X-Copy"] == "Bearer t1"
