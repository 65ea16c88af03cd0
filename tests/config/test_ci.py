"""What `[ci]` may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.config.reading import load_settings
from oagen.config.settings import CiSettings
from oagen.errors import ConfigError


def ci(folder: Path, text: str) -> CiSettings:
    (folder / "oagen.toml").write_text(f"[ci]\n{text}\n", encoding="utf-8")
    return load_settings(folder, {}).ci


def test_every_key(tmp_path: Path) -> None:
    text = """\
install = ["make"]
oagen = "oagen[demo]"
python = "3.13"
compose = "compose.yaml"
health = "/health"
wait = 5
log = "api.log"
schedule = "*/5 1-3 * JAN,FEB MON"
budget = 60
pull_request_budget = 30
require = "75.5%"
issues = false
code_scanning = false
secrets = ["DATABASE_URL"]
"""

    settings = ci(tmp_path, text)

    assert settings.install == ("make",)
    assert (settings.oagen, settings.python, settings.health) == ("oagen[demo]", "3.13", "/health")
    assert [path and path.name for path in (settings.compose, settings.log)] == ["compose.yaml", "api.log"]
    assert (settings.wait, settings.budget, settings.pull_request_budget) == (5, 60, 30)
    assert (settings.require, settings.schedule) == (75.5, "*/5 1-3 * JAN,FEB MON")
    assert (settings.issues, settings.code_scanning, settings.secrets) == (False, False, ("DATABASE_URL",))


@pytest.mark.parametrize("version", ["3", "3.11", "3.14", "3.12.4"])
def test_versions_of_python_that_oagen_runs_on(tmp_path: Path, version: str) -> None:
    assert ci(tmp_path, f'python = "{version}"').python == version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('python = "2.7"', "oagen.toml:2: ci.python: is no version of Python 3"),
        ('python = "3.9"', "oagen.toml:2: ci.python: is too old for oagen, which needs 3.11"),
        ('python = "3.12; x"', "oagen.toml:2: ci.python: is no version of Python 3"),
        ('start = "a"\ncompose = "b"', "only one of start and compose can serve the API"),
        ('start = "a\\nb"', "oagen.toml:2: ci.start: must be one line"),
        ('install = ["a", " "]', "oagen.toml:2: ci.install[1]: must be one line"),
        ('schedule = "daily"', "oagen.toml:2: ci.schedule: is no schedule of cron"),
        ('schedule = "1 2 3 4 ${{5}}"', "oagen.toml:2: ci.schedule: is no schedule of cron"),
        ('health = "health"', "oagen.toml:2: ci.health: must be a path or a URL"),
        ('require = "101%"', "oagen.toml:2: ci.require: must be from 0% to 100%"),
        ("budget = 0", "oagen.toml:2: ci.budget: must be"),
        ('secrets = ["A-B"]', "oagen.toml:2: ci.secrets[0]: does not name an environment variable"),
        ('shedule = "1 2 3 4 5"', "oagen.toml:2: ci.shedule: is not a known key"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ci(tmp_path, text)

    assert message in caught.value.message
