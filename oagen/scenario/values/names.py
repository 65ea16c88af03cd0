"""What a property's name says about its value: a table of readable values.

Names are compared in words, so `firstName`, `first_name` and `first-name` are one; the longest row that a name ends
with counts (`billing_zip_code` is a `zip code`).
"""

from __future__ import annotations

import re
from functools import lru_cache

TEXTS: dict[str, str] = {
    # people
    "name": "Alice",
    "first name": "Alice",
    "given name": "Alice",
    "middle name": "Maria",
    "last name": "Martin",
    "family name": "Martin",
    "surname": "Martin",
    "full name": "Alice Martin",
    "display name": "Alice Martin",
    "customer": "Alice Martin",
    "owner": "alice",
    "author": "Frank Herbert",
    "user": "alice",
    "username": "alice",
    "user name": "alice",
    "login": "alice",
    "nickname": "alice",
    "nick": "alice",
    "handle": "alice",
    "email": "alice@example.com",
    "e mail": "alice@example.com",
    "mail": "alice@example.com",
    "email address": "alice@example.com",
    "phone": "+4930123456",
    "phone number": "+4930123456",
    "telephone": "+4930123456",
    "mobile": "+4915112345678",
    "fax": "+4930123457",
    "password": "Correct-Horse-42",
    "passwd": "Correct-Horse-42",
    "secret": "Correct-Horse-42",
    "gender": "female",
    "birthday": "1990-05-17",
    "birth date": "1990-05-17",
    "date of birth": "1990-05-17",
    "bio": "Reads more than she writes.",
    "job title": "Engineer",
    "role": "user",
    # places
    "address": "1 Main Street",
    "street": "1 Main Street",
    "street address": "1 Main Street",
    "line 1": "1 Main Street",
    "address 1": "1 Main Street",
    "house number": "1",
    "city": "Berlin",
    "town": "Berlin",
    "state": "Berlin",
    "region": "Europe",
    "province": "Ontario",
    "county": "Kent",
    "zip": "10115",
    "zip code": "10115",
    "postal code": "10115",
    "postcode": "10115",
    "country": "Germany",
    "country code": "DE",
    "location": "Berlin",
    "timezone": "Europe/Berlin",
    "time zone": "Europe/Berlin",
    "tz": "Europe/Berlin",
    "latitude": "52.52",
    "longitude": "13.4",
    # things
    "title": "Dune",
    "book": "Dune",
    "book name": "Dune",
    "product": "Desk lamp",
    "product name": "Desk lamp",
    "item name": "Desk lamp",
    "company": "Example Ltd",
    "company name": "Example Ltd",
    "organization": "example",
    "organisation": "example",
    "org": "example",
    "team": "Readers",
    "team name": "Readers",
    "group": "readers",
    "group name": "Readers",
    "publisher": "Chilton Books",
    "genre": "science fiction",
    "category": "books",
    "category name": "Books",
    "tag": "classic",
    "tags": "classic",
    "label": "classic",
    "labels": "classic",
    "keyword": "classic",
    "isbn": "9780441172719",
    "isbn 13": "9780441172719",
    "isbn 10": "0441172717",
    "sku": "LAMP-42",
    "barcode": "4006381333931",
    "ean": "4006381333931",
    "color": "blue",
    "colour": "blue",
    "size": "medium",
    "brand": "Example",
    "model": "X100",
    "currency": "EUR",
    "currency code": "EUR",
    "price": "9.99",
    "amount": "9.99",
    "iban": "DE89370400440532013000",
    "vat": "DE123456789",
    "coupon": "WELCOME",
    "language": "en",
    "lang": "en",
    "language code": "en",
    "locale": "en-GB",
    # prose
    "description": "A short description.",
    "summary": "A short summary.",
    "text": "A few plain words.",
    "content": "A few plain words.",
    "body": "A few plain words.",
    "comment": "Well made.",
    "comments": "Well made.",
    "message": "Hello from the other side.",
    "note": "Please ring twice.",
    "notes": "Please ring twice.",
    "subject": "A question",
    "reason": "No longer needed",
    "caption": "A desk lamp",
    "review": "Well made.",
    # machines
    "id": "1",
    "ids": "1",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "guid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "key": "alpha",
    "code": "ALPHA",
    "slug": "desk-lamp",
    "token": "abcdef0123456789",
    "api key": "abcdef0123456789",
    "client id": "example-client",
    "client secret": "Correct-Horse-42",
    "hash": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "sha": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "url": "https://example.com/alice",
    "uri": "https://example.com/alice",
    "href": "https://example.com/alice",
    "link": "https://example.com/alice",
    "website": "https://example.com",
    "homepage": "https://example.com",
    "callback": "https://example.com/callback",
    "redirect uri": "https://example.com/callback",
    "webhook": "https://example.com/webhook",
    "image": "https://example.com/lamp.png",
    "image url": "https://example.com/lamp.png",
    "avatar": "https://example.com/alice.png",
    "photo": "https://example.com/alice.png",
    "icon": "lamp",
    "domain": "example.com",
    "host": "example.com",
    "hostname": "example.com",
    "ip": "192.0.2.1",
    "ip address": "192.0.2.1",
    "mac": "00:00:5e:00:53:01",
    "user agent": "example/1.0",
    "if match": '"33a64df5"',
    "if none match": '"33a64df5"',
    "etag": '"33a64df5"',
    "if modified since": "Fri, 17 May 2024 09:30:00 GMT",
    "if unmodified since": "Fri, 17 May 2024 09:30:00 GMT",
    "accept": "application/json",
    "accept language": "en",
    "idempotency key": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "request id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "correlation id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "port": "8080",
    "path": "books/dune",
    "file": "notes.txt",
    "filename": "notes.txt",
    "file name": "notes.txt",
    "media type": "text/plain",
    "content type": "text/plain",
    "mime type": "text/plain",
    "version": "1.0.0",
    "branch": "main",
    "ref": "main",
    "repo": "bookshop",
    "repository": "bookshop",
    "environment": "staging",
    "cron": "0 3 * * *",
    "schedule": "0 3 * * *",
    "type": "standard",
    "kind": "standard",
    "status": "active",
    "level": "basic",
    "priority": "normal",
    "format": "json",
    # asking
    "q": "dune",
    "query": "dune",
    "search": "dune",
    "filter": "dune",
    "sort": "name",
    "sort by": "name",
    "order by": "name",
    "order": "asc",
    "direction": "asc",
    "fields": "name",
    "cursor": "abcdef",
    # times
    "date": "2024-05-17",
    "day": "2024-05-17",
    "start date": "2024-05-17",
    "end date": "2024-05-24",
    "due date": "2024-05-24",
    "time": "09:30:00",
    "datetime": "2024-05-17T09:30:00Z",
    "timestamp": "2024-05-17T09:30:00Z",
    "at": "2024-05-17T09:30:00Z",
    "since": "2024-05-17T09:30:00Z",
    "until": "2024-05-24T09:30:00Z",
    "before": "2024-05-24T09:30:00Z",
    "after": "2024-05-17T09:30:00Z",
    "deadline": "2024-05-24T09:30:00Z",
    "duration": "PT30M",
    "month": "2024-05",
    "year": "2024",
}
"""Texts by words."""

NUMBERS: dict[str, float] = {
    "id": 1,
    "quantity": 2,
    "qty": 2,
    "count": 3,
    "amount": 20,
    "price": 9.99,
    "cost": 9.99,
    "total": 19.98,
    "balance": 100,
    "discount": 5,
    "tax": 1.9,
    "rate": 0.5,
    "percent": 50,
    "percentage": 50,
    "rating": 4,
    "score": 4,
    "stars": 4,
    "age": 30,
    "year": 2024,
    "month": 5,
    "day": 17,
    "hour": 9,
    "minute": 30,
    "second": 0,
    "minutes": 30,
    "seconds": 30,
    "days": 7,
    "duration": 30,
    "timeout": 30,
    "ttl": 3600,
    "timestamp": 1715938200,
    "at": 1715938200,
    "since": 1715938200,
    "until": 1716543000,
    "page": 1,
    "per page": 10,
    "page size": 10,
    "limit": 10,
    "size": 10,
    "offset": 0,
    "skip": 0,
    "stock": 12,
    "capacity": 12,
    "pages": 412,
    "weight": 1.5,
    "height": 20,
    "width": 30,
    "length": 40,
    "depth": 5,
    "temperature": 21.5,
    "latitude": 52.52,
    "lat": 52.52,
    "longitude": 13.4,
    "lon": 13.4,
    "lng": 13.4,
    "port": 8080,
    "priority": 1,
    "position": 1,
    "version": 1,
    "number": 1,
}
"""Numbers by words."""

IDENTIFYING: frozenset[str] = frozenset({
    "email", "mail", "username", "user_name", "login", "handle", "nickname", "slug", "key", "code", "isbn",
    "isbn13", "isbn10", "sku", "barcode", "ean", "name", "title", "label", "identifier", "serial", "alias",
    "domain", "hostname", "subdomain", "plate", "vin", "reference",
})  # fmt: skip
"""Words that make a name identify a thing: no two things of an API may be likely to share the value."""

QUALIFYING: frozenset[str] = frozenset({
    "first", "last", "middle", "given", "family", "full", "sur", "country", "city", "state", "region", "zip",
    "postal", "post", "currency", "language", "lang", "locale", "status", "error", "job", "api", "public",
    "private", "secret", "access", "area", "dial", "promo", "coupon", "color", "colour", "file", "author", "artist",
    "owner", "parent", "sender", "recipient", "passenger", "contact", "holder", "customer", "guest",
})  # fmt: skip
"""Words beside an identifying one that take its force away: many people share a `first_name` or a `zip_code`."""

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|[^A-Za-z0-9]+")


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """Return a name's words in lower case, from snake, kebab, camel or Pascal spelling."""
    return tuple(word.lower() for word in _BOUNDARY.split(name) if word)


def text_for(name: str) -> str | None:
    """Return a readable text for a property of this name, or None where the table knows none."""
    found = _row(name, TEXTS)
    return None if found is None else TEXTS[found]


def number_for(name: str) -> float | None:
    """Return a plausible number for a property of this name, or None where the table knows none."""
    found = _row(name, NUMBERS)
    return None if found is None else NUMBERS[found]


def is_identifying(name: str) -> bool:
    """Return whether a property of this name tells one thing from another (`email`, `sku`; not `author_id`)."""
    parts = words(name)
    if not parts or parts[-1] in {"id", "ids"} or QUALIFYING.intersection(parts):
        return False
    return bool(IDENTIFYING.intersection(parts)) or bool(IDENTIFYING.intersection({"".join(parts), "_".join(parts)}))


def _row(name: str, table: dict[str, str] | dict[str, float]) -> str | None:
    parts = words(name)
    for start in range(len(parts)):
        row = " ".join(parts[start:])
        if row in table:
            return row
    return None
