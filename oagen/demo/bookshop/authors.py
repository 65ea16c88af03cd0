"""Authors of books."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from oagen.demo.bookshop.auth import AdminsOnly
from oagen.demo.bookshop.database import SessionOfRequest
from oagen.demo.bookshop.models import Author, AuthorDraft
from oagen.demo.bookshop.problems import Problem, problems
from oagen.demo.bookshop.request_checks import JsonOnly, PathIdentifier

router = APIRouter(prefix="/authors", tags=["authors"])


class AuthorRepository:
    def __init__(self, session: SessionOfRequest) -> None:
        self._session = session

    def add(self, draft: AuthorDraft) -> Author:
        cursor = self._session.execute(
            "INSERT INTO authors (name, country, born) VALUES (?, ?, ?)",
            draft.name,
            draft.country,
            draft.born.isoformat() if draft.born else None,
        )
        return Author(id=cursor.lastrowid or 0, **draft.model_dump())

    def get(self, author_id: int) -> Author | None:
        row = self._session.execute("SELECT * FROM authors WHERE id = ?", author_id).fetchone()
        return Author.model_validate(dict(row)) if row else None

    def has_books(self, author_id: int) -> bool:
        found = self._session.execute("SELECT 1 FROM books WHERE author_id = ? LIMIT 1", author_id)
        return found.fetchone() is not None

    def remove(self, author_id: int) -> None:
        self._session.execute("DELETE FROM authors WHERE id = ?", author_id)


async def author_repository(session: SessionOfRequest) -> AuthorRepository:
    return AuthorRepository(session)


Authors = Annotated[AuthorRepository, Depends(author_repository)]


@router.post(
    "",
    operation_id="createAuthor",
    summary="Add an author",
    response_description="The author as stored",
    status_code=201,
    dependencies=[AdminsOnly, JsonOnly],
    responses={
        201: {
            "headers": {
                "Location": {
                    "description": "Where the author is.",
                    "required": True,
                    "schema": {"type": "string", "format": "uri-reference"},
                }
            },
            "links": {
                "author": {"operationId": "getAuthor", "parameters": {"author_id": "$response.body#/id"}},
            },
        },
        **problems(400, 401, 403, 415, 422),
    },
)
async def create_author(draft: AuthorDraft, authors: Authors, response: Response) -> Author:
    author = authors.add(draft)
    response.headers["Location"] = f"/authors/{author.id}"
    return author


@router.get(
    "/{author_id}",
    operation_id="getAuthor",
    summary="Read an author",
    response_description="The author",
    responses=problems(422, _404="There is no such author"),
)
async def get_author(author_id: PathIdentifier, authors: Authors) -> Author:
    author = authors.get(author_id)
    if author is None:
        raise Problem(404, "Author not found")
    return author


@router.delete(
    "/{author_id}",
    operation_id="deleteAuthor",
    summary="Remove an author without books",
    response_description="The author is gone",
    status_code=204,
    response_class=Response,
    dependencies=[AdminsOnly],
    responses=problems(401, 403, 422, _404="There is no such author", _409="The author still has books"),
)
async def delete_author(author_id: PathIdentifier, authors: Authors) -> None:
    if authors.get(author_id) is None:
        raise Problem(404, "Author not found")
    if authors.has_books(author_id):
        raise Problem(409, "Author has books")
    authors.remove(author_id)
