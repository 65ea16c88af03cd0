"""Find the API description that is meant: named, offered by the running API, or lying in the project."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from oagen.config.settings import Settings
from oagen.errors import TargetError, UsageError

if TYPE_CHECKING:
    from oagen.target.http import HttpOptions


@contextlib.contextmanager
def found_document(settings: Settings, http: HttpOptions | None = None) -> Iterator[str]:
    """Yield a source for `load_description`: what is named, else what the API offers, else a file of the usual name.

    An API that `[ci]` serves for a job may be down at other times: then its application is asked, where one is named.

    Args:
        http: How the API is asked for it.

    Raises:
        TargetError: The API that is named offers no document, and there is no file either.
        UsageError: Nothing is named, and there is no file.
    """
    if settings.api.document is not None:
        yield settings.api.document
        return
    file = _usual_file(settings.root)
    if settings.api.base_url or settings.api.app:
        with contextlib.ExitStack() as stack:
            try:
                source = _first_offered(stack, settings, http)
            except TargetError:
                if file is None:
                    raise
                source = file
            yield source
        return
    if file is None:
        hint = "name it (oagen generate openapi.yaml), or the API that offers it (--base-url, --app, or oagen.toml)"
        raise UsageError("no API description is named, and the project has no openapi.yaml or the like", hint=hint)
    yield file


def _usual_file(root: Path) -> str | None:
    from oagen.spec.discovery import usual_documents

    found = usual_documents(Path() if root.absolute() == Path.cwd() else root)
    return str(found[0]) if found else None


def _first_offered(stack: contextlib.ExitStack, settings: Settings, http: HttpOptions | None) -> str:
    """Return what the API offers; the application itself is asked where `[ci]` serves it and it is not up now."""
    try:
        return stack.enter_context(_offered(settings, http))
    except TargetError:
        is_served_by_jobs = settings.ci.start is not None or settings.ci.compose is not None
        if not (is_served_by_jobs and settings.api.base_url and settings.api.app):
            raise
    return stack.enter_context(_offered(replace(settings, api=replace(settings.api, base_url=None)), http))


@contextlib.contextmanager
def _offered(settings: Settings, http: HttpOptions | None) -> Iterator[str]:
    from oagen.target.agent.options import AgentOptions
    from oagen.target.discovery import document_of
    from oagen.target.open import open_target

    api = settings.api
    with open_target(
        base_url=api.base_url,
        app=None if api.base_url else api.app,
        http=http,
        agent=AgentOptions(python=api.python, cwd=settings.root.absolute(), coverage=False),
        allow_hosts=api.allow_hosts,
    ) as target:
        discovered = document_of(target)
    if discovered.url is not None and (http is None or _is_plain(http)):
        yield discovered.url
        return
    with tempfile.TemporaryDirectory(prefix="oagen-") as folder:
        file = Path(folder) / "openapi.json"
        file.write_text(discovered.text, encoding="utf-8")
        yield str(file)


def _is_plain(http: HttpOptions) -> bool:
    """Whether anybody who asks for a URL is given what we are."""
    return not (http.headers or http.ca_bundle or http.client_certificate or http.proxy) and http.verify
