"""Write docs/oagen.schema.json from the settings; with --check, tell whether it is up to date."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from oagen.config.schema import configuration_schema

FILE = Path(__file__).parent / "oagen.schema.json"


def text() -> str:
    """Return what the file should hold."""
    return json.dumps(configuration_schema(), indent=2) + "\n"


def main() -> int:
    """Write the file, or compare it."""
    if "--check" not in sys.argv:
        FILE.write_text(text(), encoding="utf-8")
        return 0
    is_new = FILE.exists() and FILE.read_text(encoding="utf-8") == text()
    sys.stderr.write("" if is_new else "docs/oagen.schema.json is out of date: make docs\n")
    return int(not is_new)


if __name__ == "__main__":
    sys.exit(main())
