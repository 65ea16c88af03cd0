"""Those planted faults (FAULTS.md) that spoil a documented response, so that the demo can name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFault:
    """A fault by its number in FAULTS.md.

    Attributes:
        responses: Operation and status of each documented response that it spoils.
    """

    number: int
    what: str
    responses: tuple[tuple[str, str], ...]


PLANTED = (
    PlantedFault(
        number=5,
        what="a cancelled order is shown without its items",
        responses=(("GET /orders/{order_id}", "200"), ("POST /orders/{order_id}/cancellation", "200")),
    ),
    PlantedFault(
        number=6,
        what="a second review by the same customer is answered with 400",
        responses=(("POST /books/{book_id}/reviews", "409"),),
    ),
    PlantedFault(
        number=7,
        what="the body is a line of text, not problem details",
        responses=(("DELETE /books/{book_id}/reviews/{review_id}", "404"),),
    ),
    PlantedFault(
        number=8,
        what="the refused change has been written nevertheless",
        responses=(("PUT /books/{book_id}", "409"),),
    ),
)
