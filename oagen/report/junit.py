"""A campaign as JUnit's XML: a failed test case for each finding, a passed one for each operation without any."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from oagen.findings.proof import Proof
from oagen.report.account import Account
from oagen.report.finding_text import proof_lines
from oagen.report.terminal_text import on_one_line, shown

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2: Char


def render(account: Account) -> str:
    """Return a campaign as JUnit's XML.

    What is documented, accepted, waived or fixed is a skipped case: it is no failure. A campaign that was cut off is
    an error, so that nobody takes what it did not test for passed.
    """
    suite = ET.Element("testsuite", name="oagen fuzz")
    properties = ET.SubElement(suite, "properties")
    for name, value in (("api", account.api), ("requests", str(account.requests)), ("stop", account.stop)):
        ET.SubElement(properties, "property", name=name, value=_line(value))
    failures = skipped = 0
    for proof in account.proofs:
        case = _case(suite, proof.finding.operation, f"{proof.finding.sentence} [{proof.finding.fingerprint}]")
        reason = excuse(proof)
        if reason is not None:
            skipped += 1
            ET.SubElement(case, "skipped", message=_line(reason))
            continue
        failures += 1
        failure = ET.SubElement(case, "failure", type=proof.finding.kind.value, message=_line(proof.finding.sentence))
        failure.text = _text("\n".join(proof_lines(proof, longest=None)))
    with_findings = {name for proof in account.proofs for name in proof.finding.operations}
    for operation, counts in account.responses.items():
        if operation not in with_findings:
            case = _case(suite, operation, "keeps its contract")
            told = ET.SubElement(case, "system-out")
            told.text = _text(", ".join(f"{status}: {count}" for status, count in counts.items()))
    if not account.is_whole:
        case = _case(suite, "oagen fuzz", "the campaign ran to its end")
        told = ET.SubElement(case, "error", type="cut-off", message=_line(account.stop))
        told.text = _text("\n".join(account.notices))
    numbers = {
        "tests": str(len(suite.findall("testcase"))),
        "failures": str(failures),
        "errors": str(len(suite.findall("testcase/error"))),
        "skipped": str(skipped),
        "time": f"{account.seconds:.3f}",
    }
    suite.attrib.update(numbers)
    root = ET.Element("testsuites", {"name": "oagen", **numbers})
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def excuse(proof: Proof) -> str | None:
    """Return why a finding is no failure; None where it is one."""
    finding = proof.finding
    if not finding.was_met:
        return finding.verdict.value
    if proof.settled:
        return f"accepted: {proof.reason}" if proof.reason else "accepted"
    return "the status is documented" if finding.is_excused else None


def _case(suite: ET.Element, operation: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=_line(operation), name=_line(name))


def _line(text: str) -> str:
    return _ILLEGAL.sub("", on_one_line(text))


def _text(text: str) -> str:
    """Return text that XML can hold: control characters are shown as escapes, and what is left of them removed."""
    return _ILLEGAL.sub("", shown(text))
