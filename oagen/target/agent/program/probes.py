"""Probes in the application's source, for interpreters without `sys.monitoring`: a store before each statement.

`sys.settrace` would slow every function of every library down; these cost some nanoseconds, in the application alone.
Nothing is called, so that a probe never fails, not even where the stack is exhausted, and never shows in a traceback.
The source is rewritten as it is imported, line for line; what is cached on the disk is neither read nor written.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
from types import CodeType, TracebackType
from typing import Any, Callable

RAN = "__oagen_ran__"
MET = "__oagen_met__"
ERROR = "__oagen_error__"
_COMPILED_BY_OTHERS = frozenset({"jit", "njit", "vectorize", "guvectorize", "cfunc", "compile"})


class Probes:
    """What the probes write to.

    Attributes:
        ran: A byte for each statement that has a probe; 1 once it has run.
        places: File and line of each.
        met: The last exception that was handled in, or left, a function of the application, with its traceback.
    """

    def __init__(self) -> None:
        self.ran = bytearray()
        self.places: list[tuple[str, int]] = []
        self.met: list[tuple[BaseException, TracebackType | None] | None] = [None]

    def install(self, is_application: Callable[[str], bool]) -> None:
        """Put probes into every module of the application that is imported from now on."""
        setattr(builtins, RAN, self.ran)
        setattr(builtins, MET, self.met)
        loader = importlib.machinery.SourceFileLoader
        original = loader.get_code

        def get_code(self_: Any, fullname: str) -> CodeType | None:
            path = self_.get_filename(fullname)
            if is_application(path):
                try:
                    return self.compiled(self_.get_data(path), path)
                except (SyntaxError, ValueError, RecursionError):  # as it is, the import says what is wrong with it
                    pass
            return original(self_, fullname)

        loader.get_code = get_code  # type: ignore[method-assign, assignment]

    def compiled(self, source: bytes, path: str) -> CodeType:
        """Return a module's code with probes in its functions."""
        tree = ast.parse(source, path)
        _Placer(self, path).visit(tree)
        self.ran.extend(bytes(len(self.places) - len(self.ran)))
        code: CodeType = compile(tree, path, "exec", dont_inherit=True)
        return code

    def add(self, path: str, line: int) -> int:
        """Return the number of a new probe."""
        self.places.append((path, line))
        return len(self.places) - 1


class _Placer(ast.NodeTransformer):
    """Rewrites functions; modules' and classes' own statements run at import, which nobody asks about."""

    def __init__(self, probes: Probes, path: str) -> None:
        self._probes = probes
        self._path = path
        self._inside = False

    def visit_FunctionDef(self, node: Any) -> Any:
        """Rewrite a function."""
        if any(_COMPILED_BY_OTHERS & {_last_name(decorator)} for decorator in node.decorator_list):
            return node
        outside, self._inside = self._inside, True
        has_text = isinstance(node.body[0], ast.Expr) and isinstance(getattr(node.body[0], "value", None), ast.Constant)
        text = node.body[:1] if has_text else []
        body = self._block(node.body[len(text) :])
        if body:
            place = body[0]
            again = _at(ast.Raise(exc=None, cause=None), place)
            handler = ast.ExceptHandler(
                type=_at(ast.Name(id="Exception", ctx=ast.Load()), place),
                name=ERROR,
                body=[self._noting(ERROR, place), again],
            )
            wrapped = ast.Try(body=body, handlers=[_at(handler, place)], orelse=[], finalbody=[])
            node.body = [*text, _at(wrapped, place)]
        self._inside = outside
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name is ast's

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """Rewrite the methods of a class."""
        outside, self._inside = self._inside, False
        self.generic_visit(node)
        self._inside = outside
        return node

    def visit_Try(self, node: ast.Try) -> Any:
        """Rewrite the blocks of a `try`, and note what its handlers handle."""
        self.generic_visit(node)
        if self._inside:
            for handler in node.handlers:
                if handler.type is None:
                    handler.type = _at(ast.Name(id="BaseException", ctx=ast.Load()), handler)
                handler.name = handler.name or ERROR
                handler.body.insert(0, self._noting(handler.name, handler.body[0]))
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Rewrite the blocks of any other statement; expressions stay as they are."""
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self._block(value))
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.ExceptHandler) or type(item).__name__ == "match_case":
                        self.generic_visit(item)
        return node

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        block: list[ast.stmt] = []
        for statement in statements:
            if self._inside and not isinstance(statement, (ast.Global, ast.Nonlocal)):
                block.append(self._probe(statement))
            block.append(self.visit(statement))
        return block

    def _probe(self, statement: ast.stmt) -> ast.stmt:
        number = self._probes.add(self._path, statement.lineno)
        target = ast.Subscript(
            value=ast.Name(id=RAN, ctx=ast.Load()), slice=ast.Constant(value=number), ctx=ast.Store()
        )
        return _everywhere(ast.Assign(targets=[target], value=ast.Constant(value=1)), statement)

    def _noting(self, name: str, place: ast.stmt) -> ast.stmt:
        target = ast.Subscript(value=ast.Name(id=MET, ctx=ast.Load()), slice=ast.Constant(value=0), ctx=ast.Store())
        links = ast.Attribute(value=ast.Name(id=name, ctx=ast.Load()), attr="__traceback__", ctx=ast.Load())
        pair = ast.Tuple(elts=[ast.Name(id=name, ctx=ast.Load()), links], ctx=ast.Load())
        return _everywhere(ast.Assign(targets=[target], value=pair), place)


def _at(node: Any, place: Any) -> Any:
    return ast.copy_location(node, place)


def _everywhere(node: ast.stmt, place: ast.stmt) -> ast.stmt:
    """Give a new statement, and all in it, the place of another."""
    for each in ast.walk(node):
        ast.copy_location(each, place)
    return node


def _last_name(decorator: ast.expr) -> str:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    if isinstance(decorator, ast.Attribute):
        return decorator.attr
    return decorator.id if isinstance(decorator, ast.Name) else ""
