"""The published schema of oagen.toml says what reading it says."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from oagen.config.reading import load_settings
from oagen.config.schema import configuration_schema
from oagen.config.table import Table
from oagen.errors import ConfigError
from tests.cli.running import ROOT

EVERYTHING = """\
[api]
document = "openapi.yaml"
base_url = "http://127.0.0.1:8000"
app = "shop.main:app"
python = ".venv"
allow_hosts = ["api.example.test"]
reset_command = "make reset"

[identities.alice]
role = "user"
headers = { Authorization = "Bearer ${ALICE_TOKEN}" }

[identities.bob.login]
method = "POST"
path = "/login"
json = { name = "bob", password = "${BOB_PASSWORD}", ids = [1, 2] }
token = "/access_token"
header = "X-Token: {token}"
cookie = ["session"]

[identities.carol.login]
path = "/login"
form = { name = "carol", password = "${CAROL_PASSWORD}" }
cookie = "session"

[suite]
out = "checks"
templates = "mine"
include = ["tag:public"]
exclude = ["tag:internal"]
property = true

[[waivers]]
operation = "POST /orders"
status = 503
reason = "only the load balancer answers so"
until = "2027-06-30"

[ci]
install = ["make install"]
oagen = "oagen==1.0"
python = "3.13"
start = "make serve"
health = "/health"
wait = 30
log = "server.log"
schedule = "17 2 * * *"
budget = 600
pull_request_budget = 60.5
require = "95%"
issues = false
code_scanning = false
secrets = ["DATABASE_URL"]
"""
REFUSED = {
    "an unknown table": "[apis]\n",
    "an unknown key": "[api]\nurl = 'x'\n",
    "an unknown key of an identity": "[identities.a]\ntoken = 'x'\n",
    "an unknown key of a login": "[identities.a.login]\npath = '/x'\ntoken = '/x'\nuser = 'x'\n",
    "an unknown key of the suite": "[suite]\nproperty_tests = true\n",
    "an unknown key of CI": "[ci]\nstrat = 'x'\n",
    "a number for a text": "[api]\ndocument = 3\n",
    "a text for an array": "[api]\nallow_hosts = 'x'\n",
    "a number in an array of texts": "[ci]\nsecrets = [3]\n",
    "a text for a boolean": "[ci]\nissues = 'no'\n",
    "a text for a number": "[ci]\nwait = 'long'\n",
    "a share that is none": "[ci]\nrequire = 'most'\n",
    "more than all": "[ci]\nrequire = 101\n",
    "a waiver without a reason": "[[waivers]]\noperation = 'GET /x'\nstatus = 503\nuntil = '2030-01-01'\n",
    "a login without a path": "[identities.a.login]\ntoken = '/x'\n",
}


def problems(text: str) -> list[str]:
    schema = configuration_schema()
    values = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(values)]


def read(folder: Path, text: str) -> None:
    (folder / "oagen.toml").write_text(text, encoding="utf-8")
    load_settings(folder, {})


def test_the_published_file_is_what_the_settings_say() -> None:
    published = json.loads((ROOT / "docs" / "oagen.schema.json").read_text(encoding="utf-8"))

    assert published == configuration_schema(), "run: make docs"
    jsonschema.Draft7Validator.check_schema(published)


def test_what_is_read_is_valid(tmp_path: Path) -> None:
    read(tmp_path, EVERYTHING)

    assert problems(EVERYTHING) == []


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_not_read_is_not_valid(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read(tmp_path, text)

    assert problems(text)


def test_the_schema_has_every_key_that_is_read_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, set[str]] = {}
    plain = Table.refuse_unknown

    def noting(self: Table) -> None:
        place = ".".join(
            "*" if isinstance(key, int) or (self.keys[:1] == ("identities",) and index == 1) else str(key)
            for index, key in enumerate(self.keys)
        )
        known.setdefault(place, set()).update(self.known)
        plain(self)

    monkeypatch.setattr(Table, "refuse_unknown", noting)
    read(tmp_path, EVERYTHING)

    properties: dict[str, Any] = configuration_schema()["properties"]
    identity = properties["identities"]["additionalProperties"]["properties"]
    assert known == {
        "": set(properties),
        "api": set(properties["api"]["properties"]),
        "identities.*": set(identity),
        "identities.*.login": set(identity["login"]["properties"]),
        "suite": set(properties["suite"]["properties"]),
        "waivers.*": set(properties["waivers"]["items"]["properties"]),
        "ci": set(properties["ci"]["properties"]),
    }


def test_each_key_is_described() -> None:
    properties: dict[str, Any] = configuration_schema()["properties"]

    for table in ("api", "ci"):
        lacking = [name for name, schema in properties[table]["properties"].items() if "description" not in schema]
        assert lacking == []


def test_pyproject_toml_has_the_same_keys_and_names_the_nearest(tmp_path: Path) -> None:
    text = "\n".join(
        f"[tool.oagen.{line[1:]}" if line.startswith("[") and not line.startswith("[[") else line
        for line in EVERYTHING.splitlines()
    ).replace("[[waivers]]", "[[tool.oagen.waivers]]")
    (tmp_path / "pyproject.toml").write_text(text)
    assert load_settings(tmp_path, {}).ci.start == "make serve"

    (tmp_path / "pyproject.toml").write_text('[tool.oagen.ci]\nstrat = "x"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path, {})
    assert str(caught.value).endswith("pyproject.toml:2: tool.oagen.ci.strat: is not a known key")
    assert caught.value.hint == "did you mean 'start'?"
