"""The user's own templates: what would be ignored is refused."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import jinja2
from jinja2 import meta, nodes

from oagen.errors import TemplateError


def refuse_unknown(templates: Path, bundled: Path, environment: jinja2.Environment) -> None:
    """Refuse files that replace nothing and that no template asks for, and blocks that nothing shows.

    Args:
        templates: The user's folder.
        bundled: The folder of the bundled templates.
        environment: Where a template finds the one that it extends.

    Raises:
        TemplateError: There is such a file or block; the message has the name that may have been meant.
    """
    known = _names_in(bundled)
    own = _names_in(templates)
    trees = {name: tree for name in own if (tree := _parsed(templates / name, environment)) is not None}
    asked_for = {name for tree in trees.values() for name in meta.find_referenced_templates(tree)}
    for name in own:
        if name not in known and name not in asked_for:
            hint = _meant(name, known) or "docs/templates.md has the names"
            raise TemplateError(f"{templates / name} replaces no template of oagen", hint=hint)
    for name, tree in trees.items():
        _refuse_unknown_blocks(templates / name, tree, environment)


def _refuse_unknown_blocks(file: Path, tree: nodes.Template, environment: jinja2.Environment) -> None:
    parent = _parent(tree)
    if parent is None:
        return
    blocks = set(_blocks(parent, environment))
    mine = list(tree.find_all(nodes.Block))
    inner = {block.name for outer in mine for block in outer.find_all(nodes.Block)}  # shown by the one around them
    for block in mine:
        if blocks and block.name not in blocks | inner:
            hint = _meant(block.name, sorted(blocks)) or f"it has {', '.join(sorted(blocks))}"
            raise TemplateError(f"{file}, line {block.lineno}: {parent} has no block {block.name}", hint=hint)


def _names_in(folder: Path) -> list[str]:
    """Return the files below a folder, in order, without hidden ones and what Python has compiled."""
    names = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    return sorted(
        name.as_posix() for name in names if not any(part[0] == "." or part == "__pycache__" for part in name.parts)
    )


def _parsed(file: Path, environment: jinja2.Environment) -> nodes.Template | None:
    """Return a template's syntax tree; None for other files, and for broken templates, which rendering tells of."""
    if file.suffix != ".jinja":
        return None
    try:
        return environment.parse(file.read_text(encoding="utf-8"))
    except (jinja2.TemplateSyntaxError, UnicodeDecodeError):
        return None


def _parent(tree: nodes.Template) -> str | None:
    """Return the template that another extends, where it is named as it stands."""
    extends = tree.find(nodes.Extends)
    if extends is None or not isinstance(extends.template, nodes.Const):
        return None
    return str(extends.template.value)


def _blocks(name: str | None, environment: jinja2.Environment) -> Iterator[str]:
    """Yield the blocks of a template and of those that it extends; nothing where it is missing or broken."""
    seen: set[str] = set()
    while name is not None and name not in seen and environment.loader is not None:
        seen.add(name)
        try:
            tree = environment.parse(environment.loader.get_source(environment, name)[0])
        except (jinja2.TemplateNotFound, jinja2.TemplateSyntaxError):
            return
        yield from (block.name for block in tree.find_all(nodes.Block))
        name = _parent(tree)


def _meant(name: str, known: list[str]) -> str | None:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else None
