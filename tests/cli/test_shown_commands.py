"""Every command that the documentation shows does what it says there."""

from __future__ import annotations

import importlib.util
import re
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from oagen.demo.serving import serve_bookshop
from tests.cli.running import ROOT
from tests.cli.shown import Command, File, reader, shown

DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if any(isinstance(item, Command) for item in shown(page)))
_NEEDS = {"django.md": "django", "flask.md": "flask"}
_STAGING = "https://staging.example.com"


@pytest.mark.slow
@pytest.mark.timeout(420)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    package = _NEEDS.get(page.name)
    if package is not None and importlib.util.find_spec(package) is None:
        pytest.skip(f"{page.name} is about {package}, which is not installed")
    items = list(shown(page))
    if any(isinstance(item, Command) and item.text.startswith("node ") for item in items) and not shutil.which("node"):
        pytest.skip(f"{page.name} starts node, which is not installed")
    with ExitStack() as stack:
        changed = {}
        if _STAGING in page.read_text(encoding="utf-8"):
            changed[_STAGING] = stack.enter_context(serve_bookshop()).base_url
        somebody = stack.enter_context(reader(tmp_path, **changed))
        for item in items:
            if isinstance(item, File):
                somebody.write(item)
            else:
                assert somebody.run(item) == ""


def test_every_page_is_there_and_listed() -> None:
    names = {page.stem for page in PAGES}
    listed = re.findall(r"\]\(([\w/-]+\.md)\)", (DOCS / "index.md").read_text(encoding="utf-8"))

    assert {"authentication", "fastapi", "flask", "django", "other-languages", "staging", "tutorial"} <= names
    assert sorted({*listed, "index.md"}) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))
    assert "(docs/index.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_between_pages_lead_somewhere() -> None:
    for page in DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        for target, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)", text):
            other = (page.parent / target) if target else page
            assert other.is_file(), f"{page.name}: {target}"
            titles = re.findall(r"^#+ (.*)$", other.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert not anchor or anchor in slugs, f"{page.name}: {target}#{anchor}"


def test_campaigns_that_are_shown_say_how_long_they_take() -> None:
    for page in PAGES:
        for item in shown(page):
            if isinstance(item, Command) and re.match(r"oagen (fuzz|ci fuzz)\b", item.text):
                assert "--max-" in item.text or "ci fuzz" in item.text, f"{page.name}: {item.text}"
