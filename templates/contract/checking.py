"""Checks requests and answers against openapi.json, by openapi-core."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

DOCUMENT = Path(__file__).with_name("openapi.json")
_PATH = "/operation"
logger = logging.getLogger(__name__)


@dataclass
class SentRequest:
    """A request of httpx as openapi-core reads it."""

    path: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None
    host_url: str = "http://testserver"
    method: str = "post"


@dataclass
class GivenAnswer:
    """An answer of httpx as openapi-core reads it."""

    status_code: int
    headers: Headers
    content_type: str
    data: bytes | None


class Contract:
    """The API description as a contract between the API and those who call it.

    Args:
        describe: Shows a request and its answer in a message.
    """

    def __init__(self, describe: Callable[[httpx.Response], str]) -> None:
        self._describe = describe

    def check(
        self,
        response: httpx.Response,
        operation: str,
        *,
        status: str,
        at: str,
        request: bool = False,
    ) -> None:
        """Fail the test where an answer, or its request, breaks the description.

        Args:
            operation: Method and path template, `POST /orders`.
            status: The documented response to hold the answer to: `404`, `4XX`,
                `default`.
            at: Where the description documents it; the message names the place
                below it that was broken.
            request: Check the request as well (not where it is wrong on purpose).
        """
        method, _, template = operation.partition(" ")
        promise = _promise(method, template, status)
        if promise is None:
            pytest.fail(
                f"openapi.json no longer documents {status} for {operation}; "
                "delete this test",
                pytrace=False,
            )
        sent = _sent(response.request)
        faults: list[str] = []
        try:
            if request:
                for error in promise.openapi.request_validator.iter_errors(sent):
                    faults += promise.request_faults(error)
            for error in promise.openapi.response_validator.iter_errors(
                sent, _answer(response)
            ):
                faults += promise.faults(error, at, response)
        except Exception as error:
            logger.exception("openapi-core can't read this part of the description")
            pytest.skip(f"openapi-core can't check this: {type(error).__name__}")
        if faults:
            lines = "\n  ".join(faults)
            pytest.fail(
                f"the contract is broken: {lines}\n{self._describe(response)}",
                pytrace=False,
            )


@cache
def _document() -> dict[str, Any]:
    text = DOCUMENT.read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text, object_hook=_without_discriminator)
    return loaded


def _without_discriminator(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only says which schema is meant.

    Where it is wrong, schemas still hold.
    """
    hint = value.get("discriminator")
    if isinstance(hint, dict) and isinstance(hint.get("propertyName"), str):
        del value["discriminator"]
    return value


@dataclass(frozen=True)
class Promise:
    """One documented response, read by openapi-core under a path of our own."""

    openapi: OpenAPI
    response: Mapping[str, Any]
    document: Mapping[str, Any]

    def request_faults(self, error: Exception) -> Iterator[str]:
        """Yield what an error says of a request."""
        details = getattr(error.__cause__, "schema_errors", None)
        if not details:
            yield f"the request: {_told(error)}"
        for detail in details or ():
            if not self._is_left_out(detail, "readOnly"):
                instance = "".join(
                    f"/{_token(str(one))}" for one in detail.absolute_path
                )
                yield (
                    f"the request: {detail.message} "
                    f"(at {instance or 'the root'} of the body)"
                )

    def _is_left_out(self, detail: Any, keyword: str) -> bool:
        """Return whether nothing is missing but what does not travel this way.

        OpenAPI 3.0, Schema Object: a required property that is `readOnly` is required
        in answers alone, one that is `writeOnly` in requests.
        """
        if detail.validator != "required":
            return False
        properties = detail.schema.get("properties", {})
        missing = [
            name for name in detail.validator_value if name not in detail.instance
        ]
        named = [name for name in missing if repr(name) in detail.message] or missing
        schemas = [self._followed("", properties.get(name))[1] for name in named]
        return all(
            isinstance(one, dict) and one.get(keyword) is True for one in schemas
        )

    def faults(
        self, error: Exception, at: str, response: httpx.Response
    ) -> Iterator[str]:
        """Yield what an error says, with the place in the description."""
        name = getattr(error, "name", "")
        if name:
            yield f"{at}/headers/{_token(name)}: {_told(error)}"
            return
        details = getattr(error.__cause__, "schema_errors", None)
        key = _media_type(
            self.response.get("content", {}), response.headers.get("content-type", "")
        )
        if not details or key is None:
            yield f"{at}/content: {_told(error)}"
            return
        for detail in details:
            if self._is_left_out(detail, "writeOnly"):
                continue
            where = self._place(
                f"{at}/content/{_token(key)}/schema", key, detail.absolute_schema_path
            )
            instance = "".join(
                f"/{_token(str(token))}" for token in detail.absolute_path
            )
            yield f"{where}: {detail.message} (at {instance or 'the root'} of the body)"

    def _place(self, start: str, key: str, tokens: Iterable[str | int]) -> str:
        """Return the pointer of a keyword, references followed."""
        place, node = start, self.response["content"][key].get("schema", {})
        for token in tokens:
            place, node = self._followed(place, node)
            try:
                node = node[token]
            except (LookupError, TypeError):
                return place
            place += f"/{_token(str(token))}"
        return place

    def _followed(self, place: str, node: Any) -> tuple[str, Any]:
        for _ in range(20):
            if not isinstance(node, dict) or not str(node.get("$ref", "")).startswith(
                "#/"
            ):
                break
            place = node["$ref"]
            node = _at(self.document, place)
        return place, node


@cache
def _promise(method: str, template: str, status: str) -> Promise | None:
    """Return the description of one response alone, None where there is none."""
    document, item, operation = _operation(method, template)
    if status not in operation.get("responses", {}):
        return None
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    responses = operation["responses"]
    response = (
        _at(document, responses[status].get("$ref", "#"))
        if "$ref" in responses[status]
        else responses[status]
    )
    response = dict(response)
    if "content" in response:
        response["content"] = {
            name: _readable(name, item) for name, item in response["content"].items()
        }
        if method == "HEAD" or status in ("204", "205", "304"):
            del response["content"]
    alone = {
        "parameters": [one for one in parameters if one.get("in") != "path"],
        "responses": {status: response},
    }
    body = operation.get("requestBody")
    if body is not None:
        body = dict(_at(document, body["$ref"]) if "$ref" in body else body)
        body["content"] = {
            name: _readable(name, item)
            for name, item in body.get("content", {}).items()
        }
        alone["requestBody"] = body
    names = [*response.get("content", ()), *(body or {}).get("content", ())]
    description = {
        "openapi": document["openapi"],
        "info": {"title": "contract", "version": "1"},
        "paths": {_PATH: {"post": alone}},
        "components": document.get("components", {}),
    }
    readers = {
        name.partition(";")[0].strip().lower(): _read_json
        for name in names
        if _is_json(name)
    }
    options: dict[str, Any] = {
        "spec_validator_cls": None,
        "extra_media_type_deserializers": readers,
    }
    openapi = OpenAPI.from_dict(description, config=Config(**options))
    return Promise(openapi=openapi, response=response, document=document)


def _read_json(content: bytes, **_parameters: str) -> Any:
    """Return the value of JSON text, whatever parameters its media type has."""
    return json.loads(content)


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower().endswith(("/json", "+json"))


def _readable(media_type: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a media type as openapi-core can check it: JSON, or plain text.

    Of others the schema is left out.
    """
    schema = content.get("schema", {})
    is_text = isinstance(schema, dict) and schema.get("type") == "string"
    if _is_json(media_type) or (is_text and media_type.startswith("text/plain")):
        return dict(content)
    left_out = ("schema", "encoding", "itemSchema")
    return {name: value for name, value in content.items() if name not in left_out}


def _media_type(content: Mapping[str, Any], sent: str) -> str | None:
    """Return the most specific key of `content` that a content type falls under."""
    essence = sent.partition(";")[0].strip().lower()
    wanted = (essence, f"{essence.partition('/')[0]}/*", "*/*")
    by_name = {name.partition(";")[0].strip().lower(): name for name in content}
    return next((by_name[name] for name in wanted if name in by_name), None)


def _at(document: Mapping[str, Any], reference: str) -> Any:
    """Return what a reference within the document points at."""
    node: Any = document
    for escaped in unquote(reference.removeprefix("#")).split("/")[1:]:
        token = escaped.replace("~1", "/").replace("~0", "~")
        node = node[int(token)] if isinstance(node, list) else node[token]
    return (
        _at(document, node["$ref"])
        if isinstance(node, dict) and set(node) == {"$ref"}
        else node
    )


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _told(error: BaseException) -> str:
    """Return what an error says, its causes included."""
    told = [str(error)]
    while error.__cause__ is not None:
        error = error.__cause__
        details = getattr(error, "schema_errors", None)
        told.append(
            "; ".join(detail.message for detail in details) if details else str(error)
        )
    return ": ".join(dict.fromkeys(told))


def _operation(
    method: str, template: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the document, the path item and the operation of a method on a path.

    The latter two are empty where the document does not have them.
    """
    document = _document()
    apart = document.get("x-other-methods", {}).get(f"{method} {template}")
    if apart is not None:  # a method that OpenAPI 3.1 does not have
        document, method = apart, "POST"
    item = document.get("paths", {}).get(template, {})
    return document, item, item.get(method.lower(), {})


def _sent(request: httpx.Request) -> SentRequest:
    return SentRequest(
        path=_PATH,
        parameters=RequestParameters(
            query=ImmutableMultiDict(request.url.params.multi_items()),
            header=Headers(request.headers.multi_items()),
            cookie=ImmutableMultiDict(_cookies(request.headers.get("cookie", ""))),
        ),
        content_type=request.headers.get("content-type", "").lower(),
        body=request.read() or None,
    )


def _cookies(header: str) -> Iterator[tuple[str, str]]:
    for cookie in filter(None, header.split("; ")):
        name, _, value = cookie.partition("=")
        yield name, unquote(value)


def _answer(response: httpx.Response) -> GivenAnswer:
    return GivenAnswer(
        status_code=response.status_code,
        headers=Headers(response.headers.multi_items()),
        content_type=response.headers.get("content-type", "").lower(),
        data=response.content or None,
    )
