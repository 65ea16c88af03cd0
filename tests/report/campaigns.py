"""A small campaign that found two faults, and one whose every text is hostile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from oagen.findings.curl import CurlContext
from oagen.findings.model import Finding, FindingKind, StoredVerdict
from oagen.findings.proof import ProofContext
from oagen.findings.redaction import Redaction
from oagen.fuzz.events import Finished, Stop
from oagen.report.account import Account, account_of
from oagen.scenario.model import Body, Literal
from tests.findings import faulty

SECRET = "s3cr3t-v4lue"
HOSTILE = " ".join(
    (
        "\x1b[31m\x00\ufffe\ud800\u202e</failure>]]> ![x](javascript:alert(1)) <script>alert(1)</script>",
        f"| `` ``` @you {SECRET}\n# h",
    )
)
FINISHED = Finished(
    stop=Stop.REQUESTS,
    requests=321,
    seconds=4.5,
    responses={
        faulty.CREATE: {"201": 100, "500": 7},
        faulty.SHARE: {"404": 200, "500": 1, "none": 3},
        "TRACE /bottles": {"405": 10},
    },
    findings=faulty.FINDINGS,
)


def hostile() -> Finding:
    """Return a finding in which everything that an API or a document may say is hostile."""
    return replace(
        faulty.BROKEN,
        fingerprint="cccc55556666",
        kind=FindingKind.DROPPED,
        status=None,
        operation=f"POST /{HOSTILE}",
        operations=(f"POST /{HOSTILE}", HOSTILE),
        message=HOSTILE,
        exception=HOSTILE,
        frame=f"{HOSTILE}:3",
        traceback=f'Traceback (most recent call last):\n  File "{HOSTILE}", line 3, in x\n{HOSTILE}',
        verdict=StoredVerdict.KNOWN,
        scenario=faulty.scenario(
            f"POST /{HOSTILE}",
            when=replace(
                faulty.BROKEN.scenario.when,
                path=f"/{HOSTILE}",
                body=Body(media_type="text/plain", value=Literal(HOSTILE), raw=True),
                identity="alice",
            ),
        ),
    )


def account(folder: Path, *findings: Finding, notices: tuple[str, ...] = ()) -> Account:
    """Return what the campaign came to; with these findings instead of its own where there are any."""
    finished = replace(FINISHED, findings=findings or FINISHED.findings)
    context = ProofContext(
        curl=CurlContext(
            base_url="http://127.0.0.1:8000", identities={"alice": (("Authorization", "Bearer ${ALICE_TOKEN}"),)}
        ),
        redaction=Redaction([SECRET]),
    )
    return account_of(finished, faulty.description(folder), context, notices=notices, root=folder)
