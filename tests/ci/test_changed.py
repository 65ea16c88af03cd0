"""Which operations a change touches."""

from __future__ import annotations

import importlib.util
import textwrap
from pathlib import Path

import pytest

from oagen.ci.imports import ImportGraph
from tests.ci.projects import commit, project
from tests.cli.running import oagen_in
from tests.forked import Ended

DOCUMENT = """\
openapi: 3.1.0
info: {title: Notes, version: "1"}
paths:
  /notes:
    get:
      operationId: listNotes
      responses:
        "200":
          description: The notes
          content: {application/json: {schema: {type: array, items: {$ref: "schemas.yaml#/Note"}}}}
    post:
      operationId: addNote
      responses:
        "201": {description: Added}
  /tags:
    get:
      operationId: listTags
      responses:
        "200": {description: The tags}
"""
SCHEMAS = """\
Note: {type: object, properties: {text: {type: string}}}
"""
APP = """\
from flask import Flask
from notes import listing, adding

app = Flask(__name__)
app.get("/notes")(listing.list_notes)
app.post("/notes")(adding.add_note)
app.get("/tags/<int:tag>")(listing.one_tag)
"""
WITH_APP = """\
openapi: 3.1.0
info: {title: Notes, version: "1"}
paths:
  /notes:
    get: {responses: {"200": {description: The notes}}}
    post: {responses: {"201": {description: Added}}}
  /tags/{tag}:
    parameters: [{name: tag, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: A tag}}}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = project(tmp_path / "p", '[api]\ndocument = "docs/openapi.yaml"\n')
    (folder / "docs").mkdir()
    (folder / "docs" / "openapi.yaml").write_text(DOCUMENT)
    (folder / "docs" / "schemas.yaml").write_text(SCHEMAS)
    commit(folder)
    return folder


def written(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(textwrap.dedent(text), encoding="utf-8")


def changed(place: Path, since: str = "HEAD^1") -> Ended:
    return oagen_in(place, "ci", "changed", "--since", since)


def test_what_is_described_in_another_way_is_touched(place: Path) -> None:
    written(place, "docs/openapi.yaml", DOCUMENT.replace("Added", "It is added"))
    commit(place)

    ended = changed(place)

    assert (ended.code, ended.out) == (0, "POST /notes  (description)\n"), ended.err


def test_what_refers_to_a_changed_file_is_touched(place: Path) -> None:
    written(place, "docs/schemas.yaml", SCHEMAS.replace("string", "integer"))
    commit(place)

    assert changed(place).out == "GET /notes  (description)\n"


def test_new_operations_are_touched_and_removed_ones_are_not(place: Path) -> None:
    written(place, "docs/openapi.yaml", DOCUMENT.replace("/tags:", "/labels:"))
    commit(place)

    assert changed(place).out == "GET /labels  (description)\n"


def test_titles_and_versions_touch_nothing(place: Path) -> None:
    written(place, "docs/openapi.yaml", DOCUMENT.replace('version: "1"', 'version: "2"').replace("Notes,", "Others,"))
    commit(place)

    ended = changed(place)

    assert (ended.code, ended.out) == (0, "")
    assert "no operation is touched" in ended.err


def test_what_is_not_committed_yet_counts(place: Path) -> None:
    written(place, "docs/openapi.yaml", DOCUMENT.replace("The tags", "All tags"))

    assert changed(place, "HEAD").out == "GET /tags  (description)\n"


def test_a_branch_is_compared_with_where_it_began(place: Path) -> None:
    from tests.ci.projects import git

    git(place, "checkout", "--quiet", "-b", "mine")
    written(place, "docs/openapi.yaml", DOCUMENT.replace("The tags", "All tags"))
    commit(place)
    git(place, "checkout", "--quiet", "main")
    written(place, "docs/schemas.yaml", SCHEMAS.replace("string", "integer"))
    commit(place)
    git(place, "checkout", "--quiet", "mine")

    assert changed(place, "main").out == "GET /tags  (description)\n"


def test_links_out_of_the_repository_are_left_out(place: Path) -> None:
    (place / "elsewhere").symlink_to("/nowhere/at/all")
    (place / "above").symlink_to("../../above")
    commit(place)
    written(place, "docs/openapi.yaml", DOCUMENT.replace("The tags", "All tags"))
    commit(place)

    ended = changed(place)

    assert (ended.code, ended.out) == (0, "GET /tags  (description)\n"), ended.err


def test_a_document_that_was_not_there_before(place: Path) -> None:
    (place / "docs" / "openapi.yaml").rename(place / "docs" / "api.yaml")
    written(place, "oagen.toml", '[api]\ndocument = "docs/api.yaml"\n')
    commit(place)

    ended = changed(place)

    assert len(ended.out.splitlines()) == 3
    assert "can't be read" in ended.err


@pytest.fixture
def served(tmp_path: Path) -> Path:
    if importlib.util.find_spec("flask") is None:
        pytest.skip("Flask is not installed")
    folder = project(tmp_path / "p", '[api]\ndocument = "openapi.yaml"\napp = "notes.main:app"\n', inside="service")
    written(folder, "openapi.yaml", WITH_APP)
    written(folder, "notes/__init__.py", "")
    written(folder, "notes/main.py", APP)
    written(folder, "notes/listing.py", "from notes.store import all_of\n\ndef list_notes():\n    return all_of()\n\n")
    with (folder / "notes" / "listing.py").open("a") as file:
        file.write("def one_tag(tag):\n    return all_of()\n")
    written(folder, "notes/adding.py", "from . import texts\n\ndef add_note():\n    return texts.HELLO\n")
    written(folder, "notes/texts.py", "HELLO = 'hello'\n")
    written(folder, "notes/store.py", "def all_of():\n    return []\n")
    commit(tmp_path / "p")
    return folder


def test_handlers_whose_file_was_changed_are_touched(served: Path) -> None:
    written(served, "notes/adding.py", "def add_note():\n    return ''\n")
    commit(served)

    assert changed(served).out == "POST /notes  (service/notes/adding.py)\n"


def test_so_are_those_that_import_it_however_far(served: Path) -> None:
    written(served, "notes/store.py", "def all_of():\n    return ['x']\n")
    commit(served)

    ended = changed(served)

    assert ended.out.splitlines() == [
        "GET /notes  (service/notes/store.py)",
        "GET /tags/{tag}  (service/notes/store.py)",
    ]


def test_an_application_that_can_t_be_loaded_touches_everything(served: Path) -> None:
    written(served, "notes/main.py", "raise SystemExit('no licence')\n")
    commit(served)

    ended = changed(served)

    assert len(ended.out.splitlines()) == 3
    assert "no licence" in ended.err


def test_imports_are_followed_within_the_project_alone(tmp_path: Path) -> None:
    written(tmp_path, "a/__init__.py", "")
    written(tmp_path, "a/b.py", "import json\nimport a.c\nfrom .d import e\nfrom ..outside import x\n")
    written(tmp_path, "a/c.py", "from a.b import nothing\n")
    written(tmp_path, "a/d/__init__.py", "import (\n")
    written(tmp_path, "a/d/e.py", "")

    found = ImportGraph(tmp_path).closure(tmp_path / "a" / "b.py")

    root = tmp_path.resolve()
    assert {file.relative_to(root).as_posix() for file in found} >= {"a/b.py", "a/c.py", "a/d/__init__.py", "a/d/e.py"}
    assert all(file.is_relative_to(root) for file in found)
