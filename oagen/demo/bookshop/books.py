"""Books: created, read, replaced under a precondition, removed."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Response

from oagen.demo.bookshop.auth import AdminsOnly
from oagen.demo.bookshop.authors import Authors
from oagen.demo.bookshop.book_repository import Books
from oagen.demo.bookshop.models import Book, BookDraft
from oagen.demo.bookshop.problems import Problem, problems
from oagen.demo.bookshop.request_checks import JsonOnly, PathIdentifier, TextOnly, names_entity

MAX_BLURB_BYTES = 64 * 1024
ETAG = {"ETag": {"description": "The book's version.", "required": True, "schema": {"type": "string"}}}

router = APIRouter(prefix="/books", tags=["books"])


@router.post(
    "",
    operation_id="createBook",
    summary="Add a book",
    response_description="The book as stored",
    status_code=201,
    dependencies=[AdminsOnly, JsonOnly],
    responses={
        201: {
            "headers": {
                "Location": {
                    "description": "Where the book is.",
                    "required": True,
                    "schema": {"type": "string", "format": "uri-reference"},
                },
            },
            "links": {
                "book": {"operationId": "getBook", "parameters": {"book_id": "$response.body#/id"}},
                "review": {"operationId": "createReview", "parameters": {"book_id": "$response.body#/id"}},
            },
        },
        **problems(400, 401, 403, 415, 422, _404="There is no such author", _409="Another book has the ISBN"),
    },
)
async def create_book(draft: BookDraft, books: Books, authors: Authors, response: Response) -> Book:
    if authors.get(draft.author_id) is None:
        raise Problem(404, "Author not found")
    if books.with_isbn(draft.isbn) is not None:
        raise Problem(409, "ISBN is taken")
    book = books.add(draft)
    response.headers["Location"] = f"/books/{book.id}"
    return book


@router.get(
    "/{book_id}",
    operation_id="getBook",
    summary="Read a book",
    response_description="The book",
    responses={
        200: {"headers": ETAG},
        304: {"description": "The book is still the one that `If-None-Match` names", "headers": ETAG},
        **problems(422, _404="There is no such book"),
    },
)
async def get_book(
    book_id: PathIdentifier,
    books: Books,
    response: Response,
    if_none_match: Annotated[str | None, Header(description="The `ETag` of a former answer.")] = None,
) -> Any:
    book = books.get(book_id)
    if book is None:
        raise Problem(404, "Book not found")
    etag = books.etag(book_id)
    if if_none_match is not None and names_entity(if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return book


@router.put(
    "/{book_id}",
    operation_id="replaceBook",
    summary="Replace a book that nobody has changed meanwhile",
    response_description="The book as it is now",
    dependencies=[AdminsOnly, JsonOnly],
    responses={
        200: {"headers": ETAG},
        **problems(
            *(400, 401, 403, 415, 422),
            _404="There is no such book or author",
            _409="Another book has the ISBN",
            _412="The book has changed since the version that `If-Match` names",
            _428="`If-Match` is missing",
        ),
    },
)
async def replace_book(
    *,
    book_id: PathIdentifier,
    draft: BookDraft,
    books: Books,
    authors: Authors,
    response: Response,
    if_match: Annotated[str | None, Header(description="The `ETag` of the book that is to be replaced.")] = None,
) -> Any:
    if books.get(book_id) is None:
        raise Problem(404, "Book not found")
    if if_match is None:
        raise Problem(428, "If-Match is missing")
    if not names_entity(if_match, books.etag(book_id)):
        raise Problem(412, "Book has changed")
    if authors.get(draft.author_id) is None:
        raise Problem(404, "Author not found")
    if not books.replace(book_id, draft):
        return Problem(409, "ISBN is taken").response()
    response.headers["ETag"] = books.etag(book_id)
    return books.get(book_id)


@router.put(
    "/{book_id}/blurb",
    operation_id="writeBlurb",
    summary="Write the text on the back cover",
    response_description="The blurb is written",
    status_code=204,
    response_class=Response,
    dependencies=[AdminsOnly, TextOnly],
    responses=problems(
        401,
        403,
        415,
        422,
        _404="There is no such book",
        _413="The blurb is larger than 64 KiB (65,536 bytes)",
    ),
)
async def write_blurb(
    book_id: PathIdentifier,
    blurb: Annotated[str, Body(media_type="text/plain", min_length=1)],
    books: Books,
) -> None:
    if len(blurb.encode()) > MAX_BLURB_BYTES:
        raise Problem(413, "Blurb is too large")
    if books.get(book_id) is None:
        raise Problem(404, "Book not found")
    books.describe(book_id, blurb)


@router.delete(
    "/{book_id}",
    operation_id="deleteBook",
    summary="Remove a book that nobody has ordered",
    response_description="The book is gone",
    status_code=204,
    response_class=Response,
    dependencies=[AdminsOnly],
    responses=problems(401, 403, 422, _404="There is no such book", _409="The book stands in an order"),
)
async def delete_book(book_id: PathIdentifier, books: Books) -> None:
    if books.get(book_id) is None:
        raise Problem(404, "Book not found")
    if books.is_ordered(book_id):
        raise Problem(409, "Book has been ordered")
    books.remove(book_id)
