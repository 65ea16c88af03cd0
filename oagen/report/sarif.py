"""A campaign as SARIF 2.1.0, for code scanning: findings at the line of the document, and of the source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from oagen import __version__
from oagen.findings.fingerprint import decisive
from oagen.findings.model import Finding, FindingKind, StoredVerdict
from oagen.findings.proof import Proof
from oagen.findings.tracebacks import parse_tracebacks
from oagen.report.account import Account, Places
from oagen.report.places import Place
from oagen.report.terminal_text import on_one_line, shown

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "PROJECTROOT"
_HOSTS = "HOSTS"

_RULES = {
    FindingKind.UNDOCUMENTED_5XX: (
        "UndocumentedServerError",
        "error",
        "The API answers a request with a server error that its description does not document.",
        "Answer with a documented status, or document this one, where it is meant. The commands draw it again.",
    ),
    FindingKind.DOCUMENTED_5XX: (
        "DocumentedServerError",
        "note",
        "The API answers a request with a server error that its description documents.",
        "A documented server error keeps the contract. Look whether the request should draw it.",
    ),
    FindingKind.DROPPED: (
        "ConnectionDropped",
        "error",
        "The API ends the connection without an answer.",
        "The process may have died, or a server in front of it gave up: look into its log at this request.",
    ),
    FindingKind.TIMEOUT: (
        "NoAnswerInTime",
        "error",
        "The API does not answer a request in time, while it answers others.",
        "Look for a loop, a lock, or a regular expression that backtracks, in what handles this request.",
    ),
    FindingKind.PROTOCOL: (
        "NotHttp",
        "error",
        "The API answers a request with something that is not HTTP.",
        "Look at the headers that the answer is made with; a line break in a value is a common cause.",
    ),
    FindingKind.UNDOCUMENTED_STATUS: (
        "UndocumentedStatus",
        "warning",
        "The API answers a request with a status that its description does not document.",
        "Document the status, or answer with one that is documented.",
    ),
    FindingKind.CONTENT_TYPE: (
        "UndocumentedContentType",
        "warning",
        "The API answers with another content type than its description documents, or without content.",
        "Send what is documented for this status, or document what is sent.",
    ),
    FindingKind.SCHEMA: (
        "InvalidBody",
        "warning",
        "The API answers with a body that is not valid against its documented schema.",
        "Mend the value, or the schema, at the place that is named. Two validators agree on it.",
    ),
    FindingKind.HEADERS: (
        "InvalidHeaders",
        "warning",
        "The API leaves out a header that its description requires, or sends it with an invalid value.",
        "Send the header as documented, or mend its description.",
    ),
}
_BASELINE = {
    StoredVerdict.NEW: "new",
    StoredVerdict.KNOWN: "unchanged",
    StoredVerdict.REGRESSED: "new",
    StoredVerdict.NOT_REACHED: "unchanged",
}


def render(account: Account) -> str:
    """Return a campaign as SARIF, in ASCII."""
    return json.dumps(campaign_sarif(account), indent=2, ensure_ascii=True) + "\n"


def campaign_sarif(account: Account) -> dict[str, Any]:
    """Return a campaign as a SARIF log with one run: the faults that there are now.

    What is fixed is left out, since code scanning takes each result for a fault that is there, whatever its baseline.
    """
    kinds = list(FindingKind)
    run = {
        "tool": {
            "driver": {
                "name": "oagen",
                "version": __version__,
                "rules": [_rule(kind) for kind in kinds],
            }
        },
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The repository's root; without a repository, the project's folder."}},
            _HOSTS: {"description": {"text": "What hosts offer: below the name of each, its paths."}},
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": account.is_whole,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": _message(notice)}} for notice in account.notices
                ],
            }
        ],
        "results": [
            _result(proof, account.places.get(proof.finding.fingerprint, Places()), kinds.index(proof.finding.kind))
            for proof in account.proofs
            if proof.finding.verdict is not StoredVerdict.FIXED
        ],
        "properties": {"requests": account.requests, "seconds": round(account.seconds, 3), "stop": account.stop},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(kind: FindingKind) -> dict[str, Any]:
    name, level, what, help_text = _RULES[kind]
    return {
        "id": kind.value,
        "name": name,
        "shortDescription": {"text": what},
        "fullDescription": {"text": f"{what} {help_text}"},
        "help": {"text": help_text, "markdown": help_text},
        "defaultConfiguration": {"level": level},
    }


def _result(proof: Proof, places: Places, rule: int) -> dict[str, Any]:
    finding = proof.finding
    named = ((places.document, "Documented here."), (places.source, "Raised here."))
    known = [(place, what) for place, what in named if place is not None]
    known.sort(key=lambda item: not item[0].is_inside)  # code scanning shows the first, where it has the file
    result: dict[str, Any] = {
        "ruleId": finding.kind.value,
        "ruleIndex": rule,
        "level": _RULES[finding.kind][1],
        "message": {"text": _message(f"{finding.sentence}.") + "\n\n" + _message(proof.curl, lines=True)},
        "locations": [_location(place) for place, _ in known[:1]],
        "partialFingerprints": {
            "oagenFingerprint/v1": finding.fingerprint,
            "primaryLocationLineHash": finding.fingerprint,  # the one that GitHub tells alerts apart by
        },
        "baselineState": _BASELINE[finding.verdict],
        "occurrenceCount": finding.count,
        "properties": {
            "operations": list(finding.operations),
            "verdict": finding.verdict.value,
            "flaky": finding.flaky,
            "scenario": proof.scenario,
        },
    }
    related = [_related(number, *item) for number, item in enumerate(known[1:], start=1)]
    related += _requests(finding, places.request or places.document, len(related))
    result["relatedLocations"] = related
    if stack := _stack(finding):
        result["stacks"] = [stack]
    if proof.settled:
        result["suppressions"] = [
            {"kind": "external", "justification": on_one_line(proof.reason or "accepted"), "status": "accepted"}
        ]
    return result


def _requests(finding: Finding, place: Place | None, before: int) -> Iterator[dict[str, Any]]:
    """Yield the requests of a finding's scenario, at the operation that the document has for the last of them."""
    scenario = finding.scenario
    texts = [f"Given {step.request.operation}, answered {step.status}." for step in scenario.steps]
    operations = [step.request.operation for step in scenario.steps]
    texts.append(f"The request is {scenario.when.operation}.")
    for number, (text, operation) in enumerate(
        zip(texts, [*operations, scenario.when.operation], strict=True), start=before + 1
    ):
        is_last = number == before + len(texts)
        yield {
            "id": number,
            "message": {"text": _message(text)},
            "logicalLocations": [{"fullyQualifiedName": on_one_line(operation)}],
            **(_location(place) if place is not None and is_last else {}),
        }


def _location(place: Place) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(place)}
    if place.line:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical}


def _related(number: int, place: Place, message: str) -> dict[str, Any]:
    return {"id": number, "message": {"text": message}, **_location(place)}


def _artifact(place: Place) -> dict[str, str]:
    if "://" in place.path:  # as a relative URI: code scanning takes files only, and refuses all of a log otherwise
        return {"uri": quote(place.path.partition("://")[2], safe="/~"), "uriBaseId": _HOSTS}
    return {"uri": quote(place.path, safe="/~"), "uriBaseId": _ROOT}


def _stack(finding: Finding) -> dict[str, Any] | None:
    traceback = decisive(parse_tracebacks(finding.traceback)) if finding.traceback else None
    if traceback is None:
        return None
    last = traceback.last
    return {
        "message": {"text": _message(f"{last.exception}: {finding.message}")},
        "frames": [
            {
                "location": {
                    "logicalLocations": [{"fullyQualifiedName": on_one_line(f"{frame.function} at line {frame.line}")}],
                    "message": {"text": _message(frame.code or frame.function)},
                },
                "module": on_one_line(frame.file.replace("\\", "/").rpartition("/")[2]),
            }
            for frame in reversed(last.frames)
        ],
    }


def _message(text: str, *, lines: bool = False) -> str:
    """Return plain text for a message: what would read as a link is none any more (SARIF 2.1.0, 3.11.6)."""
    harmless = shown(text) if lines else on_one_line(text)
    return harmless.replace("](", "\\](")
