"""Projects with a configuration, as a team would have them."""

from __future__ import annotations

import subprocess
from pathlib import Path

CONFIGURATION = """\
[api]
document = "openapi.yaml"
base_url = "http://127.0.0.1:8000"

[identities.alice]
headers = { Authorization = "Bearer ${ALICE_TOKEN}" }

[ci]
install = ["python -m pip install -r requirements.txt", "make database"]
start = "uvicorn shop:app --port 8000"
health = "/health"
secrets = ["DATABASE_URL"]
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.test", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def project(folder: Path, configuration: str = CONFIGURATION, *, inside: str = "") -> Path:
    """Return the folder of a project in a new repository."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    place = folder / inside
    place.mkdir(parents=True, exist_ok=True)
    (place / "oagen.toml").write_text(configuration, encoding="utf-8")
    return place


def commit(folder: Path, message: str = "change") -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")
