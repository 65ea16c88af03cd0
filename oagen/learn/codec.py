"""What was learned as JSON, for the suite's manifest; it holds no secret, since a scenario holds none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oagen.errors import StoreError
from oagen.learn.model import Learned, LearnedPair, Tried, Undocumented, WitnessState
from oagen.scenario import codec

VERSION = 1
"""Of the form written here; a newer one is refused."""


def dump_learned(learned: Learned) -> dict[str, Any]:
    """Return what is worth keeping: how long it took and how many requests it needed is not."""
    head: dict[str, Any] = {"version": VERSION}
    if learned.base_path is not None:
        head["base_path"] = learned.base_path
    return head | {
        "pairs": [
            {"operation": operation, "status": status, **_dump_pair(pair)}
            for (operation, status), pair in learned.pairs.items()
            if pair.tried
        ],
        "undocumented": [
            {"operation": item.operation, "status": item.status, "during": item.during} for item in learned.undocumented
        ],
    }


def load_learned(value: Mapping[str, Any]) -> Learned:
    """Return what `dump_learned` wrote.

    Raises:
        StoreError: It was written by a newer oagen, or is damaged.
    """
    try:
        version = value["version"]
        if version > VERSION:
            raise StoreError(
                f"what was learned has form {version}, which this oagen does not know", hint="upgrade oagen"
            )
        return Learned(
            pairs={(str(item["operation"]), str(item["status"])): _load_pair(item) for item in value["pairs"]},
            undocumented=tuple(
                Undocumented(operation=str(item["operation"]), status=int(item["status"]), during=str(item["during"]))
                for item in value["undocumented"]
            ),
            base_path=str(value["base_path"]) if "base_path" in value else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        hint = "restore the manifest from version control, or learn again with --relearn"
        raise StoreError("what was learned can't be read back", hint=hint) from error


def _dump_pair(pair: LearnedPair) -> dict[str, Any]:
    value: dict[str, Any] = {"complete": pair.complete, "tried": [_dump_tried(item) for item in pair.tried]}
    return value | ({"searched": pair.searched, "fingerprint": pair.fingerprint} if pair.searched else {})


def _dump_tried(item: Tried) -> dict[str, Any]:
    value: dict[str, Any] = {
        "digest": item.digest,
        "title": item.title,
        "technique": item.technique,
        "state": item.state.value,
    }
    if item.answered is not None:
        value["answered"] = item.answered
    if item.kept_status:
        value["kept_status"] = True
    if item.reason is not None:
        value["reason"] = item.reason
    if item.contract is not None:
        value["contract"] = item.contract
    if item.witness is not None:
        value["witness"] = codec.dump(item.witness)
    return value


def _load_pair(value: Mapping[str, Any]) -> LearnedPair:
    return LearnedPair(
        tried=tuple(_load_tried(item) for item in value["tried"]),
        complete=bool(value["complete"]),
        searched=float(value.get("searched", 0.0)),
        fingerprint=str(value.get("fingerprint", "")),
    )


def _load_tried(value: Mapping[str, Any]) -> Tried:
    answered, witness = value.get("answered"), value.get("witness")
    return Tried(
        digest=str(value["digest"]),
        title=str(value["title"]),
        technique=str(value["technique"]),
        state=WitnessState(value["state"]),
        answered=None if answered is None else int(answered),
        kept_status=bool(value.get("kept_status", False)),
        reason=value.get("reason"),
        contract=value.get("contract"),
        witness=None if witness is None else codec.load(witness),
    )
