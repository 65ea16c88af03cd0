"""What a suite knows of itself: the files that were generated last, and the status matrix.

Two files lie in the suite's folder, to be committed with it. `manifest.json` is for people and machines: versions, a
checksum for each generated file, one line for each cell. `generated.json` holds the texts that were generated last,
compressed, one line for each file, so that a version control system merges and diffs it line by line. A text that
did not change keeps its line as it is, whichever zlib has written it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oagen import __version__
from oagen.errors import StoreError
from oagen.learn.codec import dump_learned, load_learned
from oagen.learn.model import Learned
from oagen.outcomes.codec import dump_outcomes, load_outcomes
from oagen.outcomes.model import Outcomes
from oagen.suite.file_system import FileSystem
from oagen.suite.matrix import Matrix
from oagen.suite.matrix_codec import dump_cell, dump_diagnostic, load_matrix

MANIFEST = "manifest.json"
TEXTS = "generated.json"
FORMAT = 1
_HINT = "restore both from version control, or generate into another folder with --out and move your edits there"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedFile:
    """One file as it was last generated.

    Attributes:
        sha256: Of the text in UTF-8, hexadecimal.
        packed: The text, compressed, in base64.
    """

    sha256: str
    packed: str

    @classmethod
    def of(cls, text: str, before: GeneratedFile | None = None) -> GeneratedFile:
        """Return the record of a text; that of before where the text is the same."""
        checksum = sha256(text.encode())
        if before is not None and before.sha256 == checksum:
            return before
        return cls(sha256=checksum, packed=base64.b64encode(zlib.compress(text.encode(), 6)).decode("ascii"))

    def text(self) -> str | None:
        """Return the text, or None where it is damaged."""
        try:
            data = zlib.decompress(base64.b64decode(self.packed, validate=True))
        except (binascii.Error, ValueError, zlib.error):
            return None
        return data.decode("utf-8", "replace") if sha256(data) == self.sha256 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a suite.

    Attributes:
        document: The API description's name as the user gave it.
        files: What was last generated, by path relative to the suite's folder.
        matrix: As it was when the suite was generated.
        learned: What a live target has shown of its scenarios; None where none was asked.
        outcomes: Those of the application's collaborators that its unit tests are made of.
    """

    document: str
    files: Mapping[str, GeneratedFile]
    matrix: Matrix
    learned: Learned | None = None
    outcomes: Outcomes | None = None


def sha256(data: bytes) -> str:
    """Return the checksum used in manifests and journals."""
    return hashlib.sha256(data).hexdigest()


def load_manifest(folder: Path, files: FileSystem | None = None) -> Manifest | None:
    """Return the manifest of the suite in a folder; None where there is none.

    Raises:
        StoreError: It is damaged, or was written by a newer oagen.
    """
    files = files or FileSystem()
    try:
        data, texts = files.read(folder / MANIFEST), files.read(folder / TEXTS)
    except OSError as error:
        raise StoreError(f"the manifest in {folder} can't be read: {error.strerror}") from error
    if data is None:
        return None
    value = _parsed(data, folder / MANIFEST)
    packed = _parsed(texts, folder / TEXTS).get("files", {}) if texts is not None else {}
    try:
        return Manifest(
            document=value["document"],
            files={
                path: GeneratedFile(sha256=str(checksum), packed=str(packed.get(path, "")))
                for path, checksum in value["files"].items()
            },
            matrix=load_matrix(value),
            learned=load_learned(value["learned"]) if "learned" in value else None,
            outcomes=load_outcomes(value["outcomes"]) if "outcomes" in value else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"{folder / MANIFEST} is damaged", hint=_HINT) from error


def dump_manifest(manifest: Manifest) -> dict[str, str]:
    """Return the texts of the manifest's two files by name; the same manifest gives the same bytes."""
    matrix, files = manifest.matrix, sorted(manifest.files.items())
    head = {
        "format": FORMAT,
        "oagen": __version__,
        "document": manifest.document,
        "operations": matrix.operations,
        "documented": matrix.documented,
    }
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    lines.append(f'"files": {_block([f"{json.dumps(path)}: {json.dumps(file.sha256)}" for path, file in files], "{}")}')
    lines.append(f'"cells": {_block([json.dumps(dump_cell(cell)) for cell in matrix.cells], "[]")}')
    lines.append(f'"diagnostics": {_block([json.dumps(dump_diagnostic(d)) for d in matrix.diagnostics], "[]")}')
    if manifest.learned is not None:
        lines.append(f'"learned": {_block_of(dump_learned(manifest.learned))}')
    if manifest.outcomes is not None:
        lines.append(f'"outcomes": {_block_of(dump_outcomes(manifest.outcomes))}')
    packed = _block([f"{json.dumps(path)}: {json.dumps(file.packed)}" for path, file in files], "{}")
    return {
        TEXTS: f'{{\n"format": {FORMAT},\n"files": {packed}\n}}\n',
        MANIFEST: "{\n" + ",\n".join(lines) + "\n}\n",
    }


def _block_of(learned: Mapping[str, Any]) -> str:
    """Return what was learned with one line for each documented response, or test."""
    members = []
    for name, value in learned.items():
        text = _block([json.dumps(item) for item in value], "[]") if isinstance(value, list) else json.dumps(value)
        members.append(f"{json.dumps(name)}: {text}")
    return _block(members, "{}")


def _block(lines: list[str], brackets: str) -> str:
    return f"{brackets[0]}\n" + ",\n".join(lines) + f"\n{brackets[1]}" if lines else brackets


def _parsed(data: bytes, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        message = f"{path} is not JSON"
        if b"<<<<<<<" in data:
            message = f"{path} holds the marks of a merge conflict"
        raise StoreError(message, hint=_HINT) from error
    if not isinstance(value, dict) or not isinstance(value.get("format"), int):
        raise StoreError(f"{path} is not one of oagen's", hint="generate into another folder with --out")
    if value["format"] > FORMAT:
        raise StoreError(f"{path} was written by a newer oagen (format {value['format']})", hint="upgrade oagen")
    return value
