"""What git knows: which files a change touches, and the project as it was before."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oagen.errors import UsageError

_DEEPER = "fetch it first: fetch-depth: 2 for actions/checkout, GIT_DEPTH: 0 for GitLab, or git fetch --unshallow"


def _harmless(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Leave out what leads out of the folder, such as absolute links: no description is behind them."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


class History:
    """The history around a project.

    Args:
        project: The project's folder, at the repository's root or below.
        since: A commit; what has changed since it and the present one parted counts.

    Attributes:
        root: The repository's root.
        base: The commit that is compared with.

    Raises:
        UsageError: There is no git, no repository, or no such commit.
    """

    def __init__(self, project: Path, since: str) -> None:
        self._project = project.absolute().resolve()
        self.root = Path(self._git("rev-parse", "--show-toplevel", hint="work in a clone, or leave --since out"))
        named = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}", what=since)
        self.base = self._git("merge-base", named, "HEAD", what=since)

    def changed(self) -> frozenset[Path]:
        """Return the files that are not as they were, deleted and new ones included, as absolute paths."""
        listed = self._git("diff", "--name-only", "-z", "--no-renames", self.base, "--")
        return frozenset(self.root / name for name in listed.split("\0") if name)

    @contextmanager
    def before(self) -> Iterator[Path]:
        """Yield a folder that holds the project as it was, for as long as a `with` block lasts.

        Raises:
            UsageError: The project did not exist.
        """
        with tempfile.TemporaryDirectory(prefix="oagen-base-") as folder:
            archive = self._run("archive", "--format=tar", self.base)
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                tar.extractall(folder, filter=_harmless)  # noqa: S202 - what leads out of it is left out
            project = Path(folder) / self._project.relative_to(self.root.resolve())
            if not project.is_dir():
                raise UsageError(f"the project was not there at {self.base[:12]}")
            yield project

    def _git(self, *arguments: str, what: str | None = None, hint: str = _DEEPER) -> str:
        try:
            return self._run(*arguments).decode("utf-8", "surrogateescape").strip("\n")
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = said[-1].removeprefix("fatal: ") if said else "there is no such commit in this clone"
            where = f"{what!r} can't be compared with" if what is not None else "git history is needed"
            raise UsageError(f"{where}: {reason}", hint=hint) from error

    def _run(self, *arguments: str) -> bytes:
        try:
            return subprocess.run(  # noqa: S603 - arguments, never a shell
                ["git", "-C", str(self._project), *arguments],  # noqa: S607 - the user's git
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
            ).stdout
        except OSError as error:
            raise UsageError(f"git can't be run: {error.strerror}", hint="install git") from error
