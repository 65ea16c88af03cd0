"""Who runs the job, and where its summary goes."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class Provider(enum.StrEnum):
    """Who runs jobs."""

    GITHUB = "github"
    GITLAB = "gitlab"
    SHELL = "shell"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Provider:
        """Return who runs this process, by the variables that each provider documents."""
        if environ.get("GITHUB_ACTIONS") == "true":
            return cls.GITHUB
        return cls.GITLAB if environ.get("GITLAB_CI") == "true" else cls.SHELL


def publish(text: str, environ: Mapping[str, str]) -> bool:
    """Add Markdown to the job's summary where the provider has one; tell whether it has.

    A summary that can't be written changes nothing about the outcome of a job.
    """
    file = environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return False
    with suppress(OSError), Path(file).open("a", encoding="utf-8", newline="\n") as summary:
        summary.write(text if text.endswith("\n") else f"{text}\n")
        summary.flush()
        os.fsync(summary.fileno())
        return True
    return False
