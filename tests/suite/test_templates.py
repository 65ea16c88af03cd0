"""Templates hold loops, presence tests and macros; decisions are made in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from oagen.errors import TemplateError
from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from oagen.suite.templating import bundled_templates, make_environment
from tests.suite import shelf

TEMPLATES = sorted(file.relative_to(bundled_templates()) for file in bundled_templates().rglob("*.jinja"))
REFUSED = (
    nodes.Assign,
    nodes.AssignBlock,
    nodes.NSRef,
    nodes.Compare,
    nodes.CondExpr,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.BinExpr,
    nodes.Getitem,
)
DEEPEST = 2


def _depth(node: nodes.Node) -> int:
    inner = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return inner + isinstance(node, nodes.For | nodes.If)


def _method_calls(tree: nodes.Template) -> Iterator[nodes.Call]:
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name):  # a macro of the template is called by its name
            yield call


@pytest.mark.parametrize("name", TEMPLATES, ids=str)
def test_a_template_decides_nothing(name: Path) -> None:
    environment = make_environment(None)
    tree = environment.parse((bundled_templates() / name).read_text())

    assert not [(type(node).__name__, node.lineno) for node in tree.find_all(REFUSED)]
    assert not [call.lineno for call in _method_calls(tree)]
    for block in [*tree.find_all(nodes.Macro), *tree.find_all(nodes.Block), tree]:
        assert _depth(block) <= DEEPEST, block


def test_names_that_a_view_lacks_are_refused() -> None:
    assert make_environment(None).undefined is jinja2.StrictUndefined


def test_a_template_of_the_user_comes_first(tmp_path: Path) -> None:
    (tmp_path / "test_module.py.jinja").write_text(
        '{% extends "bundled/test_module.py.jinja" %}\n'
        "{% block marks %}\n"
        "pytestmark = [{{ module.marks | join(', ') }}, pytest.mark.mine]\n"
        "{% endblock %}\n"
    )

    suite = build_suite(shelf.description(), shelf.scenarios(), SuiteSettings(templates=tmp_path))

    assert "pytestmark = [pytest.mark.unit, pytest.mark.mine]" in suite.files["unit/test_books.py"]
    assert "class TestListBooks:" in suite.files["unit/test_books.py"]


def test_a_file_of_the_user_replaces_a_runtime_module(tmp_path: Path) -> None:
    (tmp_path / "support").mkdir()
    (tmp_path / "support" / "payloads.py").write_text('"""Mine."""\n')

    suite = build_suite(shelf.description(), shelf.scenarios(), SuiteSettings(templates=tmp_path))

    assert suite.files["support/payloads.py"] == '"""Mine."""\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% for %}", r"given\.py\.jinja, line 1"),
        ("{{ module.no_such }}", "no_such"),
        ('{% extends "nowhere" %}', "nowhere"),
    ],
    ids=["syntax", "undefined", "missing"],
)
def test_a_broken_template_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "given.py.jinja").write_text(text)

    with pytest.raises(TemplateError, match=message):
        build_suite(shelf.description(), shelf.scenarios(), SuiteSettings(templates=tmp_path))


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="there is no folder"):
        make_environment(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "text", "message", "hint"),
    [
        ("tets_module.py.jinja", "", "replaces no template of oagen", "did you mean test_module.py.jinja?"),
        ("notes.txt", "", "replaces no template of oagen", "docs/templates.md has the names"),
        (
            "test_module.py.jinja",
            '{% extends "bundled/test_module.py.jinja" %}\n{% block mark %}{% endblock %}',
            "line 2: bundled/test_module.py.jinja has no block mark",
            "did you mean marks?",
        ),
    ],
    ids=["file", "other-file", "block"],
)
def test_what_would_be_ignored_is_refused(tmp_path: Path, name: str, text: str, message: str, hint: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(TemplateError, match=message) as caught:
        make_environment(tmp_path)

    assert caught.value.hint == hint


def test_a_template_that_another_one_asks_for_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "mine.jinja").write_text("# by {{ 'us' }}\n")
    (tmp_path / "gitignore.jinja").write_text('{% include "mine.jinja" %}')

    assert make_environment(tmp_path).get_template("gitignore.jinja").render() == "# by us\n"


@pytest.mark.parametrize(
    ("template", "block", "file"),
    [
        ("test_module.py.jinja", "test", "integration/test_books.py"),
        ("factories.py.jinja", "function", "factories.py"),
        ("given.py.jinja", "functions", "given.py"),
        ("states.py.jinja", "states", "states.py"),
        ("conftest.py.jinja", "fixtures", "conftest.py"),
    ],
)
def test_a_block_can_be_added_to(tmp_path: Path, template: str, block: str, file: str) -> None:
    text = f'{{% extends "bundled/{template}" %}}\n{{% block {block} %}}\n{{{{ super() }}}}# mine\n{{% endblock %}}\n'
    (tmp_path / template).write_text(text)

    before = build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()).files[file]
    after = build_suite(shelf.description(), shelf.scenarios(), SuiteSettings(templates=tmp_path)).files[file]

    assert "# mine\n" in after
    assert after.replace("# mine\n", "") == before


def test_an_error_inside_a_template_names_the_template_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "given.py.jinja").write_text("\n{{ 1 / 0 }}")

    with pytest.raises(TemplateError, match=r"given\.py\.jinja, line 2: ZeroDivisionError"):
        build_suite(shelf.description(), shelf.scenarios(), SuiteSettings(templates=tmp_path))
