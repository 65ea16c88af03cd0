from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import oagen
from oagen.errors import OutputError
from oagen.suite.file_system import FileSystem
from oagen.suite.writing import STAGING, FileChange, recover, write_changes
from tests.suite.suites import FILES, contents, module_of, planned, updated

TESTS = "integration/test_pets.py"
NEW = FILES | {TESTS: module_of(200, 404, 422), "README.md": "# New\n", "unit/test_pets.py": module_of(200)}
MINE = FILES[TESTS].replace("api.get(404)", "api.get(404, mine=True)")


class Killed(BaseException):
    """The process is no more; nothing that it would have done afterwards happens."""


class DyingFileSystem(FileSystem):
    """Dies before its n-th change, or half-way through it."""

    def __init__(self, changes: int, *, half_way: bool = False) -> None:
        self.left = changes
        self.half_way = half_way

    def _spend(self) -> bool:
        self.left -= 1
        if self.left < 0 and not (self.half_way and self.left == -1):
            raise Killed
        return self.left == -1

    def write(self, path: Path, data: bytes) -> None:
        if self._spend():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data[: len(data) // 2])
            raise Killed
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)  # without waiting for the disk

    def replace(self, source: Path, target: Path) -> None:
        if self._spend():
            raise Killed
        super().replace(source, target)

    def make_folder(self, path: Path) -> None:
        if self._spend():
            raise Killed
        super().make_folder(path)

    def remove_folder(self, path: Path) -> None:
        if self._spend():
            for item in sorted(path.iterdir())[:2]:
                item.unlink()
            raise Killed
        super().remove_folder(path)


def killed_at(folder: Path, files: dict[str, str], changes: int, *, half_way: bool = False) -> bool:
    """Update a suite and be killed before a change; tell whether that came about."""
    try:
        updated(folder, files, file_system=DyingFileSystem(changes, half_way=half_way))
    except Killed:
        return True
    return False


@pytest.mark.parametrize("half_way", [False, True])
def test_killed_anywhere_each_file_is_old_or_new_and_the_next_run_completes(tmp_path: Path, half_way: bool) -> None:
    point = 0
    while True:
        folder = tmp_path / str(point)
        updated(folder, FILES)
        (folder / TESTS).write_text(MINE)
        before = contents(folder)
        merged = MINE + "\n" + module_of(422)[module_of(422).index("    def") :]
        after = NEW | {TESTS: merged}

        killed = killed_at(folder, NEW, point, half_way=half_way)

        for path, text in contents(folder).items():
            if not path.startswith(STAGING):
                assert text in (before.get(path), after[path]), (point, path)
        updated(folder, NEW)
        assert contents(folder) == after, point
        assert planned(folder, NEW).is_clean
        if not killed:
            break
        point += 1
    assert point > 8  # it died at many points


def test_killed_in_the_first_generation_the_next_run_completes(tmp_path: Path) -> None:
    point = 0
    while killed_at(tmp_path / str(point), FILES, point):
        updated(tmp_path / str(point), FILES)
        assert contents(tmp_path / str(point)) == FILES
        point += 1
    assert point > 8


def test_killed_again_while_recovering(tmp_path: Path) -> None:
    for point in range(9, 13):
        for again in range(6):
            folder = tmp_path / f"{point}-{again}"
            updated(folder, FILES)
            killed_at(folder, NEW, point)
            killed_at(folder, NEW, again)

            updated(folder, NEW)

            assert contents(folder) == NEW


def test_an_edit_made_after_the_kill_is_merged_and_not_lost(tmp_path: Path) -> None:
    seen = 0
    for point in range(8, 12):
        for again in range(0, 12, 2):
            folder = tmp_path / f"{point}-{again}"
            updated(folder, FILES)
            killed_at(folder, NEW, point)
            if not (folder / STAGING / "journal.json").exists() or "422" in (folder / TESTS).read_text():
                continue
            seen += 1
            (folder / TESTS).write_text(MINE)
            killed_at(folder, NEW, again)  # recovery itself may be killed as well

            updated(folder, NEW)

            text = (folder / TESTS).read_text()
            assert "mine=True" in text
            assert "test_422" in text
            assert planned(folder, NEW).is_clean
    assert seen > 5


def test_sigkill_of_a_real_process(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from oagen.suite.file_system import FileSystem
        from tests.suite.suites import updated
        from tests.suite.test_writing import NEW

        class Dying(FileSystem):
            left = int(sys.argv[2])

            def replace(self, source, target):
                Dying.left -= 1
                if Dying.left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                super().replace(source, target)

        updated(Path(sys.argv[1]), NEW, file_system=Dying())
    """)
    root = Path(oagen.__file__).parents[1]
    for point in (0, 1, 3, 5):
        folder = tmp_path / str(point)
        updated(folder, FILES)
        process = subprocess.run(
            [sys.executable, "-c", program, str(folder), str(point)],
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(root)},
            timeout=60,
            check=False,
        )
        assert process.returncode == -signal.SIGKILL

        updated(folder, NEW)

        assert contents(folder) == NEW


class FailingFileSystem(FileSystem):
    """A disk that is full, or a folder that can't be written, from the n-th write on."""

    def __init__(self, code: int, after: int) -> None:
        self.code = code
        self.left = after

    def write(self, path: Path, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(self.code, os.strerror(self.code), str(path))
        super().write(path, data)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("after", [0, 1, 5])
def test_a_full_disk_changes_nothing_and_is_named(tmp_path: Path, code: int, after: int) -> None:
    folder = tmp_path / "suite"
    updated(folder, FILES)

    with pytest.raises(OutputError, match=os.strerror(code)) as caught:
        updated(folder, NEW, file_system=FailingFileSystem(code, after))

    assert "nothing was changed" in (caught.value.hint or "")
    assert contents(folder) == FILES
    assert planned(folder, FILES).is_clean


def test_a_full_disk_leaves_no_new_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        updated(tmp_path / "suite", FILES, file_system=FailingFileSystem(errno.ENOSPC, 3))

    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_writing_changes_nothing(tmp_path: Path) -> None:
    class Interrupted(FileSystem):
        def write(self, path: Path, data: bytes) -> None:
            if path.name == "2":
                raise KeyboardInterrupt
            super().write(path, data)

    folder = tmp_path / "suite"
    updated(folder, FILES)

    with pytest.raises(KeyboardInterrupt):
        updated(folder, NEW, file_system=Interrupted())

    assert contents(folder) == FILES


def test_ctrl_c_while_moving_waits_until_all_is_in_place(tmp_path: Path) -> None:
    class Interrupted(FileSystem):
        def replace(self, source: Path, target: Path) -> None:
            super().replace(source, target)
            if target.name == "README.md":
                signal.raise_signal(signal.SIGINT)

    folder = tmp_path / "suite"
    updated(folder, FILES)

    with pytest.raises(KeyboardInterrupt):
        updated(folder, NEW, file_system=Interrupted())

    assert contents(folder) == NEW
    assert planned(folder, NEW).is_clean


def test_a_file_saved_between_plan_and_write_is_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "suite"
    updated(folder, FILES)
    update = planned(folder, NEW)
    (folder / "README.md").write_text("mine")

    with pytest.raises(OutputError, match="was changed while oagen was running"):
        write_changes(folder, update.changes)

    assert contents(folder) == FILES | {"README.md": "mine"}


def test_a_link_inside_the_suite_is_followed_rather_than_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "suite"
    updated(folder, FILES)
    (folder / "README.md").rename(folder / "READ.md")
    (folder / "README.md").symlink_to("READ.md")

    updated(folder, FILES | {"README.md": "# New\n"})

    assert (folder / "README.md").is_symlink()
    assert (folder / "READ.md").read_text() == "# New\n"


def test_a_journal_may_not_lead_out_of_the_suite(tmp_path: Path) -> None:
    folder = tmp_path / "suite"
    (folder / STAGING).mkdir(parents=True)
    (folder / STAGING / "0").write_text("evil")
    (folder / STAGING / "journal.json").write_text(
        '{"files": [{"path": "../x.py", "before": null, "after": "0"}]}', encoding="utf-8"
    )

    with pytest.raises(OutputError, match="is not a path inside a suite"):
        recover(folder)

    assert not (tmp_path / "x.py").exists()


def test_writing_needs_no_manifest(tmp_path: Path) -> None:
    write_changes(tmp_path / "new", [FileChange(path="a/b.txt", before=None, after=b"x")])

    assert contents(tmp_path / "new") == {"a/b.txt": "x"}
