"""Finding the OpenAPI document of a running API: made by the application, or served at one of the usual places."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.http import HttpTarget
from oagen.target.model import Answer, SendFailure

PATIENCE = 10.0  # seconds for one place; making a large document for the first time takes some

PLACES = (
    "/openapi.json",  # FastAPI, flask-smorest, Django Ninja below /api, Connexion
    "/openapi.yaml",
    "/swagger.json",  # flask-restx, go-swagger, Connexion 2
    "/api/openapi.json",
    "/api/v1/openapi.json",
    "/v1/openapi.json",
    "/api/swagger.json",
    "/schema/openapi.json",  # Litestar
    "/openapi",
    "/openapi/openapi.json",  # flask-openapi3
    "/v3/api-docs",  # springdoc
    "/v2/api-docs",
    "/swagger/v1/swagger.json",  # ASP.NET
    "/api-docs/swagger.json",  # aiohttp-apispec, nestjs
    "/api/docs/swagger.json",
    "/api-json",
    "/apispec_1.json",  # flasgger
    "/api/schema/?format=json",  # drf-spectacular
    "/schema/?format=json",
    "/swagger/?format=openapi",  # drf-yasg
    "/swagger.yaml",
    "/api/openapi.yaml",
)
PAGES = ("/docs", "/redoc", "/swagger", "/swagger-ui/", "/api/docs", "/api", "/")

_YAML = re.compile(r"\s*(?:%YAML[^\n]*\n|---[^\n]*\n|#[^\n]*\n|\s*\n)*[\"']?(?:openapi|swagger)[\"']?\s*:")
_NAMED = re.compile(
    r"""(?:spec-url\s*=|\burl["']?\s*:|\bspecUrl["']?\s*:|openapi_url["']?\s*:)\s*["']([^"'<>\s]+)["']"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """A document that was found.

    Attributes:
        text: JSON or YAML.
        place: Where: `app.openapi()`, or the path it was served at.
        url: The same as a URL, where it can be fetched by one.
    """

    text: str
    place: str
    url: str | None = None


def document_of(target: HttpTarget | AgentTarget) -> Discovered:
    """Return the OpenAPI document that a target offers.

    The application is asked first, then the usual places are, below the base path and at the root, then the pages that
    show a document for the place they have it from. Nothing but GET requests is sent, and none to another host.

    Raises:
        TargetError: There is none, or nobody answers.
    """
    if isinstance(target, AgentTarget) and (text := target.document()) is not None:
        return Discovered(text=text, place="app.openapi()")
    origin = target.origin if isinstance(target, HttpTarget) else None
    tried = 0
    refused: SendFailure | None = None
    for place in _places(target):
        tried += 1
        try:
            text = _fetch(target, place)
        except SendFailure as failure:
            if origin is not None and tried == 1:
                raise TargetError(
                    f"{origin} does not answer: {failure.message}", hint="Is it started, and is the base URL right?"
                ) from failure
            refused = failure
            continue
        if text is not None and is_document(text):
            return Discovered(text=text, place=place, url=None if origin is None else origin + place)
    asked = origin or f"the application {target.app}" if isinstance(target, AgentTarget) else origin
    last = f"; the last one asked did not answer: {refused.message}" if refused else ""
    raise TargetError(
        f"{asked} offers no OpenAPI document at the {tried} usual places{last}",
        hint="Name the document: a file, or its URL.",
    )


def is_document(text: str) -> bool:
    """Tell whether text looks like an OpenAPI document: a mapping with `openapi` or `swagger`."""
    if text.lstrip("\ufeff \t\r\n")[:1] == "{":
        try:
            value = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            return False
        return isinstance(value, dict) and ("openapi" in value or "swagger" in value)
    return bool(_YAML.match(text)) or bool(re.search(r"(?m)^(?:openapi|swagger)\s*:\s*[\"']?[23]", text))


def _places(target: HttpTarget | AgentTarget) -> Iterator[str]:
    bases = dict.fromkeys((target.base_path, ""))
    seen: set[str] = set()
    for base in bases:
        for place in PLACES:
            if base + place not in seen:
                seen.add(base + place)
                yield base + place
    for base in bases:
        for page in PAGES:
            for place in _named_by(target, base + page):
                if place not in seen:
                    seen.add(place)
                    yield place


def _named_by(target: HttpTarget | AgentTarget, page: str) -> list[str]:
    """Return the places on the same host that a page of documentation names."""
    try:
        text = _fetch(target, page)
    except SendFailure:
        return []
    places = []
    for found in _NAMED.findall(text or ""):
        parts = urlsplit(urljoin(page, found.replace("\\/", "/")))
        if not parts.netloc and parts.path.startswith("/"):
            places.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return places


def _fetch(target: HttpTarget | AgentTarget, place: str) -> str | None:
    answer = _get(target, place)
    moved = answer.header("location") if answer.status in (301, 302, 303, 307, 308) else None
    if moved is not None:
        parts = urlsplit(urljoin(place, moved))
        here = not parts.netloc or (isinstance(target, HttpTarget) and target.origin.endswith(f"//{parts.netloc}"))
        if here and parts.path.startswith("/"):
            answer = _get(target, parts.path + (f"?{parts.query}" if parts.query else ""))
    if answer.status != 200 or answer.truncated:  # noqa: PLR2004
        return None
    return answer.body.decode("utf-8", "replace")


def _get(target: HttpTarget | AgentTarget, place: str) -> Answer:
    accept = (("Accept", "application/json, application/yaml;q=0.9, text/html;q=0.8, */*;q=0.5"),)
    return target.send(WireRequest(method="GET", target=place, headers=accept), timeout=PATIENCE)
