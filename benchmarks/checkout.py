"""Where the oagen that is measured lies, and the application that comes with it."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BOOKSHOP_APP = "oagen.demo.bookshop.main:app"
BOOKSHOP_TOKENS = {f"{name.upper()}_TOKEN": f"{name}-demo-token" for name in ("alice", "bob", "root")}
"""Of the identities of the bookshop."""
