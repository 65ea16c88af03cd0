"""Source with probes does what it did, tells its lines, and tells the exceptions it met."""

from __future__ import annotations

import builtins
import contextlib
import inspect
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from oagen.target.agent.program.probes import MET, RAN, Probes

SOURCE = '''\
"""Text of the module."""
from __future__ import annotations
import asyncio
total = 0

def plain(n):
    """Text of the function."""
    global total
    if n > 1:
        total += n
        return "many"
    elif n == 1: return "one"
    return "none"

def only_text():
    """Nothing else."""

def caught(key):
    try:
        return {}[key]
    except KeyError:
        return "missing"

def caught_all(key):
    try:
        {}[key]
    except:
        return "all"
    finally:
        plain(0)

def named(key):
    try:
        {}[key]
    except (KeyError, ValueError) as error:
        try:
            int("x")
        except ValueError as error:
            pass
        return "named"

def generated(n):
    for i in range(n):
        got = yield i
        if got: return got
    else:
        yield "end"

async def awaited(n):
    async def inner():
        await asyncio.sleep(0)
        return n
    with open("/dev/null") as null:
        return [await inner() for _ in range(2)]

def chosen(value):
    match value:
        case {"kind": kind}:
            return kind
        case [first, *_] if first:
            return first
        case _:
            return None

def closing():
    count = 0
    def more():
        nonlocal count
        count += 1
        return lambda: count
    return more()()

class Holder:
    """Text of the class."""
    size = 2
    def method(self):
        return __class__.size + super().__sizeof__() * 0
    @property
    def __private(self): return 3
    def mangled(self): return self.__private

def failing(n):
    note = "local"
    return deeper(
        n,
    )

def deeper(n):
    return 1 / n

def jit(function): return function

@jit
def compiled_elsewhere(): return 1
'''


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> Probes:
    made = Probes()
    monkeypatch.setattr(builtins, RAN, made.ran, raising=False)
    monkeypatch.setattr(builtins, MET, made.met, raising=False)
    return made


def _module(code: Any) -> ModuleType:
    module = ModuleType("probed")
    exec(code, module.__dict__)
    return module


def _sent(generator: Any) -> Any:
    next(generator)
    with pytest.raises(StopIteration) as stopped:
        generator.send("got")
    return stopped.value.value


def _frames_of_failure(module: Any) -> list[tuple[str, int | None]]:
    with pytest.raises(ZeroDivisionError) as caught:
        module.failing(0)
    return [(frame.name, frame.lineno) for frame in traceback.extract_tb(caught.tb)[1:]]


CALLS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda m: [m.plain(n) for n in (0, 1, 2)] + [m.total],
    "texts": lambda m: [m.__doc__, m.plain.__doc__, m.only_text.__doc__, m.Holder.__doc__, m.only_text()],
    "caught": lambda m: [m.caught("a"), m.caught_all("a"), m.named("a")],
    "generated": lambda m: list(m.generated(3)),
    "sent": lambda m: _sent(m.generated(3)),
    "awaited": lambda m: m.asyncio.run(m.awaited(4)),
    "chosen": lambda m: [m.chosen(value) for value in ({"kind": 1}, [2, 3], "x")],
    "closing": lambda m: m.closing(),
    "methods": lambda m: [m.Holder().method(), m.Holder().mangled()],
    "signature": lambda m: str(inspect.signature(m.failing)),
    "traceback": _frames_of_failure,
    "elsewhere": lambda m: m.compiled_elsewhere(),
}


@pytest.mark.parametrize("name", CALLS)
def test_probes_change_nothing(probes: Probes, name: str) -> None:
    plain = _module(compile(SOURCE, "shop.py", "exec", dont_inherit=True))
    probed = _module(probes.compiled(SOURCE.encode(), "shop.py"))
    assert CALLS[name](probed) == CALLS[name](plain)


def test_lines_that_ran_are_marked(probes: Probes) -> None:
    module = _module(probes.compiled(SOURCE.encode(), "shop.py"))
    before = bytes(probes.ran)
    module.plain(1)
    ran = [place for place, old, new in zip(probes.places, before, probes.ran, strict=True) if new > old]
    assert ran == [("shop.py", 9), ("shop.py", 12), ("shop.py", 12)]


@pytest.mark.parametrize(
    ("call", "kind"),
    [("caught", KeyError), ("caught_all", KeyError), ("named", ValueError), ("failing", ZeroDivisionError)],
)
def test_exceptions_are_met_whether_handled_or_not(probes: Probes, call: str, kind: type[Exception]) -> None:
    module = _module(probes.compiled(SOURCE.encode(), "shop.py"))
    with contextlib.suppress(ZeroDivisionError):
        getattr(module, call)(0)
    met = probes.met[0]
    assert met is not None
    error, links = met
    assert type(error) is kind
    assert links is not None


def test_endless_recursion_keeps_its_place(probes: Probes) -> None:
    module = _module(probes.compiled(b"def f(n):\n    x = 1\n    return f(n + 1)\n", "shop.py"))
    with pytest.raises(RecursionError) as caught:
        module.f(0)
    assert caught.value.__context__ is None
    assert {frame.lineno for frame in traceback.extract_tb(caught.tb)[1:-1]} == {3}
