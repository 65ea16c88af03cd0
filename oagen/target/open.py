"""Opening a target: a base URL or an application, never both."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager

from oagen.errors import UsageError
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions
from oagen.target.allowed import require_allowed
from oagen.target.http import HttpOptions, HttpTarget


@contextmanager
def open_target(
    *,
    base_url: str | None = None,
    app: str | None = None,
    http: HttpOptions | None = None,
    agent: AgentOptions | None = None,
    allow_hosts: Collection[str] = (),
) -> Iterator[HttpTarget | AgentTarget]:
    """Open the target that the user named, and close it at the end of the `with` block.

    Args:
        base_url: Where the API answers.
        app: `package.module:attribute` of an application, driven in a process of its own.
        http: How requests are sent to `base_url`.
        agent: How `app` is run.
        allow_hosts: Hosts outside this machine that may be sent requests.

    Raises:
        UsageError: Neither is given, or both are.
        TargetError: The host may not be sent requests, or the application can't be started.
    """
    if (base_url is None) == (app is None):
        raise UsageError(
            "name the API to test: a base URL, or an application, and not both",
            hint="--base-url http://127.0.0.1:8000, or --app package.module:attribute",
        )
    target: HttpTarget | AgentTarget
    if base_url is not None:
        require_allowed(base_url, allow_hosts)
        target = HttpTarget(base_url, http)
    else:
        target = AgentTarget(app or "", agent)
    with closing(target):
        yield target
