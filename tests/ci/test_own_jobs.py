"""The project uses its own job: for the bookshop."""

from __future__ import annotations

from oagen.ci.jobs import job_files
from oagen.ci.provider import Provider
from oagen.ci.writing import plan_jobs
from oagen.config.reading import read_settings
from tests.cli.running import ROOT

PROJECT = ROOT / "examples" / "bookshop"


def test_the_workflows_are_what_oagen_writes_for_the_bookshop() -> None:
    files = job_files(Provider.GITHUB, read_settings(PROJECT / "oagen.toml", seen_from=PROJECT), ROOT)

    assert len(files) == 2
    for path, text in files.items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"run oagen ci github in {PROJECT.relative_to(ROOT)}"
    assert plan_jobs(ROOT, files).is_clean
