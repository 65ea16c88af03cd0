"""Functions by the dotted path that a test would patch them at."""

from __future__ import annotations

import inspect
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A function that was called, and where it is looked up.

    Attributes:
        module: Name of a module in which `path` is found.
        path: `Class.method`, or the name of a function.
        function: The function itself, unwrapped.
        holder: What the attribute is looked up on: a class or a module.
        subject: The object that a method was called on.
    """

    module: str
    path: str
    function: Any
    holder: Any
    subject: Any

    @property
    def target(self) -> str:
        """The place as `module:path`."""
        return f"{self.module}:{self.path}"


def place_of(frame: FrameType, caller: FrameType | None) -> Place | None:
    """Return where the function of a frame can be patched; None where it can't be."""
    code = frame.f_code
    if code.co_name.startswith("<") or code.co_flags & (inspect.CO_ASYNC_GENERATOR | inspect.CO_GENERATOR):
        return None
    return _method(frame, code) or _function(frame, caller, code) or _static(frame, code)


def _static(frame: FrameType, code: CodeType) -> Place | None:
    """Return where a static method stands, whose frame does not say of which class it is."""
    module = sys.modules.get(_module(frame))
    for kind in list(vars(module).values()) if module is not None else ():
        attribute = kind.__dict__.get(code.co_name) if isinstance(kind, type) else None
        if isinstance(attribute, staticmethod) and kind.__module__ == _module(frame) and code in _codes(attribute):
            public = public_module(kind)
            function = inspect.unwrap(attribute.__func__)
            return Place(public, f"{kind.__qualname__}.{code.co_name}", function, kind, None) if public else None
    return None


def _method(frame: FrameType, code: CodeType) -> Place | None:
    if not code.co_argcount:
        return None
    subject = frame.f_locals.get(code.co_varnames[0])
    if subject is None:
        return None
    kind = subject if isinstance(subject, type) else type(subject)
    found = None
    for owner in kind.__mro__:
        attribute = owner.__dict__.get(code.co_name)
        if attribute is not None and not isinstance(attribute, property) and code in _codes(attribute):
            found = attribute
            break
    if found is None:
        return None
    for owner in kind.__mro__:
        module = public_module(owner)
        if module is not None and inspect.getattr_static(owner, code.co_name, None) is found:
            function = inspect.unwrap(getattr(found, "__func__", found))
            return Place(module, f"{owner.__qualname__}.{code.co_name}", function, owner, subject)
    return None


def _function(frame: FrameType, caller: FrameType | None, code: CodeType) -> Place | None:
    if caller is not None:  # `from x import f`: patched where it is looked up
        name = code.co_name
        held = caller.f_globals.get(name)
        if held is not None and code in _codes(held):
            return Place(_module(caller), name, inspect.unwrap(held), sys.modules.get(_module(caller)), None)
    module = sys.modules.get(_module(frame))
    held = getattr(module, code.co_name, None)
    if held is not None and code in _codes(held):
        return Place(str(module.__name__) if module else "", code.co_name, inspect.unwrap(held), module, None)
    return None


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))


def held_at(thing: Any) -> str:
    """Return `module:name` of a module's attribute that is this very object; nothing where no module holds it."""
    found = [
        f"{name}:{attribute}"
        for name, module in list(sys.modules.items())
        for attribute, value in list(getattr(module, "__dict__", {}).items())
        if value is thing and attribute.isidentifier() and all(part.isidentifier() for part in name.split("."))
    ]
    return min(found, key=lambda place: (place.startswith("__main__"), len(place)), default="")


def dependency_at(call: Any) -> str:
    """Return where a test finds the function that FastAPI calls; nothing where it can't."""
    module, path = getattr(call, "__module__", ""), getattr(call, "__qualname__", "")
    subject = getattr(call, "__self__", None)
    if subject is not None and not isinstance(subject, type):  # a method of an object that a module holds
        place = held_at(subject)
        return f"{place}.{call.__name__}" if place else ""
    return "" if "<" in path or not module or isinstance(call, type) else f"{module}:{path}"


def code_of(function: Any) -> Any:
    """Return the code of a function below whatever wraps it; None where there is none."""
    codes = _codes(function)
    return codes[-1] if codes else None


def _codes(function: Any) -> list[Any]:
    """Return the code of a function, and of those that it wraps."""
    function = getattr(function, "__func__", function)
    codes = []
    for _ in range(20):
        codes.append(getattr(function, "__code__", None))
        inner = getattr(function, "__dict__", {}).get("__wrapped__") if hasattr(function, "__dict__") else None
        if inner is None:
            break
        function = inner
    return codes


def public_module(kind: Any) -> str | None:
    """Return the shortest module that a class can be imported from; None where it can't be."""
    name, path = getattr(kind, "__module__", None), getattr(kind, "__qualname__", "")
    if not isinstance(name, str) or "<locals>" in path:
        return None
    parts = name.split(".")
    candidates = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    usable = candidates if any(part.startswith("_") for part in parts) or is_library(name) else candidates[-1:]
    for candidate in usable:
        found: Any = sys.modules.get(candidate)
        for step in path.split("."):
            found = getattr(found, step, None)
        if found is kind:
            return candidate
    return None


def is_library(name: str) -> bool:
    """Tell whether a module belongs to an installed package or the standard library."""
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return not file or "site-packages" in file or "dist-packages" in file or f"lib{_SEPARATOR}python" in file


_SEPARATOR = "/"


def found_at(target: str) -> Any:
    """Return what is at `module:path`.

    Raises:
        LookupError: Nothing is there.
    """
    module, _, path = target.partition(":")
    found: Any = sys.modules.get(module)
    for step in path.split("."):
        if found is None or not hasattr(found, step):
            raise LookupError(target)
        found = getattr(found, step)
    return found
