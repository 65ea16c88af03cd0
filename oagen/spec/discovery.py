"""Find the API description where nobody named one: in a project's folder, or at a running API."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from oagen.errors import DocumentError
from oagen.spec.parsing import parse
from oagen.spec.sources import UnreachableError, read_source, shown

_FOLDERS = (
    "", "docs", "doc", "api", "spec", "specs", "openapi", "swagger", "schema", "static", "public",
    "src/main/resources", "src/main/resources/static",
)  # fmt: skip
_NAMES = ("openapi", "swagger", "api", "api-docs")
_SUFFIXES = (".yaml", ".yml", ".json")
_LOOKED_AT = 1 << 20  # bytes of a file that are searched for `openapi` or `swagger`

# Where frameworks serve it: FastAPI, Spring, Django REST, ASP.NET, NestJS, Quarkus, flasgger, swaggo, ...
_SERVED_AT = (
    "/openapi.json", "/openapi.yaml", "/swagger.json", "/v3/api-docs", "/api/openapi.json", "/api/schema/",
    "/swagger/v1/swagger.json", "/openapi/v1.json", "/api-docs", "/api-docs.json", "/api-json", "/api/docs-json",
    "/docs-json", "/schema/", "/openapi", "/q/openapi", "/v2/api-docs", "/api/swagger.json", "/api/v1/openapi.json",
    "/swagger/doc.json", "/swagger.yaml", "/openapi.yml", "/apispec_1.json", "/docs/openapi.json",
    "/.well-known/openapi.json",
)  # fmt: skip


def usual_documents(directory: Path) -> list[Path]:
    """Return the files of a project that are likely its API description, the likeliest first.

    A file counts when it has a usual name in a usual folder and says `openapi` or `swagger` near its beginning.
    """
    found = []
    for folder in _FOLDERS:
        for name in _NAMES:
            for suffix in _SUFFIXES:
                path = directory / folder / (name + suffix)
                if _is_description(path):
                    found.append(path)
    return found


def fetch_document(base_url: str) -> str:
    """Return the URL at which a running API serves its description.

    The places that frameworks use are tried below the base URL and at the root of its host; never another host.

    Args:
        base_url: Where the API answers, as `http://127.0.0.1:8000/api`.

    Raises:
        DocumentError: The API can't be reached, or serves a description at none of these places.
    """
    parts = urlsplit(base_url)
    prefixes = dict.fromkeys((parts.path.rstrip("/"), ""))
    for prefix in prefixes:
        for place in _SERVED_AT:
            url = urlunsplit((parts.scheme, parts.netloc, prefix + place, "", ""))
            try:
                value = parse(read_source(url).data, shown(url)).value
            except UnreachableError:
                raise
            except DocumentError:
                continue
            if isinstance(value, dict) and ("openapi" in value or "swagger" in value):
                return url
    hint = "name the document: a file, or its URL"
    raise DocumentError(f"{shown(base_url)} serves its API description at none of the usual places", hint=hint)


def _is_description(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            beginning = file.read(_LOOKED_AT)
    except OSError:
        return False
    return b"openapi" in beginning or b"swagger" in beginning
