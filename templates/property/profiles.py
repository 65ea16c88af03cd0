"""How long and how thoroughly property tests look: for a developer, and for CI."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis import settings

DEFAULT = "dev"


def profiles() -> dict[str, settings]:
    """Return the profiles by name.

    `dev` is quick, and tries other requests each time; `ci` is thorough, and tries the
    same ones each time.
    """
    from hypothesis import HealthCheck, Phase, settings

    alike: dict[str, Any] = {
        "deadline": None,
        "phases": [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        "suppress_health_check": list(HealthCheck),
    }
    return {
        "dev": settings(max_examples=20, **alike),
        "ci": settings(
            max_examples=100, derandomize=True, database=None, print_blob=True, **alike
        ),
    }


def register_profiles() -> None:
    """Let Hypothesis know the profiles; it keeps what it has under the same names."""
    try:
        from hypothesis import settings
        from hypothesis.errors import InvalidArgument
    except ImportError:  # the tests skip, and say so
        return
    for name, profile in profiles().items():
        try:
            settings.get_profile(name)
        except InvalidArgument:
            settings.register_profile(name, profile)


def chosen() -> settings:
    """Return the profile that property tests run with.

    It is the one that OAGEN_PROFILE names, else that of `--hypothesis-profile`;
    Hypothesis itself takes `ci` on CI servers. Without any it is `dev`.
    """
    from hypothesis import settings

    ours = profiles()
    current = settings.get_current_profile_name()
    name = os.environ.get("OAGEN_PROFILE") or current
    if name in ours:
        return ours[name]
    return ours[DEFAULT] if name == "default" else settings.get_profile(name)
