"""Outcomes as JSON, for the suite's manifest; they hold no secret, since no credentials are sent."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from oagen.errors import StoreError
from oagen.outcomes.model import Outcome, Outcomes, Replaced, SeamKind, UnitWitness, Unreached
from oagen.scenario.wire import WireRequest

VERSION = 1
"""Of the form written here; a newer one is refused."""


def dump_outcomes(outcomes: Outcomes) -> dict[str, Any]:
    """Return what is worth keeping."""
    return {
        "version": VERSION,
        "app": outcomes.app,
        "witnesses": [_dump_witness(item) for item in outcomes.witnesses],
        "unreached": [
            {"operation": item.operation, "status": item.status, "reason": item.reason} for item in outcomes.unreached
        ],
        "fingerprints": dict(outcomes.fingerprints),
        "unmapped": list(outcomes.unmapped),
    }


def load_outcomes(value: Mapping[str, Any]) -> Outcomes:
    """Return what `dump_outcomes` wrote.

    Raises:
        StoreError: It was written by a newer oagen, or is damaged.
    """
    try:
        if value["version"] > VERSION:
            raise StoreError(
                f"outcomes have form {value['version']}, which this oagen does not know", hint="upgrade oagen"
            )
        return Outcomes(
            app=str(value["app"]),
            witnesses=tuple(map(_load_witness, value["witnesses"])),
            unreached=tuple(Unreached(**item) for item in value["unreached"]),
            fingerprints=dict(value["fingerprints"]),
            unmapped=tuple(value["unmapped"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        hint = "restore the manifest from version control, or learn again with --relearn"
        raise StoreError("the outcomes of unit tests can't be read back", hint=hint) from error


def _dump_witness(item: UnitWitness) -> dict[str, Any]:
    request = item.request
    value: dict[str, Any] = {
        "operation": item.operation,
        "status": item.status,
        "answered": item.answered,
        "reason": item.reason,
        "method": request.method,
        "target": request.target,
        "replaced": [_dump_replaced(each) for each in item.replaced],
    }
    if request.headers:
        value["request_headers"] = [list(pair) for pair in request.headers]
    if request.body is not None:
        value["request_body"] = base64.b64encode(request.body).decode("ascii")
    if item.body is not None:
        value.update(body=item.body, whole=item.whole)
    if item.headers:
        value["headers"] = [list(pair) for pair in item.headers]
    if item.weak:
        value["weak"] = item.weak
    return value


def _load_witness(value: Mapping[str, Any]) -> UnitWitness:
    body = value.get("request_body")
    return UnitWitness(
        operation=str(value["operation"]),
        status=str(value["status"]),
        answered=int(value["answered"]),
        reason=str(value["reason"]),
        request=WireRequest(
            method=str(value["method"]),
            target=str(value["target"]),
            headers=tuple((name, text) for name, text in value.get("request_headers", ())),
            body=None if body is None else base64.b64decode(body),
        ),
        replaced=tuple(map(_load_replaced, value["replaced"])),
        body=value.get("body"),
        whole=bool(value.get("whole", True)),
        headers=tuple((name, text) for name, text in value.get("headers", ())),
        weak=str(value.get("weak", "")),
    )


def _dump_replaced(item: Replaced) -> dict[str, Any]:
    value: dict[str, Any] = {
        "target": item.target,
        "kind": item.kind.value,
        "outcomes": [each.told() for each in item.outcomes],
    }
    if item.autospec:
        value["autospec"] = True
    if item.holder:
        value["holder"] = item.holder
    if item.called_with is not None:
        value["called_with"] = [list(arguments) for arguments in item.called_with]
    return value


def _load_replaced(value: Mapping[str, Any]) -> Replaced:
    called = value.get("called_with")
    return Replaced(
        target=str(value["target"]),
        kind=SeamKind(value["kind"]),
        outcomes=tuple(
            Outcome(value=item["raise"] if "raise" in item else item["return"], raises="raise" in item)
            for item in value["outcomes"]
        ),
        autospec=bool(value.get("autospec", False)),
        holder=str(value.get("holder", "")),
        called_with=None if called is None else tuple(tuple(arguments) for arguments in called),
    )
