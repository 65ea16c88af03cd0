"""Reviews of a book: one for each reviewer; a deleted one is remembered as gone."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from oagen.demo.bookshop.auth import CurrentIdentity
from oagen.demo.bookshop.book_repository import Books
from oagen.demo.bookshop.database import SessionOfRequest
from oagen.demo.bookshop.models import Review, ReviewDraft
from oagen.demo.bookshop.problems import Problem, problems
from oagen.demo.bookshop.request_checks import JsonOnly, PathIdentifier

router = APIRouter(prefix="/books/{book_id}/reviews", tags=["reviews"])


class ReviewRepository:
    def __init__(self, session: SessionOfRequest) -> None:
        self._session = session

    def add(self, book_id: int, reviewer: str, draft: ReviewDraft) -> Review:
        cursor = self._session.execute(
            "INSERT INTO reviews (book_id, reviewer, rating, text) VALUES (?, ?, ?, ?)",
            book_id,
            reviewer,
            draft.rating,
            draft.text,
        )
        return Review(id=cursor.lastrowid or 0, book_id=book_id, reviewer=reviewer, **draft.model_dump())

    def get(self, book_id: int, review_id: int) -> Review | None:
        """Return a review even when it has been deleted; see `is_deleted`."""
        row = self._session.execute("SELECT * FROM reviews WHERE book_id = ? AND id = ?", book_id, review_id).fetchone()
        return Review.model_validate(dict(row)) if row else None

    def has_review_of(self, book_id: int, reviewer: str) -> bool:
        found = self._session.execute(
            "SELECT 1 FROM reviews WHERE book_id = ? AND reviewer = ? AND NOT deleted", book_id, reviewer
        )
        return found.fetchone() is not None

    def is_deleted(self, review_id: int) -> bool:
        row = self._session.execute("SELECT deleted FROM reviews WHERE id = ?", review_id).fetchone()
        return bool(row["deleted"])

    def mark_deleted(self, review_id: int) -> None:
        self._session.execute("UPDATE reviews SET deleted = 1 WHERE id = ?", review_id)


async def review_repository(session: SessionOfRequest) -> ReviewRepository:
    return ReviewRepository(session)


Reviews = Annotated[ReviewRepository, Depends(review_repository)]


@router.post(
    "",
    operation_id="createReview",
    summary="Review a book",
    response_description="The review as stored",
    status_code=201,
    dependencies=[JsonOnly],
    responses={
        201: {
            "links": {
                "review": {
                    "operationId": "getReview",
                    "parameters": {"book_id": "$request.path.book_id", "review_id": "$response.body#/id"},
                }
            }
        },
        **problems(400, 401, 415, 422, _404="There is no such book", _409="The identity has reviewed the book before"),
    },
)
async def create_review(
    book_id: PathIdentifier, draft: ReviewDraft, identity: CurrentIdentity, books: Books, reviews: Reviews
) -> Review:
    if books.get(book_id) is None:
        raise Problem(404, "Book not found")
    if reviews.has_review_of(book_id, identity.name):
        raise Problem(400, "Book is already reviewed")
    return reviews.add(book_id, identity.name, draft)


@router.get(
    "/{review_id}",
    operation_id="getReview",
    summary="Read a review",
    response_description="The review",
    responses=problems(422, _404="There is no such review of this book", _410="The review was deleted"),
)
async def get_review(book_id: PathIdentifier, review_id: PathIdentifier, reviews: Reviews) -> Review:
    review = reviews.get(book_id, review_id)
    if review is None:
        raise Problem(404, "Review not found")
    if reviews.is_deleted(review_id):
        raise Problem(410, "Review was deleted")
    return review


@router.delete(
    "/{review_id}",
    operation_id="deleteReview",
    summary="Withdraw a review",
    response_description="The review is withdrawn",
    status_code=204,
    response_class=Response,
    responses=problems(
        *(401, 422),
        _403="The review is somebody else's",
        _404="There is no such review of this book",
        _410="The review was deleted before",
    ),
)
async def delete_review(
    book_id: PathIdentifier, review_id: PathIdentifier, identity: CurrentIdentity, reviews: Reviews
) -> Response:
    review = reviews.get(book_id, review_id)
    if review is None:
        return Response("no such review", 404, media_type="text/plain")
    if not identity.may_see(review.reviewer):
        raise Problem(403, "Review of somebody else")
    if reviews.is_deleted(review_id):
        raise Problem(410, "Review was deleted")
    reviews.mark_deleted(review_id)
    return Response(status_code=204)
