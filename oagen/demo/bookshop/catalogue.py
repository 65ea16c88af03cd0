"""Finding books: a search in pages, an export, and a short way by ISBN."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from oagen.demo.bookshop.book_repository import Books, book_of
from oagen.demo.bookshop.database import SessionOfRequest
from oagen.demo.bookshop.models import Book, BookFormat, BookPage, BookSort, CatalogueEntry, Cents, Identifier
from oagen.demo.bookshop.problems import Problem, problems

router = APIRouter(tags=["catalogue"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The filters of one search; None asks for everything."""

    q: str | None
    author_id: int | None
    format: BookFormat | None
    max_price_cents: int | None
    published_year: int | None

    def condition(self) -> tuple[str, list[object]]:
        """Return a condition of SQL and its values."""
        clauses: dict[str, list[object]] = {}
        if self.q is not None:
            clauses["instr(lower(title), lower(?)) > 0"] = [self.q]
        if self.author_id is not None:
            clauses["author_id = ?"] = [self.author_id]
        if self.format is not None:
            clauses["format = ?"] = [self.format]
        if self.max_price_cents is not None:
            clauses["price_cents <= ?"] = [self.max_price_cents]
        if self.published_year is not None:
            first, last = date(self.published_year, 1, 1), date(self.published_year, 12, 31)
            clauses["published BETWEEN ? AND ?"] = [first.isoformat(), last.isoformat()]
        return " AND ".join(clauses) or "1", [value for values in clauses.values() for value in values]


class CatalogueRepository:
    def __init__(self, session: SessionOfRequest) -> None:
        self._session = session

    def find(self, search: Search, sort: BookSort) -> list[Book]:
        condition, values = search.condition()
        order = {BookSort.TITLE: "title, id", BookSort.PRICE: "price_cents, id", BookSort.RATING: "id"}[sort]
        rows = self._session.execute(f"SELECT * FROM books WHERE {condition} ORDER BY {order}", *values)
        books = [book_of(row) for row in rows]
        if sort is BookSort.RATING:
            books.sort(key=lambda book: self.average_rating(book.id), reverse=True)
        return books

    def average_rating(self, book_id: int) -> float:
        rows = self._session.execute("SELECT rating FROM reviews WHERE book_id = ? AND NOT deleted", book_id)
        ratings: list[int] = [row["rating"] for row in rows]
        return sum(ratings) / len(ratings)

    def entries(self) -> list[CatalogueEntry]:
        rows = self._session.execute(
            "SELECT isbn, title, name AS author, price_cents"
            " FROM books JOIN authors ON authors.id = author_id ORDER BY title, isbn"
        )
        return [CatalogueEntry.model_validate(dict(row)) for row in rows]


async def catalogue_repository(session: SessionOfRequest) -> CatalogueRepository:
    return CatalogueRepository(session)


Catalogue = Annotated[CatalogueRepository, Depends(catalogue_repository)]


@router.get(
    "/books",
    operation_id="listBooks",
    summary="Search the books",
    response_description="One page of the books that match",
    responses=problems(422),
)
async def list_books(
    *,
    catalogue: Catalogue,
    q: Annotated[str | None, Query(max_length=100, description="Part of a title.", examples=["pride"])] = None,
    author_id: Identifier | None = None,
    book_format: Annotated[BookFormat | None, Query(alias="format")] = None,
    max_price_cents: Cents | None = None,
    published_year: Annotated[int | None, Query(ge=0, le=9999, examples=[1813])] = None,
    sort: BookSort = BookSort.TITLE,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> BookPage:
    search = Search(
        q=q,
        author_id=author_id,
        format=book_format,
        max_price_cents=max_price_cents,
        published_year=published_year,
    )
    books = catalogue.find(search, sort)
    return BookPage(items=books[offset : offset + limit], total=len(books))


@router.get(
    "/catalogue",
    operation_id="exportCatalogue",
    summary="Export all books as JSON or CSV",
    response_class=Response,
    responses={
        200: {
            "description": "All books",
            "content": {
                "application/json": {
                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/CatalogueEntry"}}
                },
                "text/csv": {"schema": {"type": "string"}},
            },
        },
        **problems(_405="The catalogue can only be read", _406="Neither JSON nor CSV is acceptable"),
    },
)
async def export_catalogue(catalogue: Catalogue, request: Request) -> Response:
    # Quality values are read past: the first of the accepted media types that we have is taken.
    accept: str = request.headers.get("accept", "*/*")
    accepted = [media_range.partition(";")[0].strip().lower() for media_range in accept.split(",")]
    offered = {
        "application/json": "json",
        "application/*": "json",
        "*/*": "json",
        "text/csv": "csv",
        "text/*": "csv",
    }
    form = next((offered[media_range] for media_range in accepted if media_range in offered), None)
    if form is None:
        raise Problem(406, "Not acceptable", detail="Ask for application/json or text/csv.")
    entries: list[dict[str, Any]] = [entry.model_dump() for entry in catalogue.entries()]
    if form == "json":
        return Response(json.dumps(entries), media_type="application/json")
    text = io.StringIO()
    writer = csv.DictWriter(text, list(CatalogueEntry.model_fields))
    writer.writeheader()
    writer.writerows(entries)
    return Response(text.getvalue(), media_type="text/csv")


@router.get(
    "/isbn/{isbn}",
    operation_id="findByIsbn",
    summary="Go to the book with an ISBN",
    status_code=307,
    response_class=RedirectResponse,
    responses={
        307: {
            "description": "The book is elsewhere",
            "headers": {
                "Location": {
                    "description": "Where the book is.",
                    "required": True,
                    "schema": {"type": "string", "format": "uri-reference"},
                }
            },
        },
        **problems(422, _404="No book has this ISBN"),
    },
)
async def find_by_isbn(
    isbn: Annotated[str, Path(pattern=r"^97[89][0-9]{10}$", examples=["9780141439518"])], books: Books
) -> RedirectResponse:
    book = books.with_isbn(isbn)
    if book is None:
        raise Problem(404, "Book not found")
    return RedirectResponse(f"/books/{book.id}", 307)
