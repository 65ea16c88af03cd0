"""The whole suite of a small API: it is clean, it runs, and it can fail."""

from __future__ import annotations

import asyncio
import copy
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from oagen.spec.loading import load_description
from oagen.suite.build import build_suite
from oagen.suite.model import Level, SuiteSettings
from oagen.target.agent.program.loading import load
from tests.suite import shelf
from tests.suite.running import run, write

CONFIGURATION = '[identities.alice]\nheaders = { Authorization = "Bearer ${SHELF_TOKEN}" }\n'


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("written")
    write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), root / "api_tests")
    (root / "shelf_app.py").write_text(shelf.APP)
    (root / "oagen.toml").write_text(CONFIGURATION)
    return root


@pytest.fixture
def project(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite in a folder of its own, so that no test sees the outcomes that another has left."""
    return shutil.copytree(written, tmp_path_factory.mktemp("project"), dirs_exist_ok=True)


def _changed(project: Path, tmp_path: Path, old: str, new: str) -> str:
    """Write a version of the app with a fault; return its name."""
    assert old in shelf.APP
    (tmp_path / "faulty_app.py").write_text(shelf.APP.replace(old, new))
    return "faulty_app:app"


def test_every_pair_has_a_test_at_each_level() -> None:
    suite = build_suite(shelf.description(), shelf.scenarios(), SuiteSettings())

    documented = {(operation.key, response.status) for operation, response in shelf.description().documented()}
    for level in (Level.UNIT, Level.INTEGRATION, Level.CONTRACT):
        assert {(test.operation, test.status) for test in suite.tests if test.level is level} == documented


def test_the_same_scenarios_give_the_same_bytes() -> None:
    first = build_suite(shelf.description(), shelf.scenarios(), SuiteSettings())
    second = build_suite(shelf.description(), shelf.scenarios(), SuiteSettings())

    assert dict(first.files) == dict(second.files)
    assert first.tests == second.tests


_RULES = "E,F,W,I,N,UP,B,SIM,PT,RET,RUF"


@pytest.mark.parametrize(
    "command",
    [
        [find_ruff_bin(), "check", "--isolated", "--no-cache"],
        [find_ruff_bin(), "check", "--isolated", "--no-cache", "--select", _RULES, "--ignore", "E501"],
        [find_ruff_bin(), "format", "--isolated", "--no-cache", "--check"],
        pytest.param([sys.executable, "-m", "mypy", "--strict", "--cache-dir", "/dev/null"], marks=pytest.mark.slow),
    ],
    ids=["ruff check", "ruff check, more rules", "ruff format", "mypy"],
)
def test_it_is_clean(project: Path, command: list[str]) -> None:
    done = subprocess.run([*command, "api_tests"], cwd=project, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_it_passes_in_process(project: Path) -> None:
    ran = run(project / "api_tests", "--api-app", "shelf_app:app", SHELF_TOKEN="sesame")

    assert ran.code == 0, ran.output
    assert not ran.ended("failed")
    assert len(ran.ended("passed")) == 29
    assert sorted(ran.ended("skipped")) == sorted(
        test.id
        for test in build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()).tests
        if test.needs_states
    )


@pytest.mark.slow
def test_it_runs_under_xdist(project: Path) -> None:
    (project / "api_tests" / "outcomes.json").unlink(missing_ok=True)

    ran = run(project / "api_tests", "--api-app", "shelf_app:app", "-p", "xdist", "-n", "2", SHELF_TOKEN="sesame")

    assert ran.code == 0, ran.output
    assert len(ran.ended("passed")) == 29


def test_it_runs_from_the_root_without_naming_the_folder(project: Path) -> None:
    (project / "api_tests" / "outcomes.json").unlink(missing_ok=True)

    ran = run(project / "api_tests", "--rootdir", ".", OAGEN_API_APP="shelf_app:app", SHELF_TOKEN="sesame")

    assert ran.code == 0, ran.output
    assert len(ran.ended("passed")) == 29


def test_without_an_api_it_skips_with_one_sentence(project: Path) -> None:
    ran = run(project / "api_tests", "-rs", SHELF_TOKEN="sesame")

    assert ran.code == 0, ran.output
    assert "passed" not in ran.output
    assert "no API to test: give --api-base-url URL or --api-app package.module:attribute" in ran.output


def test_what_is_kept_of_a_test_names_its_state_and_what_went_wrong(project: Path, tmp_path: Path) -> None:
    faulty = _changed(project, tmp_path, '"id": next(NUMBERS), **book', '"id": "x", **book, "number": next(NUMBERS)')

    ran = run(project / "api_tests", "--api-app", faulty, SHELF_TOKEN="sesame", PYTHONPATH=str(tmp_path))

    waiting = [found for found in ran.outcomes.values() if found.get("needs_state") == "the store is down"]
    assert [found["outcome"] for found in waiting] == ["skipped"] * 3
    assert {found["reason"] for found in waiting} == {"needs the state 'the store is down'; write in states.py:"}
    reasons = {str(ran.outcomes[test]["reason"]) for test in ran.ended("failed")}
    assert any(reason.startswith("the contract is broken: #/components/schemas/StoredBook") for reason in reasons)
    assert not any(reason.startswith(("  ", "asked:")) for reason in reasons), reasons


def test_without_a_secret_it_names_the_variable(project: Path) -> None:
    ran = run(project / "api_tests", "--api-app", "shelf_app:app")

    assert ran.code == 0, ran.output
    reasons = {found["reason"] for found in ran.outcomes.values() if found["outcome"] == "skipped"}
    assert "needs the identity 'alice': the environment variable SHELF_TOKEN is not set" in reasons
    assert not any("write [identities" in str(reason) for reason in reasons)


def test_without_an_identity_it_says_what_to_write(project: Path) -> None:
    configuration = project / "oagen.toml"
    text = configuration.read_text()
    configuration.write_text(text.replace("identities.alice", "identities.bob"))

    ran = run(project / "api_tests", "--api-app", "shelf_app:app", SHELF_TOKEN="sesame")

    configuration.write_text(text)
    reasons = {found["reason"] for found in ran.outcomes.values() if found["outcome"] == "skipped"}
    assert "needs the identity 'alice': write [identities.alice] with its headers into oagen.toml" in reasons


def test_an_identity_without_its_secret_asks_as_anybody_where_no_security_is_documented(tmp_path: Path) -> None:
    plain = copy.deepcopy(shelf.DOCUMENT)
    del plain["paths"]["/books"]["post"]["responses"]["401"]
    document = tmp_path / "shelf.json"
    document.write_text(json.dumps(plain))
    scenarios = tuple(scenario for scenario in shelf.scenarios() if scenario.status != "401")
    write(build_suite(load_description(str(document)), scenarios, SuiteSettings()), tmp_path / "api_tests")
    (tmp_path / "shelf_app.py").write_text(shelf.APP.replace('!= "Bearer sesame"', "is not None"))
    (tmp_path / "oagen.toml").write_text(CONFIGURATION)

    ran = run(tmp_path / "api_tests", "-m", "integration", "--api-app", "shelf_app:app")

    skipped = [found["reason"] for found in ran.outcomes.values() if found["outcome"] == "skipped"]
    assert ran.code == 0, ran.output
    assert skipped == ["needs the state 'the store is down'; write in states.py:"]


def test_a_foreign_host_must_be_allowed(project: Path) -> None:
    ran = run(project / "api_tests", "--api-base-url", "https://api.example.com")

    assert ran.code == 4
    assert "allow it with --api-allow-host api.example.com" in ran.output


FAULTS = (
    ("return 409", "return 400", "test_409_when_there_is_such_a_book_already"),
    ("            del BOOKS[int(found[1])]\n", "", "test_204_for_a_valid_request"),
    ('realm="shelf"', 'realm="shelf', "test_401_without_credentials"),
    ('"location": ', '"elsewhere": ', "test_201_for_a_valid_request"),
    ('return 422, {"detail": "not a book"}', "return 404, None", "test_422_when_isbn_is_missing"),
    ('return 422, {"detail": "limit is too small"}', "return 422, None", "test_422_when_limit_is_below_its_minimum"),
)


def test_each_fault_makes_its_test_fail(project: Path, tmp_path: Path) -> None:
    text = shelf.APP
    for old, new, _ in FAULTS:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "faulty_app.py").write_text(text)

    ran = run(
        project / "api_tests",
        *("-m", "integration", "--api-app", "faulty_app:app"),
        SHELF_TOKEN="sesame",
        PYTHONPATH=str(tmp_path),
    )

    assert ran.code == 1, ran.output
    failed = {test.rpartition("::")[2] for test in ran.ended("failed")}
    assert {test for _, _, test in FAULTS} <= failed, ran.output
    assert "test_200_for_a_valid_request" not in failed


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        ('**book, "pages": 151}', "/pages is 151, not 152"),
        ('**book, "pages": None}', "/pages is None, not 152"),
        ('**{key: book[key] for key in book if key != "pages"}}', "the body has nothing at /pages"),
    ],
)
def test_a_member_that_does_not_come_back_is_named(project: Path, tmp_path: Path, answered: str, message: str) -> None:
    app = _changed(project, tmp_path, "**book}", answered)

    ran = run(
        project / "api_tests", "-m", "integration", "--api-app", app, SHELF_TOKEN="sesame", PYTHONPATH=str(tmp_path)
    )

    assert ran.code == 1, ran.output
    assert message in ran.output


def test_a_broken_contract_is_named_by_its_place(project: Path, tmp_path: Path) -> None:
    app = _changed(project, tmp_path, '{"id": next(NUMBERS), **book}', '{"id": "x", **book, "number": next(NUMBERS)}')

    ran = run(project / "api_tests", "-m", "contract", "--api-app", app, SHELF_TOKEN="sesame", PYTHONPATH=str(tmp_path))

    assert ran.code == 1, ran.output
    assert "#/components/schemas/StoredBook/properties/id/type" in ran.output
    assert "'x' is not of type 'integer' (at /id of the body)" in ran.output


def test_a_first_failure_says_that_the_test_was_planned(project: Path, tmp_path: Path) -> None:
    (project / "api_tests" / "outcomes.json").unlink(missing_ok=True)
    app = _changed(project, tmp_path, "return 409", "return 418")

    ran = run(
        project / "api_tests", "-m", "integration", "--api-app", app, SHELF_TOKEN="sesame", PYTHONPATH=str(tmp_path)
    )

    assert "answered 418; POST /books documents 409" in ran.output
    assert "This test was planned from the document and has not passed yet" in ran.output
    assert "[[waivers]]" in ran.output
    assert "sesame" not in ran.output


def test_a_crash_shows_the_traceback_of_the_application(project: Path, tmp_path: Path) -> None:
    app = _changed(project, tmp_path, "return 409", "raise KeyError('shelf fell'); return 409")

    ran = run(
        project / "api_tests", "-m", "integration", "--api-app", app, SHELF_TOKEN="sesame", PYTHONPATH=str(tmp_path)
    )

    assert "the application raised:" in ran.output
    assert "KeyError: 'shelf fell'" in ran.output


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
        "socket.socket(socket.AF_UNIX).connect('/nowhere')",
        "socket.getaddrinfo('localhost', 9)",
    ],
)
def test_a_unit_test_that_opens_a_connection_fails(project: Path, tmp_path: Path, attempt: str) -> None:
    body = f"import socket\n    try:\n        {attempt}\n"
    body += "    except OSError:\n        pass\n"
    app = _changed(project, tmp_path, '    if path == "/shelves"', f'    {body}    if path == "/shelves"')

    ran = run(project / "api_tests", "-m", "unit", "--api-app", app, SHELF_TOKEN="sesame", PYTHONPATH=str(tmp_path))

    assert ran.code == 1, ran.output
    assert "a unit test opens no connections, and this one tried" in ran.output


def test_a_state_is_arranged_and_undone(project: Path, tmp_path: Path) -> None:
    root = tmp_path / "with_states"
    write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), root / "api_tests")
    (root / "shelf_app.py").write_text(shelf.APP)
    with (root / "api_tests" / "states.py").open("a") as states:
        states.write(
            "import shelf_app\n\n@state('the store is down')\n"
            "def down(seconds):\n"
            "    before = shelf_app.answer\n"
            "    shelf_app.answer = lambda *_: (503, {'detail': f'{seconds}'}, {})\n"
            "    yield\n"
            "    shelf_app.answer = before\n"
        )

    ran = run(root / "api_tests", "-k", "ListBooks", "--api-app", "shelf_app:app", SHELF_TOKEN="sesame")

    assert ran.code == 0, ran.output
    assert not ran.ended("skipped"), ran.output
    assert len(ran.ended("passed")) == 9


@pytest.mark.parametrize("means", ["waiver", "expired waiver", "quarantine"])
def test_a_test_may_be_let_off(tmp_path: Path, means: str) -> None:
    write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), tmp_path / "api_tests")
    (tmp_path / "faulty_app.py").write_text(shelf.APP.replace("return 409", "return 418"))
    waiver = '[[waivers]]\noperation = "POST /books"\nstatus = "409"\nreason = "later"\nuntil = {}\n'
    until = {"waiver": waiver.format("2999-01-01"), "expired waiver": waiver.format("2020-01-01")}
    (tmp_path / "oagen.toml").write_text(until.get(means, "") + CONFIGURATION)
    if means == "quarantine":
        (tmp_path / "api_tests" / "quarantine.txt").write_text(
            "integration/test_books.py::TestCreateBook::test_409_when_there_is_such_a_book_already  # flaky\n"
        )

    ran = run(
        tmp_path / "api_tests",
        *("-m", "integration", "-k", "409", "--api-app", "faulty_app:app"),
        SHELF_TOKEN="sesame",
    )

    assert ran.code == (1 if means == "expired waiver" else 0), ran.output
    assert not ran.ended("passed")
    assert bool(ran.ended("failed")) == (means == "expired waiver")


def test_a_suite_that_is_no_package_is_clean_too(tmp_path: Path) -> None:
    folder = tmp_path / "api-tests"
    write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings.for_folder(folder)), folder)

    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [find_ruff_bin(), *command, "--no-cache", folder], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


WSGI = """
import json

import shelf_app


def make():
    def app(environ, start_response):
        headers = {"authorization": environ.get("HTTP_AUTHORIZATION", "")}
        body = environ["wsgi.input"].read()
        arguments = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], headers, body
        status, value, more = shelf_app.answer(*arguments)
        if environ["PATH_INFO"] == "/books/999999":
            raise KeyError("shelf fell")
        content = b"" if value is None else json.dumps(value).encode()
        kind = [("content-type", "application/json")] if content else []
        start_response(f"{status} Some", [*kind, *more.items()])
        return [content]

    return app
"""


FACTORIES = """
from shelf_app import app


def make():
    return app


def make_with_default(name="shelf"):
    return app


async def make_later():
    return app


def plain(scope, receive, send):
    return app(scope, receive, send)
"""


@pytest.mark.parametrize("name", ["make_with_default", "make()", "make_later()", "plain"])
def test_a_factory_needs_no_parentheses(
    project: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "factories_of_shelf.py").write_text(FACTORIES)
    monkeypatch.syspath_prepend(project)
    monkeypatch.syspath_prepend(tmp_path)
    place = f"factories_of_shelf:{name}"

    ran = run(
        project / "api_tests",
        *("-k", "TestGetBook and 404 and not auth", "--api-app", place),
        SHELF_TOKEN="sesame",
        PYTHONPATH=str(tmp_path),
    )

    assert (ran.code, load(place, asyncio.run).kind) == (0, "asgi"), ran.output
    assert "3 passed" in ran.output


def test_an_app_that_is_not_there_is_one_sentence(project: Path) -> None:
    ran = run(project / "api_tests", "--api-app", "nowhere:app", cwd=project)

    assert ran.code == 4
    assert f"importable from {project} !" in ran.output
    assert "Traceback" not in ran.output


def test_an_api_that_is_not_there_is_one_sentence(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    ran = run(project / "api_tests", "--api-base-url", f"http://127.0.0.1:{port}", SHELF_TOKEN="sesame")

    assert ran.code == 4
    assert ran.output.count(f"no API answers at http://127.0.0.1:{port}") == 1
    assert "ConnectError" not in ran.output


def test_a_wsgi_application_from_a_factory(project: Path, tmp_path: Path) -> None:
    (tmp_path / "wsgi_shelf.py").write_text(WSGI)

    ran = run(
        project / "api_tests",
        *("-m", "integration", "--api-app", "wsgi_shelf:make()"),
        SHELF_TOKEN="sesame",
        PYTHONPATH=str(tmp_path),
    )

    failed = {test.rpartition("::")[2] for test in ran.ended("failed")}
    assert failed == {"test_404_when_book_id_is_unknown"}, ran.output
    assert "KeyError: 'shelf fell'" in ran.output
    assert any(test.endswith("test_201_for_a_valid_request") for test in ran.ended("passed"))
