"""What the workers of a campaign share beside the store: claims, turns, and when the target was brought back.

Everything lives in files without a name and in locks of the operating system (`fcntl.lockf`), so that a worker that is
killed leaves nothing behind and holds nothing up.
"""

from __future__ import annotations

import fcntl
import os
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

_GRACE = 2.0  # seconds: what was brought back so shortly before is not brought back again


class Commons:
    """Made before the workers are, and inherited by them.

    Attributes:
        run: Number of their campaign in the store.
    """

    def __init__(self, run: int = 0) -> None:
        self.run = run
        self._files = ExitStack()
        self._claims, self._turns, self._gate, self._restored = (
            self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - it is entered
            for _ in range(4)
        )

    def close(self) -> None:
        """Close the files, when no worker is left."""
        self._files.close()

    def claim(self, name: str) -> bool:
        """Take a finding, and return whether no worker had taken it before."""
        descriptor = self._claims.fileno()
        with _locked(descriptor):
            size = os.fstat(descriptor).st_size
            if name in os.pread(descriptor, size, 0).decode("ascii").split():
                return False
            os.pwrite(descriptor, f"{name}\n".encode("ascii"), size)
            return True

    @contextmanager
    def among_others(self) -> Iterator[None]:
        """Send requests while others may send theirs."""
        with _locked(self._gate.fileno(), fcntl.LOCK_SH):  # who wants to be alone keeps it closed
            fcntl.lockf(self._turns.fileno(), fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.lockf(self._turns.fileno(), fcntl.LOCK_UN)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Send requests while no other worker does, so that what the server writes in its log is about them."""
        with _locked(self._gate.fileno()), _locked(self._turns.fileno()):
            yield

    def restore(self, restore: Callable[[], bool]) -> bool:
        """Bring the target back, unless another worker has done so since it was asked for; return whether it is."""
        asked = time.monotonic()
        descriptor = self._restored.fileno()
        with _locked(descriptor):
            before = os.pread(descriptor, 8, 0)
            if before and struct.unpack("d", before)[0] > asked - _GRACE:
                return True
            done = restore()
            if done:
                os.pwrite(descriptor, struct.pack("d", time.monotonic()), 0)
            return done


@contextmanager
def _locked(descriptor: int, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    fcntl.lockf(descriptor, kind)
    try:
        yield
    finally:
        fcntl.lockf(descriptor, fcntl.LOCK_UN)
