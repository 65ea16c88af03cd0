"""What `oagen generate` has learned so far, for the next run where this one does not come to its end."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oagen.learn.model import Learned


class LearningJournal:
    """A file in the project's `.oagen`; it is gone when the suite is written.

    Args:
        root: The project's folder.
        suite: That of the suite that is learned for; each has a journal of its own.
        fresh: What an earlier run left is of no use.
    """

    def __init__(self, root: Path, suite: Path, *, fresh: bool = False) -> None:
        from oagen.findings.folder import STATE

        name = hashlib.blake2b(str(suite.absolute()).encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
        self._file = root / STATE / f"learning-{name}.json"
        self._in_use = fresh
        if fresh:
            self.close()

    def keep(self, learned: Learned) -> None:
        """Write what was learned; a file that can't be written keeps nobody from learning."""
        from oagen.errors import OutputError
        from oagen.findings.folder import make_folder
        from oagen.learn.codec import dump_learned
        from oagen.report.writing import write_atomically

        self._in_use = True
        with contextlib.suppress(OSError, OutputError):
            make_folder(self._file.parent)
            write_atomically(self._file, json.dumps(dump_learned(learned)), durable=False)

    def left(self) -> Learned | None:
        """Return what a run that did not come to its end has left; None where there is nothing that can be read."""
        from oagen.errors import StoreError
        from oagen.learn.codec import load_learned

        self._in_use = True
        try:
            value = json.loads(self._file.read_text("utf-8"))
            return replace(load_learned(value), provisional=True)
        except (OSError, ValueError, RecursionError, TypeError, AttributeError, StoreError):
            return None

    def close(self) -> None:
        """Remove the file, if this run had to do with it: the suite's manifest holds what was learned."""
        if self._in_use:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
