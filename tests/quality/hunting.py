"""Campaigns against the seeded application, and which of its faults they name."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from oagen.findings.logs import LogTail
from oagen.findings.model import Finding
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished, Noticed
from oagen.scenario.design import design
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions
from oagen.target.model import Target
from tests.quality.seeded.faults import FAULTS, Fault

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """What a campaign found.

    Attributes:
        reported: How many findings name each fault.
        others: Findings that name no seeded fault.
    """

    finished: Finished
    reported: Counter[Fault]
    others: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def missed(self) -> list[Fault]:
        """The faults that no finding names."""
        return [fault for fault in FAULTS if fault not in self.reported]


def agent(*, corrected: bool = False) -> AgentTarget:
    """Start the application in a process of its own."""
    environment = {"SEEDED_CORRECTED": "1" if corrected else "0"}
    return AgentTarget("seeded.app:app", AgentOptions(cwd=HERE, environment=environment))


def described(target: AgentTarget, folder: Path) -> ApiDescription:
    """Return the description that the application offers."""
    file = folder / "openapi.json"
    file.write_text(target.document() or "", encoding="utf-8")
    return load_description(str(file))


def hunt(target: Target, description: ApiDescription, *, seed: int, requests: int, log: LogTail | None = None) -> Hunt:
    """Run a campaign with a budget of requests, as `oagen fuzz` does."""
    options = CampaignOptions(seed=seed, max_seconds=None, max_requests=requests)
    scenarios = sorted(
        design(description), key=lambda one: (not one.status.startswith("2"), one.when.method == "DELETE")
    )
    events = list(Campaign(description, target, options, scenarios=scenarios, log=log).run())
    finished = events[-1]
    assert isinstance(finished, Finished)
    named = [(fault_of(finding), finding) for finding in finished.findings]
    return Hunt(
        finished=finished,
        reported=Counter(fault for fault, _ in named if fault is not None),
        others=tuple(finding for fault, finding in named if fault is None),
        notes=tuple(event.message for event in events if isinstance(event, Noticed)),
    )


def hunt_in_process(folder: Path, *, seed: int, requests: int, corrected: bool = False) -> Hunt:
    """Run a campaign against the application behind the agent."""
    with closing(agent(corrected=corrected)) as target:
        return hunt(target, described(target, folder), seed=seed, requests=requests)


def fault_of(finding: Finding) -> Fault | None:
    """Return the seeded fault that a finding names by its exception and frame."""
    if finding.frame is None:
        return None
    file, _, line = finding.frame.rpartition(":")
    function = _functions(Path(file).name).get(int(line))
    exception = (finding.exception or "").rpartition(".")[2]
    return next(
        (one for one in FAULTS if (one.exception.rpartition(".")[2], one.function) == (exception, function)), None
    )


@functools.cache
def _functions(name: str) -> dict[int, str]:
    """Return the function that each line of a module belongs to, the innermost one."""
    file = HERE / "seeded" / name
    if not file.is_file():
        return {}
    found: dict[int, str] = {}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.update(dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), node.name))
    return found


def names(faults: Sequence[Fault]) -> list[str]:
    """Return faults as text."""
    return sorted(f"{fault.exception} in {fault.function}" for fault in faults)
