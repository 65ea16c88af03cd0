"""One fault, one name."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from oagen.findings import fingerprint, import_roots
from oagen.findings.fingerprint import application_frame, beside, decisive, of_answer, of_caught, of_traceback
from oagen.findings.normalising import normalise
from oagen.findings.tracebacks import Traceback, parse_tracebacks
from oagen.target.caught import CaughtException, CaughtFrame

_LIB = "/venv/lib/python3.11/site-packages"


def _printed(*frames: tuple[str, int, str, str], exception: str = "KeyError: 'x'") -> str:
    lines = ["Traceback (most recent call last):"]
    for file, line, function, code in frames:
        lines += [f'  File "{file}", line {line}, in {function}', f"    {code}", "    ^^^^"]
    return "\n".join([*lines, exception, ""])


def _one(text: str) -> Traceback:
    (found,) = parse_tracebacks(text)
    return found


_FASTAPI = (f"{_LIB}/fastapi/routing.py", 301, "app", "raw = await run(...)")
_SQL = (f"{_LIB}/sqlalchemy/orm/session.py", 9, "get", "return self._get()")


@pytest.mark.parametrize(
    ("frames", "place"),
    [
        ([_FASTAPI, ("/srv/shop/orders.py", 41, "get", "x"), _SQL], "/srv/shop/orders.py"),
        ([_FASTAPI, (f"{_LIB}/shop/api.py", 3, "get", "x"), (f"{_LIB}/shop/db.py", 4, "f", "y"), _SQL], "shop/db.py"),
        ([_FASTAPI, (f"{_LIB}/shop/api.py", 3, "get", "x"), (f"{_LIB}/pendulum/p.py", 4, "parse", "y")], "shop/api.py"),
        ([_FASTAPI, ("/usr/lib/python3.11/json/decoder.py", 3, "decode", "x")], None),
        ([("/venv/bin/uvicorn", 8, "<module>", "x"), (f"{_LIB}/shop/api.py", 3, "get", "x")], "shop/api.py"),
        ([_FASTAPI, ("/srv/app/lib/orders.py", 3, "get", "x")], "/srv/app/lib/orders.py"),
    ],
)  # fmt: skip
def test_the_innermost_frame_of_the_application(frames: list[tuple[str, int, str, str]], place: str | None) -> None:
    found = application_frame(_one(_printed(*frames)))

    assert (found is None) if place is None else (found is not None and found.file.endswith(place))


def test_lines_added_above_change_nothing(tmp_path: Path) -> None:
    source = "def get(x):\n    y = x\n    return y['k']\n\ndef other(x):\n    return x['k']\n"
    names = []
    for above in ("", "import os\n\n\n"):
        file = tmp_path / "orders.py"
        file.write_text(above + source)
        fingerprint._source.cache_clear()
        line = 3 + above.count("\n")
        names.append(of_traceback(_one(_printed((str(file), line, "get", "return y['k']")))).identity)

    assert names[0] == names[1]


def test_two_lines_with_the_same_text_in_one_function_stay_apart(tmp_path: Path) -> None:
    file = tmp_path / "twice.py"
    file.write_text("def get(x):\n    x['k']\n    x['k']\n")

    first, second = (of_traceback(_one(_printed((str(file), line, "get", "x['k']")))) for line in (2, 3))

    assert first.identity != second.identity
    assert first.frame == "twice.py:2"


_VIEWS = (
    "class Orders:\n    @staticmethod\n    def get(x):\n        return x['k']\n\n"
    "class Users:\n    @staticmethod\n    def get(x):\n        return x['k']\n"
)


def _caught(*frames: tuple[Path, int, str, int], exception: str = "KeyError") -> CaughtException:
    return CaughtException(
        type=exception,
        message="'k'",
        frames=tuple(
            CaughtFrame(file=str(file), line=line, function=function, first=first, application=True)
            for file, line, function, first in frames
        ),
        omitted=0,
        text="",
        how="raised",
    )


def test_methods_of_one_name_in_two_classes_stay_apart(tmp_path: Path) -> None:
    file = tmp_path / "views.py"
    file.write_text(_VIEWS)

    orders, users = (of_traceback(_one(_printed((str(file), line, "get", "return x['k']")))) for line in (4, 9))

    assert orders.identity != users.identity


@pytest.mark.parametrize("function", ["Users.get", "get"])  # `co_qualname` is there since Python 3.11
def test_a_fault_has_one_name_in_process_and_in_the_log(tmp_path: Path, function: str) -> None:
    file = tmp_path / "views.py"
    file.write_text(_VIEWS)

    printed = of_traceback(_one(_printed((str(file), 9, "get", "return x['k']"))))
    caught = of_caught(_caught((file, 9, function, 7)))

    assert (caught.identity, caught.frame) == (printed.identity, printed.frame)


@pytest.mark.parametrize("lying", ["__init__.py", "../pyproject.toml"])
def test_where_a_project_lies_does_not_matter(tmp_path: Path, lying: str) -> None:
    names = []
    for root in (tmp_path / "home" / "me" / "checkout", tmp_path / "builds"):
        package = root / "shop"
        package.mkdir(parents=True)
        (package / lying).touch()
        (package / "views.py").write_text(_VIEWS)
        names.append(of_caught(_caught((package / "views.py", 9, "Users.get", 7))))

    assert names[0] == names[1]
    assert names[0].frame == "shop/views.py:9"


@pytest.mark.parametrize("own", ["views.py", "routers/views.py", "api/routers/views.py"])
def test_where_modules_without_a_project_lie_does_not_matter(tmp_path: Path, own: str) -> None:
    top = own.partition("/")[0]
    named = set()
    for root in (tmp_path / "here", tmp_path / "else" / "where" / "deeper"):
        file = root / own
        file.parent.mkdir(parents=True)
        file.write_text(_VIEWS)
        (root / "main.py").write_text(f"import json\nfrom {top} import routes\n")
        named.add((caught := of_caught(_caught((file, 9, "Users.get", 7)))).identity)
        assert caught.frame == f"{own}:9"

    assert len(named) == 1


def test_a_configuration_of_ours_changes_no_name(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text(_VIEWS)
    names = []
    for _ in range(2):
        import_roots.import_root.cache_clear()
        names.append(of_caught(_caught((tmp_path / "views.py", 9, "Users.get", 7))).identity)
        (tmp_path / "oagen.toml").touch()

    assert names[0] == names[1]


def test_a_recursion_is_one_fault_in_process_too(tmp_path: Path) -> None:
    walk, leaf = (tmp_path / "a.py", 5, "walk", 4), (tmp_path / "a.py", 9, "leaf", 8)

    names = {of_caught(_caught(*([walk] * 9), *tail, exception="RecursionError")).identity for tail in ((), (leaf,))}

    assert len(names) == 1


def test_what_tells_faults_apart_and_what_does_not() -> None:
    frame = ("/srv/shop/orders.py", 41, "get", "x")

    def named(text: str) -> str:
        return of_traceback(_one(text)).identity

    same = named(_printed(_FASTAPI, frame, exception="KeyError: 'a'"))
    assert same == named(_printed(frame, exception="KeyError: 'b'"))
    others = [
        _printed(frame, exception="shop.errors.Missing: 'a'"),
        _printed(("/srv/shop/orders.py", 41, "put", "x")),
        _printed(("/srv/shop/orders.py", 44, "get", "y")),
        _printed(("/srv/shop/users.py", 41, "get", "x")),
    ]
    assert len({same, *map(named, others)}) == 5


def test_a_recursion_is_one_fault_at_any_depth() -> None:
    walk = ("/srv/a.py", 5, "walk", "walk(x)")
    leaf = ("/srv/a.py", 4, "leaf", "x[0]")

    names = {
        of_traceback(_one(_printed(_FASTAPI, *([walk] * depth), *tail, exception="RecursionError: maximum"))).identity
        for depth, tail in itertools.product((5, 50), ((), (leaf,)))
    }

    assert len(names) == 1


def test_chains_are_one_traceback_named_by_the_last_exception() -> None:
    first = _printed(("/srv/db.py", 1, "load", "x"), exception="ValueError: a\nmore of the message")
    second = _printed(("/srv/api.py", 2, "get", "y"), exception="shop.Broken: b")
    text = f"INFO x\n{first}\nDuring handling of the above exception, another exception occurred:\n\n{second}INFO y\n"

    found = _one(text)

    assert [raised.exception for raised in found.chain] == ["ValueError", "Broken"]
    assert found.text.startswith("Traceback")
    assert found.text.endswith("shop.Broken: b")
    assert (of_traceback(found).exception, of_traceback(found).frame) == (
        "Broken",
        "srv/api.py:2".replace("srv", "/srv"),
    )


def test_tracebacks_in_json_lines_groups_and_unfinished_ones() -> None:
    plain = _printed(("/srv/a.py", 1, "f", "x"))
    in_json = '{"level": "error", "exc": "' + plain.replace("\n", "\\n") + '"}'
    in_group = "  + Exception Group Traceback (most recent call last):\n" + "".join(
        f"  | {line}\n" for line in [*plain.splitlines()[1:-1], "ExceptionGroup: unhandled (1 sub-exception)"]
    )

    assert of_traceback(_one(in_json)).identity == of_traceback(_one(plain)).identity
    assert parse_tracebacks(plain.rpartition("KeyError")[0]) == ()
    assert _one(in_group).last.exception == "ExceptionGroup"
    assert decisive(parse_tracebacks(plain + in_group)) == _one(plain)
    assert decisive(()) is None


def test_faults_that_were_logged_beside_the_decisive_one() -> None:
    read, told = ("/srv/api.py", 1, "read", "x"), ("/srv/log.py", 2, "tell", "y")
    handled, last = _printed(read), _printed(told, exception="TypeError: t")
    again = _printed(("/srv/app.py", 9, "run", "z"), read)  # the same, printed further out
    chained = again + "\nDuring handling of the above exception, another exception occurred:\n\n" + last
    library = _printed(_SQL, exception="OSError: o")

    def others(*texts: str) -> list[str]:
        found = parse_tracebacks("\n".join(texts))
        decided = decisive(found)
        assert decided is not None
        return [item.last.exception for item in beside(found, decided)]

    assert others(handled, last) == others(handled, again, library, last) == ["KeyError"]
    assert others(handled, handled) == others(handled, chained) == others(chained, last) == others(last, library) == []


def test_messages_are_compared_without_what_changes() -> None:
    one = normalise(
        "Order 41 of 3f2b8c1e-0000-4000-8000-00000000abcd at 2024-05-01T10:11:12.5Z: 'Alice' at 0x7f from 10.0.0.1:80",
        ["Alice"],
    )
    other = normalise(
        "Order 7 of 00000000-aaaa-4000-8000-00000000ffff at 2025-01-01 00:00:00+01:00: 'Bobby' at 0xff from 10.1.1.1:9",
        ["Bobby", "a"],
    )

    assert one == other == "Order <number> of <uuid> at <time>: '<value>' at <address> from <host>"
    assert normalise("the user is gone") != normalise("the order is gone")


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ('{"message": "invalid syntax for type integer: \\"a\\""}', ["a"]),
        ('{"message": "invalid syntax for type integer: \\"-Infinity\\""}', ["-inf", "-Infinity"]),
        ('{"message": "invalid syntax for type integer: \\"true\\""}', ["True", "true"]),
        ('{"message": "invalid syntax for type integer: \\"a,null\\""}', ["a", "null"]),
        ('{"message": "invalid syntax for type integer: \\"12\\""}', []),
        ('{"message": "invalid syntax for type integer: \\"a%ED%BF%BFb%c0%af\\""}', ["a\udfffb"]),
        ('{"message": "invalid syntax for type integer: \\"\\u03a9xyz\\""}', ["\u03a9xyz"]),
    ],
)
def test_a_fault_has_one_message_whatever_value_it_was_met_with(said: str, given: list[str]) -> None:
    usual = normalise('{"message": "invalid syntax for type integer: \\"hello\\""}', ["hello"])

    assert normalise(said, given) == usual


def test_what_is_quoted_and_not_from_the_request_tells_faults_apart() -> None:
    assert normalise("KeyError: 'title'", ["colour", "t-shirt"]) != normalise(
        "KeyError: 'price'", ["colour", "t-shirt"]
    )
    assert normalise("KeyError: 'id'", ["widget"]) == "KeyError: 'id'"


def test_answers_without_traceback_differ_by_operation_status_and_message() -> None:
    base = of_answer("GET /a", 500, "Error in row 1")

    assert base.identity == of_answer("GET /a", 500, "Error in row 2").identity
    assert not base.exact
    others = [of_answer("GET /b", 500, "Error in row 1"), of_answer("GET /a", 502, "Error in row 1")]
    others.append(of_answer("GET /a", 500, "Error in column 1"))
    assert len({base.identity, *(other.identity for other in others)}) == 4
