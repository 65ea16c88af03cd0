"""Runs of a generated suite, as pytest reports them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path

from checkout import BOOKSHOP_TOKENS, REPOSITORY


def reported(
    suite: Path,
    options: Sequence[str],
    limit: float,
    variables: Mapping[str, str] | None = None,
    searched: Sequence[Path] = (),
) -> ET.ElementTree[ET.Element]:
    """Run a suite once and return the JUnit report; where there is none, this process ends and says why.

    Args:
        options: Of pytest.
        limit: Seconds that it may take.
        variables: Of the environment, beside the tokens of the bookshop.
        searched: Folders that modules are imported from, too.
    """
    environment = BOOKSHOP_TOKENS | dict(os.environ) | dict(variables or {})
    paths = [str(REPOSITORY), *map(str, searched), os.environ.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    environment.pop("OAGEN_RUN", None)
    with tempfile.TemporaryDirectory(prefix="suite-run-") as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", suite.name, "-q", "--tb=no", "-p", "no:cacheprovider"),
                *(f"--junitxml={report}", *options),
            ],
            cwd=suite.parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
        if not report.exists():
            sys.exit(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return ET.parse(report)
