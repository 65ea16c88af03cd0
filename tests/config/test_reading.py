from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from oagen.config.reading import load_settings
from oagen.config.settings import Identity, Waiver
from oagen.errors import ConfigError

FULL = """\
[api]
document = "openapi.yaml"
base_url = "http://127.0.0.1:8000"
allow_hosts = ["api.example.test"]

[identities.alice]
role = "user"
headers = { Authorization = "Bearer ${ALICE_TOKEN}" }

[identities.root]
role = "admin"
headers = { Authorization = "Bearer ${ROOT_TOKEN}" }

[suite]
out = "checks"
exclude = ["tag:internal"]

[[waivers]]
operation = "POST /orders"
status = "503"
reason = "only the load balancer answers so"
until = 2027-06-30
"""


def written(folder: Path, text: str, name: str = "oagen.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_reads_every_section(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, FULL), {})

    assert settings.api.document == "openapi.yaml"
    assert settings.api.base_url == "http://127.0.0.1:8000"
    assert settings.api.allow_hosts == ("api.example.test",)
    assert settings.identities == (
        Identity(name="alice", role="user", headers=(("Authorization", "Bearer ${ALICE_TOKEN}"),)),
        Identity(name="root", role="admin", headers=(("Authorization", "Bearer ${ROOT_TOKEN}"),)),
    )
    assert settings.suite.out == Path("checks")
    assert settings.suite.exclude == ("tag:internal",)
    assert settings.waivers == (
        Waiver(
            operation="POST /orders",
            status="503",
            reason="only the load balancer answers so",
            until=dt.date(2027, 6, 30),
        ),
    )
    assert settings.warnings == ()


def test_a_folder_below_uses_the_file_above_and_paths_lead_back(tmp_path: Path) -> None:
    written(tmp_path, FULL)
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)

    settings = load_settings(below, {})

    assert settings.api.document == "../../openapi.yaml"
    assert settings.suite.out == Path("../../checks")
    assert settings.root == tmp_path


def test_pyproject_holds_the_same_under_tool_oagen(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.oagen.api]\napp = "shop.main:app"\n'

    assert load_settings(written(tmp_path, text, "pyproject.toml"), {}).api.app == "shop.main:app"


def test_a_pyproject_without_oagen_is_passed_over(tmp_path: Path) -> None:
    written(tmp_path, FULL)
    inner = written(tmp_path / "part", '[project]\nname = "x"\n', "pyproject.toml")

    assert load_settings(inner, {}).file == Path("../oagen.toml")


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})

    assert settings.file is None
    assert settings.suite.out == Path("api_tests")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environ = {"OAGEN_API_BASE_URL": "http://localhost:9", "OAGEN_SUITE_INCLUDE": "a, b", "OAGEN_SUITE_OUT": ""}

    settings = load_settings(written(tmp_path, FULL), environ)

    assert settings.api.base_url == "http://localhost:9"
    assert settings.suite.include == ("a", "b")
    assert settings.suite.out == Path("checks")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[api]\ndocumnet = 'x'\n", "oagen.toml:2: api.documnet: is not a known key", "did you mean 'document'?"),
        ("[sutie]\n", "oagen.toml:1: sutie: is not a known key", "did you mean 'suite'?"),
        ("[api]\n\ndocument = 3\n", "oagen.toml:3: api.document: must be a text, not a number", None),
        ("[api]\ndocument = ''\n", "oagen.toml:2: api.document: must not be empty", None),
        ("api = 3\n", "oagen.toml:1: api: must be a table, not a number", None),
        ("[api]\nbase_url = 'ftp://x'\n", "oagen.toml:2: api.base_url: must start with http:// or https://", None),
        ("[api]\nallow_hosts = 'x'\n", "api.allow_hosts: must be an array of texts, not a text", None),
        ("[identities.a]\nheaders = { X = 1 }\n", "oagen.toml:2: identities.a.headers.X: must be a text", None),
        ("[identities.a]\nheaders = { 'X Y' = 'v' }\n", "is not the name of an HTTP header", None),
        ("[identities.a]\nheaders = { X = '${A B}' }\n", "${A B} does not name an environment variable", None),
        ("[[waivers]]\nstatus = '503'\n", "oagen.toml:1: waivers[0]: lacks 'operation'", None),
        (
            (
                "[[waivers]]\noperation = 'GET /a'\nstatus = '503'\nreason = 'r'\nuntil = 2027-01-01\n"
                "[[waivers]]\noperation = 'GET /a'\nstatus = '77'\n"
            ),
            "oagen.toml:8: waivers[1].status: must be a code",
            None,
        ),
        (
            "[[waivers]]\noperation = 'GET /a'\nstatus = 503\nreason = 'r'\nuntil = 'soon'\n",
            "oagen.toml:5: waivers[0].until: must be a date such as 2030-06-30, not a text",
            None,
        ),
        ("[api\n", "is not TOML", None),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, message: str, hint: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, text), {})

    assert message in caught.value.message
    assert hint is None or caught.value.hint == hint


def test_a_status_may_be_written_as_a_number(tmp_path: Path) -> None:
    text = "[[waivers]]\noperation = 'post /a'\nstatus = 503\nreason = 'r'\nuntil = 2027-01-01\n"

    (waiver,) = load_settings(written(tmp_path, text), {}).waivers

    assert (waiver.operation, waiver.status) == ("POST /a", "503")


def test_a_waiver_holds_on_its_last_day(tmp_path: Path) -> None:
    (waiver,) = load_settings(written(tmp_path, FULL), {}).waivers

    assert not waiver.expired(dt.date(2027, 6, 30))
    assert waiver.expired(dt.date(2027, 7, 1))


def test_a_secret_in_the_file_is_warned_about_without_being_shown(tmp_path: Path) -> None:
    text = "[identities.a]\nheaders = { Authorization = 'Bearer hunter2', X-Team = 'blue' }\n"

    (warning,) = load_settings(written(tmp_path, text), {}).warnings

    assert "identities.a.headers.Authorization" in warning
    assert "hunter2" not in warning


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "oagen.toml").write_bytes(b"[api]\ndocument = '\xe9'\n")

    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_settings(tmp_path, {})


def test_property_tests_are_asked_for(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, "[suite]\nproperty = true\n"), {}).suite.property_tests
    with pytest.raises(ConfigError, match=r"suite\.property: must be true or false, not a text"):
        load_settings(written(tmp_path, '[suite]\nproperty = "yes"\n'), {})
