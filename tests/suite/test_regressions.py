"""The tests of findings fail as expected while the fault is there, and say so when it is gone."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from oagen.config.settings import Settings, SuiteSettings
from oagen.findings.model import Finding, FindingKind
from oagen.scenario.model import Body, Literal
from oagen.suite.emitting import emit_tests
from oagen.suite.generating import generate_suite
from oagen.suite.merging import MergeRules
from oagen.suite.writing import write_changes
from tests.findings import faulty
from tests.suite.running import Ran, run


def _emitted(root: Path, *findings: Finding, folder: str = "found") -> Path:
    emit_tests(root / folder, faulty.description(root), findings, seconds=1.0)
    (root / "cellar.py").write_text(faulty.APP)
    (root / "mended.py").write_text(faulty.FIXED)
    return root / folder


def _run(folder: Path, app: str, *arguments: str) -> Ran:
    return run(folder, "--api-app", f"{app}:app", "-rA", "--strict-markers", *arguments)


@pytest.mark.parametrize("name", ["found", "found-faults"])
def test_while_the_fault_is_there_the_tests_fail_as_expected(tmp_path: Path, name: str) -> None:
    ran = _run(_emitted(tmp_path, *faulty.FINDINGS, folder=name), "cellar")

    assert ran.code == 0, ran.output
    assert "2 xfailed" in ran.output


def test_when_it_is_fixed_they_fail_and_say_what_to_do(tmp_path: Path) -> None:
    ran = _run(_emitted(tmp_path, *faulty.FINDINGS), "mended")

    assert ran.code == 1
    assert "2 failed" in ran.output
    assert "[XPASS(strict)] finding aaaa11112222: POST /bottles answers an undocumented 500" in ran.output
    assert "take this mark away" in ran.output


def test_without_the_mark_the_test_keeps_it_fixed(tmp_path: Path) -> None:
    folder = _emitted(tmp_path, *faulty.FINDINGS)

    assert _run(folder, "mended", "--runxfail").code == 0
    broken = _run(folder, "cellar", "--runxfail")
    assert broken.code == 1
    assert "answered 500; documented: 200, 404, 422" in broken.output


def test_set_up_that_fails_is_not_expected(tmp_path: Path) -> None:
    folder = _emitted(tmp_path, *faulty.FINDINGS)
    (tmp_path / "closed.py").write_text(faulty.APP.replace("return 201,", "return 500,"))
    ran = _run(folder, "closed", "-k", faulty.DIVIDED.fingerprint)

    assert ran.code == 1
    assert "SetupError" in ran.output
    assert "xfailed" not in ran.output


def test_another_undocumented_answer_is_not_expected(tmp_path: Path) -> None:
    folder = _emitted(tmp_path, *faulty.FINDINGS)
    (tmp_path / "other.py").write_text(faulty.FIXED.replace('422, {"detail": "nobody"}', "418, {}"))
    ran = _run(folder, "other", "-k", faulty.DIVIDED.fingerprint)

    assert ran.code == 1
    assert "no server error any more, but not as documented: answered 418" in ran.output


def test_an_api_that_hangs_is_waited_for_in_vain(tmp_path: Path) -> None:
    silent = replace(faulty.BROKEN, kind=FindingKind.TIMEOUT, status=None, exception=None, frame=None)
    folder = _emitted(tmp_path, silent)
    (tmp_path / "hanging.py").write_text(
        faulty.APP.replace("bottle = json", "import time; time.sleep(4)\n        bottle = json")
    )

    assert "1 xfailed" in _run(folder, "hanging").output
    assert "XPASS(strict)" in _run(folder, "mended").output


def test_a_flaky_finding_may_pass(tmp_path: Path) -> None:
    ran = _run(_emitted(tmp_path, replace(faulty.BROKEN, flaky=True)), "mended")

    assert ran.code == 0
    assert "1 xpassed" in ran.output


def test_they_stand_beside_the_tests_of_a_suite(tmp_path: Path) -> None:
    description = faulty.description(tmp_path)
    suite = generate_suite(description, Settings(suite=SuiteSettings(out=tmp_path / "api_tests")))
    write_changes(tmp_path / "api_tests", suite.update_of(tmp_path / "api_tests", MergeRules()).changes)
    before = _contents(tmp_path / "api_tests")
    folder = _emitted(tmp_path, *faulty.FINDINGS, folder="api_tests")

    after = _contents(folder)
    assert {path: text for path, text in after.items() if not path.startswith("regressions/")} == before
    assert "2 xfailed" in _run(folder, "cellar", "-m", "regression").output
    assert suite.update_of(folder, MergeRules()).is_clean


def test_edits_survive_and_a_finding_that_is_gone_is_told(tmp_path: Path) -> None:
    folder = _emitted(tmp_path, *faulty.FINDINGS)
    module = folder / "regressions" / "test_bottles.py"
    module.write_text(
        re.sub(r"    @pytest.mark.xfail\(.*?\n    \)\n", "", module.read_text(), count=1, flags=re.DOTALL)
    )
    edited = module.read_text()
    updates = emit_tests(folder, faulty.description(tmp_path), [faulty.DIVIDED])

    assert module.read_text() == edited
    assert any("aaaa11112222" in name for update in updates for name in update.obsolete)


@pytest.mark.parametrize("name", ["found", "found-faults"])
def test_they_are_clean_and_name_no_place(tmp_path: Path, name: str) -> None:
    folder = _emitted(tmp_path, *faulty.FINDINGS, folder=name)

    for command in (
        [find_ruff_bin(), "check", "--isolated", "--no-cache", "--select", "F,W,I,N,UP,B,SIM,PT"],
        [find_ruff_bin(), "format", "--isolated", "--no-cache", "--check"],
        *([[sys.executable, "-m", "mypy", "--strict", "--cache-dir", "/dev/null"]] if name == "found" else []),
    ):
        cwd, where = (tmp_path, name) if name.isidentifier() else (folder, ".")
        done = subprocess.run([*command, where], cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    text = "".join(path.read_text() for path in (folder / "regressions").glob("*.py"))
    assert "http://" not in text
    assert "(ZeroDivisionError at cellar.py)" in text
    assert str(tmp_path) not in text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    hostile = '"""); raise SystemExit(7)\n#\x1b[31m\u202e'
    finding = replace(faulty.BROKEN, exception=hostile, frame=hostile, message=hostile)
    ran = _run(_emitted(tmp_path, finding), "cellar")

    assert ran.code == 0, ran.output
    assert "1 xfailed" in ran.output


def _contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_of_several_answers_the_server_error_decides(tmp_path: Path) -> None:
    scenario = faulty.DIVIDED.scenario
    fine = replace(scenario.when, body=Body(media_type="application/json", value=Literal({"people": 2})))
    colliding = replace(faulty.DIVIDED, scenario=replace(scenario, when=fine, alongside=(scenario.when,)))
    folder = _emitted(tmp_path, colliding)

    assert "1 xfailed" in _run(folder, "cellar").output
    assert "XPASS(strict)" in _run(folder, "mended").output


def test_headers_of_every_request_come_from_the_environment(tmp_path: Path) -> None:
    app = faulty.APP.replace(
        "def answered(method, path, body):",
        "def answered(method, path, body, keys):\n    if keys != [b'k3y-of-the-tests']:\n        return 401, {}",
    ).replace('scope["path"], body)', 'scope["path"], body, [v for n, v in scope["headers"] if n == b"x-api-key"])')
    emit_tests(tmp_path / "found", faulty.description(tmp_path), faulty.FINDINGS, headers=["X-Api-Key"])
    (tmp_path / "cellar.py").write_text(app)

    without = _run(tmp_path / "found", "cellar")
    arguments = ("--api-app", "cellar:app", "-rA")
    carried = run(tmp_path / "found", *arguments, X_API_KEY="k3y-of-the-tests")

    assert (without.code, "2 skipped" in without.output) == (0, True), without.output
    assert "needs the header X-Api-Key" in without.output
    assert "2 xfailed" in carried.output, carried.output
