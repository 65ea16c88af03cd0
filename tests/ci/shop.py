"""The bookshop as a project of its own, with a repository, a configuration and a job."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import oagen
from tests.ci import tracker
from tests.ci.projects import commit, git, project
from tests.ci.workflow import with_this_oagen
from tests.cli.running import oagen_in

SECRETS = {
    "ALICE_TOKEN": "canary-alice-41c7",
    "BOB_TOKEN": "canary-bob-93d2",
    "ROOT_TOKEN": "canary-root-5e08",
}
_CONFIGURATION = """\
[api]
base_url = "http://127.0.0.1:{port}"

[identities.root]
role = "admin"
headers = {{ Authorization = "Bearer ${{ROOT_TOKEN}}" }}

[identities.alice]
role = "user"
headers = {{ Authorization = "Bearer ${{ALICE_TOKEN}}" }}

[identities.bob]
role = "user"
headers = {{ Authorization = "Bearer ${{BOB_TOKEN}}" }}

[ci]
start = "{start}"
health = "/health"
wait = 30
budget = 60
code_scanning = true
"""
_START = (
    "BOOKSHOP_ALICE_TOKEN=$ALICE_TOKEN BOOKSHOP_BOB_TOKEN=$BOB_TOKEN BOOKSHOP_ROOT_TOKEN=$ROOT_TOKEN "
    "python -m uvicorn shop.main:app --host 127.0.0.1 --port {port} --no-use-colors"
)
REQUESTS = 1000
"""Of a night; a number of them, so that a slow machine finds what a quick one does."""


class ShopProject:
    """The project.

    Those of the bookshop's faults are repaired that few requests do not always find, and one is planted that needs an
    author and a book.

    Attributes:
        folder: Its repository.
        environment: What its jobs need to find: this oagen, and the stand-in for gh.
        issues: The file that holds its issues.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = project(folder, "")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        start = _START.format(port=port)
        (folder / "oagen.toml").write_text(_CONFIGURATION.format(port=port, start=start))
        (folder / ".gitignore").write_text(".oagen/\n__pycache__/\n")
        self._copy_sources()
        self.change("shop/catalogue.py", "date(self.published_year, 1, 1)", "date(self.published_year or 1, 1, 1)")
        self.change("shop/catalogue.py", "date(self.published_year, 12, 31)", "date(self.published_year or 1, 12, 31)")
        self.change("shop/catalogue.py", "sum(ratings) / len(ratings)", "sum(ratings) / max(len(ratings), 1)")
        self.change("shop/orders.py", "offset: Annotated[int, Query(ge=0", "offset: Annotated[int, Query(le=1000, ge=0")
        self.change("shop/orders.py", 'exclude={"items"}', "exclude=set()")
        self.change("shop/order_repository.py", 'note.encode("latin-1")', 'note.encode("utf-8")')
        self.change(
            "shop/authors.py", 'raise Problem(409, "Author has books")', 'raise IndexError("the author has books")'
        )
        bin_folder = folder.parent / f"{folder.name}-bin"
        self.issues = folder.parent / f"{folder.name}-issues.json"
        self.environment = with_this_oagen(bin_folder) | {"ISSUES_FILE": str(self.issues)}
        tracker.install(bin_folder, "gh")

    def _copy_sources(self) -> None:
        source = Path(oagen.__file__).parent / "demo" / "bookshop"
        (self.folder / "shop").mkdir()
        for file in source.glob("*.py"):
            text = re.sub(r"\boagen\.demo\.bookshop\b", "shop", file.read_text(encoding="utf-8"))
            (self.folder / "shop" / file.name).write_text(text, encoding="utf-8")

    def write_jobs(self) -> None:
        """Let oagen write them, and limit the requests of a night, as a team may edit its files."""
        done = oagen_in(self.folder, "ci", "github", environment=self.environment)
        assert done.code == 0, done.err
        self.change(
            ".github/workflows/oagen-nightly.yml", "run: exec oagen ci fuzz", f"run: exec oagen ci fuzz -- {self.limit}"
        )

    @property
    def limit(self) -> str:
        return f"--max-requests {REQUESTS}"

    def change(self, path: str, before: str, after: str) -> None:
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {path}"
        file.write_text(text.replace(before, after), encoding="utf-8")

    def commit(self, message: str) -> str:
        return commit(self.folder, message)

    def python(self, *arguments: str) -> str:
        """Run Python in the project, and return what it prints."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def take_back(self) -> None:
        """Undo the last commit by another one."""
        git(self.folder, "revert", "--no-edit", "HEAD")
