"""The planted faults (FAULTS.md), so that the demo can name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFault:
    """A fault by its number in FAULTS.md.

    Attributes:
        responses: Operation and status of each documented response that it spoils.
        exception: What unusual requests bring about instead, where that is an undocumented server error.
    """

    number: int
    what: str
    responses: tuple[tuple[str, str], ...] = ()
    exception: str | None = None


PLANTED = (
    PlantedFault(number=1, what="books without a review have no average rating", exception="ZeroDivisionError"),
    PlantedFault(number=2, what="no date has the year 0", exception="ValueError"),
    PlantedFault(number=3, what="SQLite's integers have 64 bits", exception="OverflowError"),
    PlantedFault(number=4, what="a gift note outside Latin-1", exception="UnicodeEncodeError"),
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
