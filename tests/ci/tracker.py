"""A stand-in for `gh` and `glab`: issues in a JSON file that the environment names.

It understands the options that oagen uses and refuses all others, as the real ones do.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

SCRIPT = """\
#!/bin/sh
exec "{python}" "{file}" {name} "$@"
"""


def install(folder: Path, name: str) -> Path:
    """Put the stand-in into a folder under the name of the real one."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / name
    script.write_text(SCRIPT.format(python=sys.executable, file=Path(__file__).resolve(), name=name))
    script.chmod(0o755)
    return script


def issues_in(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text()) if file.exists() else []
    return found


def main() -> int:
    name, *arguments = sys.argv[1:]
    file = Path(os.environ["ISSUES_FILE"])
    if not os.environ.get({"gh": "GH_TOKEN", "glab": "GITLAB_TOKEN"}[name]):
        sys.stderr.write("not logged in\n")
        return 4
    issues = issues_in(file)
    answer = {"gh": gh, "glab": glab}[name](arguments, issues)
    file.write_text(json.dumps(issues, indent=1))
    sys.stdout.write(answer)
    return 0


def parsed(arguments: list[str], *, flags: tuple[str, ...] = (), values: tuple[str, ...] = ()) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("number", nargs="?", type=int)
    for flag in flags:
        parser.add_argument(f"--{flag}", action="store_true")
    for value in values:
        parser.add_argument(f"--{value}")
    return parser.parse_args(arguments)


def gh(arguments: list[str], issues: list[dict[str, Any]]) -> str:
    group, verb, *rest = arguments
    if (group, verb) == ("label", "create"):
        parsed(["0", *rest[1:]], flags=("force",), values=("color", "description"))
        return ""
    assert group == "issue"
    if verb == "list":
        asked = parsed(rest, values=("label", "state", "limit", "json"))
        assert asked.state == "all"
        found = [item for item in issues if asked.label in item["labels"]]
        return json.dumps([{key: item[key] for key in asked.json.split(",")} for item in found])
    if verb == "create":
        asked = parsed(rest, values=("title", "label", "body-file"))
        body = sys.stdin.read()
        number = len(issues) + 1
        issues.append({"number": number, "title": asked.title, "body": body, "state": "OPEN", "labels": [asked.label]})
        return f"https://example.test/issues/{number}\n"
    asked = parsed(rest, values=("title", "body-file", "comment"))
    issue = next(item for item in issues if item["number"] == asked.number)
    if verb == "edit":
        issue |= {"title": asked.title, "body": sys.stdin.read()}
        return ""
    assert asked.comment
    issue["comments"] = [*issue.get("comments", []), asked.comment]
    issue["state"] = {"close": "CLOSED", "reopen": "OPEN"}[verb]
    return ""


def glab(arguments: list[str], issues: list[dict[str, Any]]) -> str:
    group, verb, *rest = arguments
    assert group == "issue"
    if verb == "list":
        asked = parsed(rest, flags=("all",), values=("label", "output", "per-page", "page"))
        assert asked.all
        assert asked.output == "json"
        first = (int(asked.page) - 1) * int(asked.per_page)
        return json.dumps(
            [item for item in issues if asked.label in item["labels"]][first : first + int(asked.per_page)]
        )
    if verb == "create":
        asked = parsed(rest, flags=("yes",), values=("title", "description", "label"))
        made = {"title": asked.title, "description": asked.description, "state": "opened", "labels": [asked.label]}
        issues.append({"iid": len(issues) + 1, **made})
        return ""
    asked = parsed(rest, values=("title", "description", "message"))
    issue = next(item for item in issues if item["iid"] == asked.number)
    if verb == "update":
        issue |= {"title": asked.title, "description": asked.description}
    elif verb == "note":
        issue["comments"] = [*issue.get("comments", []), asked.message]
    else:
        issue["state"] = {"close": "closed", "reopen": "opened"}[verb]
    return ""


if __name__ == "__main__":
    sys.exit(main())
