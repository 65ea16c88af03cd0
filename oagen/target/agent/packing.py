"""The agent's program as one zip file, which any interpreter can run."""

from __future__ import annotations

import functools
import io
import zipfile
from importlib.resources import files

PACKAGE = "oagen_agent"

_START = f"""\
import sys
if __name__ == "__main__":
    if sys.version_info < (3, 9):
        sys.stderr.write("oagen needs Python 3.9 or later here, this is %d.%d\\n" % sys.version_info[:2])
        sys.exit(64)
    from {PACKAGE}.main import main
    main(int(sys.argv[3]))
"""


@functools.cache
def packed_program() -> bytes:
    """Return the zip file; the same sources give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py"), _START)
        for source in sorted(files("oagen.target.agent.program").iterdir(), key=lambda entry: entry.name):
            if source.name.endswith(".py"):
                archive.writestr(zipfile.ZipInfo(f"{PACKAGE}/{source.name}"), source.read_bytes())
    return buffer.getvalue()
