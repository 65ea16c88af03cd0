"""Wait until an API is up."""

from __future__ import annotations

import time
from collections.abc import Callable

from oagen.config.settings import Settings
from oagen.errors import ConfigError, TargetError

_PAUSE_SECONDS = 0.2
_LONGEST_ANSWER_SECONDS = 5.0


def health_url(settings: Settings) -> str:
    """Return what is asked to learn whether the API is up.

    Raises:
        ConfigError: There is no base URL to ask.
    """
    health, base_url = settings.ci.health, settings.api.base_url
    if health is not None and health.startswith(("http://", "https://")):
        return health
    if base_url is None:
        raise ConfigError(
            "nothing says where the API answers once it is up",
            hint='add base_url = "http://127.0.0.1:8000" to [api] in oagen.toml',
        )
    return base_url.rstrip("/") + (health or "")


def is_healthy(url: str, *, any_answer: bool) -> str | None:
    """Return None where the API answers well, else what it said or why nothing came.

    Args:
        any_answer: Whatever it answers will do.
    """
    import httpx

    try:
        answer = httpx.get(url, timeout=_LONGEST_ANSWER_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
    except (httpx.InvalidURL, ValueError) as error:
        raise ConfigError(f"{url!r} can't be asked for health: {error}") from error
    if any_answer or answer.is_success:
        return None
    return f"it answers {answer.status_code}"


def wait_until_healthy(settings: Settings, *, ended: Callable[[], str | None] = lambda: None) -> float:
    """Ask the API until it is up, and return how many seconds that took.

    Args:
        ended: Tells why waiting is of no use any more, or None.

    Raises:
        TargetError: It is not up in time.
    """
    url = health_url(settings)
    started = time.monotonic()
    while True:
        said = is_healthy(url, any_answer=settings.ci.health is None)
        if said is None:
            return time.monotonic() - started
        if (reason := ended()) is not None:
            raise TargetError(reason, hint="see [ci] start or compose in oagen.toml")
        if time.monotonic() - started >= settings.ci.wait:
            raise TargetError(
                f"the API was not healthy within {settings.ci.wait:g} s: {url}: {said}",
                hint="see [ci] health and wait in oagen.toml, and what the API logs",
            )
        time.sleep(_PAUSE_SECONDS)
