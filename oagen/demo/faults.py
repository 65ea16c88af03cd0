"""Those planted faults (FAULTS.md) that spoil a documented response, so that the demo can name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFault:
    """A documented response that the bookshop does not keep; `number` is that of FAULTS.md."""

    number: int
    operation: str
    status: str
    what: str


PLANTED = (
    PlantedFault(number=5, operation="GET /orders/{order_id}", status="200", what="a cancelled order has no items"),
    PlantedFault(
        number=6,
        operation="POST /books/{book_id}/reviews",
        status="409",
        what="a second review by the same customer is answered with 400",
    ),
    PlantedFault(
        number=7,
        operation="DELETE /books/{book_id}/reviews/{review_id}",
        status="404",
        what="the body is a line of text, not problem details",
    ),
    PlantedFault(
        number=8,
        operation="PUT /books/{book_id}",
        status="409",
        what="the refused change has been written nevertheless",
    ),
)
