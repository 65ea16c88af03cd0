"""What the API takes and gives."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MAX_IDENTIFIER = 2**31 - 1

Identifier = Annotated[int, Field(ge=1, le=MAX_IDENTIFIER, json_schema_extra={"format": "int32"}, examples=[1])]
Isbn = Annotated[
    str, Field(pattern=r"^97[89][0-9]{10}$", description="ISBN-13, digits alone.", examples=["9780141439518"])
]
Cents = Annotated[int, Field(ge=0, le=1_000_000, examples=[1299])]
Tag = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$", examples=["classic"])]


def only_full_date(value: object) -> object:
    """Refuse what pydantic would take for a date: numbers of seconds, and dates with a time."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("A date is written as YYYY-MM-DD")
    return value


Day = Annotated[date, Field(strict=False), BeforeValidator(only_full_date)]


class Draft(BaseModel):
    """What a client sends: unknown members are refused, and nothing is taken for another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AuthorDraft(Draft):
    name: str = Field(min_length=1, max_length=120, examples=["Jane Austen"])
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code.", examples=["GB"])
    born: Day | None = Field(default=None, examples=["1775-12-16"])


class Author(BaseModel):
    id: Identifier
    name: str = Field(examples=["Jane Austen"])
    country: str = Field(examples=["GB"])
    born: date | None = Field(examples=["1775-12-16"])


class BookFormat(StrEnum):
    PAPERBACK = "paperback"
    HARDBACK = "hardback"
    EBOOK = "ebook"
    AUDIO = "audio"


class BookDraft(Draft):
    author_id: Identifier
    title: str = Field(min_length=1, max_length=200, examples=["Pride and Prejudice"])
    isbn: Isbn
    price_cents: Cents
    stock: int = Field(ge=0, le=10_000, examples=[40])
    format: BookFormat = Field(default=BookFormat.PAPERBACK, strict=False)
    tags: list[Tag] = Field(default=[], max_length=10, examples=[["classic", "romance"]])
    published: Day | None = Field(default=None, examples=["1813-01-28"])


class Book(BaseModel):
    id: Identifier
    author_id: Identifier
    title: str = Field(examples=["Pride and Prejudice"])
    isbn: Isbn
    price_cents: Cents
    stock: int = Field(ge=0, examples=[40])
    format: BookFormat
    tags: list[Tag] = Field(examples=[["classic", "romance"]])
    published: date | None = Field(examples=["1813-01-28"])
    blurb: str | None = Field(examples=["It is a truth universally acknowledged ..."])


class BookPage(BaseModel):
    items: list[Book]
    total: int = Field(ge=0, description="How many books match, on all pages.", examples=[1])


class BookSort(StrEnum):
    TITLE = "title"
    PRICE = "price"
    RATING = "rating"


class CatalogueEntry(BaseModel):
    isbn: Isbn
    title: str = Field(examples=["Pride and Prejudice"])
    author: str = Field(examples=["Jane Austen"])
    price_cents: Cents


class ReviewDraft(Draft):
    rating: int = Field(ge=1, le=5, examples=[5])
    text: str = Field(min_length=1, max_length=2000, examples=["Read it twice in a week."])


class Review(BaseModel):
    id: Identifier
    book_id: Identifier
    reviewer: str = Field(examples=["alice"])
    rating: int = Field(ge=1, le=5, examples=[5])
    text: str = Field(examples=["Read it twice in a week."])


class Customer(BaseModel):
    name: str = Field(examples=["alice"])
    email: str = Field(json_schema_extra={"format": "email"}, examples=["alice@bookshop.example"])
    joined: date
    orders: int = Field(ge=0, description="How many orders the customer has placed.", examples=[3])


class OrderState(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class OrderItem(Draft):
    book_id: Identifier
    quantity: int = Field(ge=1, le=100, examples=[2])


class OrderDraft(Draft):
    items: list[OrderItem] = Field(min_length=1, max_length=20)
    gift_note: str | None = Field(default=None, max_length=200, examples=["Happy birthday, Bob!"])


class Order(BaseModel):
    id: Identifier
    customer: str = Field(examples=["alice"])
    state: OrderState
    items: list[OrderItem]
    total_cents: int = Field(ge=0, examples=[2598])
    gift_note: str | None = Field(examples=["Happy birthday, Bob!"])
    placed_at: datetime


class OrderPage(BaseModel):
    items: list[Order]
    total: int = Field(ge=0, examples=[1])


class Payment(Draft):
    card_token: str = Field(
        pattern=r"^tok_[a-z]{1,40}$",
        description="From the payment provider's form. Its sandbox takes every token but `tok_outage`.",
        examples=["tok_visa"],
    )


def only_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", value):
        raise ValueError("An address looks like alice@example.com")
    return value


class Subscription(Draft):
    email: Annotated[str, AfterValidator(only_address)] = Field(
        max_length=254, json_schema_extra={"format": "email"}, examples=["alice@example.com"]
    )


class Health(BaseModel):
    status: str = Field(examples=["ok"])
