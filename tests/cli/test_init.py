"""A first configuration: what a project's files tell is in it, and what is there is left alone."""

from __future__ import annotations

import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from oagen.config.reading import load_settings
from oagen.config.settings import Settings
from tests.cli.running import oagen_in
from tests.forked import Ended

DOCUMENT = """\
openapi: 3.1.0
info: {title: Notes, version: "1"}
paths:
  /notes: {get: {responses: {"200": {description: OK}}}}
  /api/healthz: {get: {responses: {"200": {description: OK}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-API-Key}
"""
FACTORY = "import flask\n\n\ndef create_app(config=None):\n    app = flask.Flask('x')\n    return app\n"
CALLED = "from flask import Flask\n\n\ndef make(x):\n    return Flask(x)\n\n\nserver = make(1)\n"
DJANGO = "from django.core.{0} import get_{0}_application\napplication = get_{0}_application()\n"
FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def written(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def begun(folder: Path, files: dict[str, str]) -> tuple[Ended, Settings]:
    """Run `oagen init` in a project of these files; what it writes can be read."""
    ended = oagen_in(written(folder, files), "init")
    assert ended.code == 0, ended.err
    return ended, load_settings(folder, {})


def test_an_empty_folder_gets_one_that_can_be_read_and_filled_in(tmp_path: Path) -> None:
    ended, settings = begun(tmp_path, {})

    assert settings.api.base_url == "http://127.0.0.1:8000"
    assert settings.api.app is None
    assert "application: none found" in ended.out
    text = (tmp_path / "oagen.toml").read_text()
    assert '# document = "openapi.yaml"' in text


def test_every_comment_can_be_taken_at_its_word(tmp_path: Path) -> None:
    begun(tmp_path, {})
    lines = (tmp_path / "oagen.toml").read_text().splitlines()
    values = [line.removeprefix("# ") for line in lines if line.startswith(("# [", "# ")) and " = " in line]

    assert len(values) >= 10
    for value in values:
        tomllib.loads(value)


def test_document_security_and_health_come_from_the_document(tmp_path: Path) -> None:
    _, settings = begun(tmp_path, {"docs/openapi.yaml": DOCUMENT})

    assert settings.api.document == str(tmp_path / "docs/openapi.yaml") or settings.api.document == "docs/openapi.yaml"
    assert settings.identities[0].headers == (("X-API-Key", "${USER_X_API_KEY}"),)
    assert settings.ci.health == "/api/healthz"


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"main.py": FASTAPI}, "main:app"),
        ({"src/shop/api/app.py": FASTAPI}, "shop.api.app:app"),
        ({"shop/__init__.py": "", "shop/web.py": FASTAPI, "tests/app.py": FASTAPI}, "shop.web:app"),
        ({"shop/__init__.py": FACTORY}, "shop:create_app()"),
        ({"a.py": CALLED}, "a:server"),
        ({"site/wsgi.py": DJANGO.format("wsgi"), "site/asgi.py": DJANGO.format("asgi")}, "site.asgi:application"),
        ({"b.py": "import falcon.asgi\napi = falcon.asgi.App()\n"}, "b:api"),
        ({"c.py": "from tkinter_app import App\napp = App()\n"}, None),
        ({"d.py": "def create_app(path):\n    return Flask(path)\n"}, None),
        ({".venv/x/main.py": FASTAPI, "venv2/pyvenv.cfg": "", "venv2/main.py": FASTAPI}, None),
        ({"not-a-name/main.py": FASTAPI}, None),
        ({"broken.py": "app = FastAPI(\n", "main.py": FASTAPI}, "main:app"),
    ],
    ids=str,
)
def test_the_application_object_is_found(tmp_path: Path, files: dict[str, str], place: str | None) -> None:
    _, settings = begun(tmp_path, files)

    assert settings.api.app == place


def test_nothing_of_the_project_is_run(tmp_path: Path) -> None:
    begun(tmp_path, {"main.py": f"{FASTAPI}\nopen('it-ran', 'w')\n", "setup.py": "open('it-ran', 'w')\n"})

    assert not (tmp_path / "it-ran").exists()


@pytest.mark.parametrize(
    ("files", "install"),
    [
        ({"requirements.txt": "flask\n"}, ("python -m pip install -r requirements.txt",)),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, ("python -m pip install .",)),
        ({"package.json": "{}", "package-lock.json": "{}"}, ("npm ci",)),
        ({"pyproject.toml": "not TOML"}, ()),
    ],
    ids=str,
)
def test_how_it_is_installed(tmp_path: Path, files: dict[str, str], install: tuple[str, ...]) -> None:
    ended = oagen_in(written(tmp_path, files), "init", "--print")

    assert tomllib.loads(ended.out)["ci"].get("install", []) == list(install)


def test_what_uv_has_locked_is_installed_by_commands_that_pip_and_uv_know(tmp_path: Path) -> None:
    ended = oagen_in(written(tmp_path, {"pyproject.toml": "[project]\nname = 'x'\n", "uv.lock": ""}), "init", "--print")

    *_, export, install = tomllib.loads(ended.out)["ci"]["install"]
    assert "|" not in export, "a pipe hides that its first command failed"
    assert "--no-hashes" in export, "pip refuses a folder among hashes"
    assert install.endswith(f" -r {export.split()[-1]}")


def test_a_factory_is_served_by_a_command_that_a_shell_can_read(tmp_path: Path) -> None:
    begun(tmp_path, {"shop.py": FACTORY})
    line = next(line for line in (tmp_path / "oagen.toml").read_text().splitlines() if line.startswith("# start"))
    command = tomllib.loads(line.removeprefix("# "))["start"]

    assert shlex.split(command)[:5] == ["python", "-m", "flask", "--app", "shop:create_app()"]
    assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [(FASTAPI, "the application's own"), (FACTORY, "none found; name one")],
    ids=["FastAPI", "Flask"],
)
def test_no_description_is_promised_that_the_framework_does_not_make(tmp_path: Path, source: str, said: str) -> None:
    ended, _ = begun(tmp_path, {"shop.py": source})

    assert f"API description: {said}" in ended.out


def test_a_service_that_is_not_python(tmp_path: Path) -> None:
    _, settings = begun(tmp_path, {"package.json": '{"scripts": {"start": "node x.js"}}', "package-lock.json": "{}"})

    assert settings.api.base_url == "http://127.0.0.1:3000"
    assert settings.ci.start == "npm start"


def test_a_compose_file_serves(tmp_path: Path) -> None:
    compose = "services: {db: {image: x}, web: {ports: ['127.0.0.1:9090:80']}}\n"

    _, settings = begun(tmp_path, {"compose.yaml": compose})

    assert settings.ci.compose is not None
    assert settings.ci.compose.name == "compose.yaml"
    assert settings.api.base_url == "http://127.0.0.1:9090"


@pytest.mark.parametrize(
    ("services", "port"),
    [
        ("{db: {image: x, ports: ['5432:5432']}, web: {image: x, ports: ['9090:80']}}", 9090),
        ("{db: {image: x, ports: ['15432:5432']}, web: {ports: [{target: 80, published: '9090'}]}}", 9090),
        ("{admin: {image: x, ports: ['8081:8080']}, web: {build: ., ports: ['9090:80/tcp']}}", 9090),
        ("{db: {image: x, ports: ['5432:5432', '${PORT}:80', 7000-7002, 5]}}", 8000),
    ],
)
def test_the_port_of_a_database_is_not_taken_for_that_of_the_api(tmp_path: Path, services: str, port: int) -> None:
    _, settings = begun(tmp_path, {"compose.yaml": f"services: {services}\n"})

    assert settings.api.base_url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("port", ["$PORT", "${PORT:-5000}"])
def test_a_command_that_is_told_its_port_is_told_that_of_the_base_url(tmp_path: Path, port: str) -> None:
    _, settings = begun(tmp_path, {"Procfile": f"web: serve --bind 127.0.0.1:{port}\n"})

    assert settings.ci.start == f"export PORT=8000 && serve --bind 127.0.0.1:{port}"
    assert settings.api.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "files",
    [{"oagen.toml": "[api]\n"}, {"pyproject.toml": "[tool.oagen.api]\napp = 'a:b'\n"}],
    ids=["oagen.toml", "pyproject.toml"],
)
def test_a_configuration_that_is_there_is_left_alone(tmp_path: Path, files: dict[str, str]) -> None:
    written(tmp_path, files)

    ended = oagen_in(tmp_path, "init")

    assert ended.code == 2
    assert "hint: oagen init --print" in ended.err
    assert {name: (tmp_path / name).read_text() for name in files} == files
    assert list(tmp_path.iterdir()) == [tmp_path / name for name in files]


def test_names_of_files_can_t_break_out(tmp_path: Path) -> None:
    name = 'open"api\\u0041'
    files = {"docs/openapi.yaml": DOCUMENT, "Procfile": 'web: serve "it" \\ now # x\n', f"{name}/main.py": FASTAPI}

    _, settings = begun(tmp_path, files)

    assert settings.ci.start == 'serve "it" \\ now # x'


def test_a_folder_that_can_t_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "oagen.toml").symlink_to(tmp_path / "nowhere" / "oagen.toml")

    ended = oagen_in(tmp_path, "init")

    assert ended.code == 2
    assert "oagen.toml" in ended.err
    assert "Traceback" not in ended.err
