"""The promises that the harbour breaks, and how each is named; every one is to be reported once."""

from __future__ import annotations

from dataclasses import dataclass

from oagen.findings.model import Finding, FindingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault.

    Attributes:
        operations: All that can show it; at least one must.
        status: What is answered.
        said: A part of the message.
    """

    kind: FindingKind
    operations: tuple[str, ...]
    statuses: tuple[int, ...]
    said: str

    def names(self, finding: Finding) -> bool:
        """Whether a finding is this fault."""
        return (
            finding.kind is self.kind
            and set(finding.operations) <= set(self.operations)
            and finding.status in self.statuses
            and self.said in finding.message
        )


STATUS, CONTENT = FindingKind.UNDOCUMENTED_STATUS, FindingKind.CONTENT_TYPE
SCHEMA, HEADERS = FindingKind.SCHEMA, FindingKind.HEADERS

BOATS = ("POST /boats", "GET /boats", "GET /boats/{boat_id}", "PUT /boats/{boat_id}")
TRIPS = ("POST /boats/{boat_id}/trips", "GET /boats/{boat_id}/trips")


def fault(kind: FindingKind, operations: str | tuple[str, ...], statuses: int | tuple[int, ...], said: str) -> Fault:
    operations = (operations,) if isinstance(operations, str) else operations
    return Fault(
        kind=kind, operations=operations, statuses=(statuses,) if isinstance(statuses, int) else statuses, said=said
    )


FAULTS = (
    fault(STATUS, "GET /boats/{boat_id}/owner", 409, "no operation has it"),
    fault(STATUS, "DELETE /berths/{berth_id}", 202, "204, 404"),
    fault(STATUS, "POST /boats", 418, "no operation has it"),
    fault(STATUS, "PUT /boats/{boat_id}", 422, "no operation has it"),
    fault(STATUS, "POST /berths", 404, "the document has 201, 400"),
    fault(CONTENT, "GET /tides", 200, "'text/html"),
    fault(CONTENT, "POST /boats/{boat_id}/trips", 404, "'application/json"),
    fault(CONTENT, "GET /chart", 200, "there is no body"),
    fault(SCHEMA, BOATS, (200, 201), "/built: None is not of type 'integer'"),
    fault(SCHEMA, TRIPS, (200, 201), "/legs/1/miles: '"),
    fault(SCHEMA, "GET /weather", 200, "'litres' is a required property"),
    fault(SCHEMA, "GET /log", 200, "the body is not JSON"),
    fault(SCHEMA, "POST /berths", 400, "'title' is a required property"),
    fault(HEADERS, "GET /berths", 200, "X-Total is missing"),
    fault(HEADERS, "GET /lights", 200, "X-Age is 'new'"),
)
