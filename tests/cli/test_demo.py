from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from oagen.demo.faults import PLANTED
from tests.cli.running import ROOT, oagen_in


@pytest.mark.slow
def test_the_demo_runs_and_only_planted_faults_show(tmp_path: Path) -> None:
    ended = oagen_in(tmp_path, "demo", "--out", "shop")

    assert ended.code == 0, ended.err
    failed, _, hunted = ended.out.partition("What failed ")[2].partition("oagen fuzz ")
    assert "planted fault" in failed
    assert "not a planted fault" not in hunted
    assert sum(f"planted fault {number}:" in hunted for number in (1, 2, 3, 4)) >= 3
    assert "not a planted fault" not in failed
    shown = {fault.number for fault in PLANTED if f"planted fault {fault.number}:" in failed}
    assert shown == {fault.number for fault in PLANTED if fault.responses}
    command = ended.out.rstrip().splitlines()[-1].strip()
    assert command.startswith("ALICE_TOKEN=alice-demo-token BOB_TOKEN=")
    again = subprocess.run(
        ["bash", "-c", f"{command} --collect-only -q"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stdout
    matrix = oagen_in(tmp_path / "shop", "matrix", "--json", "-", "--level", "integration", "--level", "contract")
    cells = json.loads(matrix.out)["cells"]
    assert sum(cell["outcome"] == "passed" for cell in cells) >= 0.85 * len(cells)


@pytest.mark.slow
def test_the_demo_leaves_another_project_alone(tmp_path: Path) -> None:
    (tmp_path / "oagen.toml").write_text("# mine\n")

    ended = oagen_in(tmp_path, "demo", "--out", ".")

    assert ended.code == 2
    assert (tmp_path / "oagen.toml").read_text() == "# mine\n"
    assert [path.name for path in tmp_path.iterdir()] == ["oagen.toml"]
