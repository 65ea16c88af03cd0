"""Three-way merge of texts by lines."""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\n]*\n|[^\n]+$")


def merged_lines(base: str, ours: str, theirs: str) -> str | None:
    """Return the text with both changes, or None where they touch the same lines."""
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    import merge3

    groups = merge3.Merge3(_LINE.findall(base), _LINE.findall(ours), _LINE.findall(theirs)).merge_groups()
    result: list[str] = []
    for group in groups:
        if group[0] == "conflict":
            return None
        result.extend(group[1])
    return "".join(result)
