"""The places where libraries decide who is asking: what a test replaces so that somebody is."""

from __future__ import annotations

import re
import sys
from typing import Any, Callable

from .entities import fields_of, is_entity
from .places import is_library, public_module
from .proposing import IDENTIFIER, Outcome, Proposer
from .values import Spec, lit

_TOKEN = re.compile(r"token|api_?key", re.IGNORECASE)
_STATE = re.compile(r"^(is|was|has)_|disabled|revoked|expired|blocked|deleted|locked|suspended|banned|used$")
"""Names of flags of a token that do not tell what it allows."""
_USER_NAMES = ("user", "account", "customer", "member", "usermodel", "person")


def doors(handlers: list[Any], proposer: Proposer) -> list[dict[str, Any]]:
    """Return what can be replaced so that a request is somebody's, as seams."""
    user = user_class()
    made = proposer.outcome(user) if user is not None else None
    users = [] if made is None else [made]
    found: list[tuple[str, list[Outcome]]] = []
    told: list[dict[str, Any]] = []
    if "flask_jwt_extended" in sys.modules:
        found.append(("flask_jwt_extended.view_decorators:verify_jwt_in_request", [{"return": lit(None)}]))
    if "flask_login" in sys.modules:
        anybody: Outcome = {"return": {"k": "call", "of": "flask_login:UserMixin"}}
        found.append(("flask_login.utils:_get_user", users or [anybody]))
    if "flask_httpauth" in sys.modules:
        kinds = ("HTTPTokenAuth", "HTTPBasicAuth", "HTTPDigestAuth")
        found += [(f"flask_httpauth:{kind}.authenticate", [*users, {"return": lit("alice")}]) for kind in kinds]
    session = None
    if "django.contrib.auth.middleware" in sys.modules and made is not None:
        session = _door("django.contrib.auth.middleware:get_user", _privileged(made))
    if "rest_framework.views" in sys.modules and made is not None:
        own, others = _tokens(proposer, [*_classes(handlers, "authentication"), *_classes(handlers, "permission")])
        told += [
            _door("rest_framework.views:APIView.get_authenticators", _forced(made, token), session)
            for token in (*own, lit(None), *others)
        ]
        identified = _identified(made)
        found += [
            (f"{public_module(kind)}:{kind.__qualname__}.authenticate", identified)
            for kind in _classes(handlers, "authentication")
        ]
    told += [_door(target, outcomes) for target, outcomes in found if outcomes]
    if session is not None:
        told.append(session)
    if "rest_framework.views" in sys.modules:
        told.append(_door("rest_framework.views:APIView.check_permissions", [{"return": lit(None)}]))
    return told


def _door(target: str, outcomes: list[Outcome], beside: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a seam; `beside` is what is replaced with it, since a middleware may ask as well."""
    seam = {"target": target, "kind": "patch", "library": True, "direct": False, "outcomes": outcomes}
    return seam if beside is None else {**seam, "with": beside}


def _privileged(user: Outcome) -> list[Outcome]:
    """Return a user who may do everything, and the usual one, with others for each field."""
    flags = [name for name in ("is_superuser", "is_staff") if name in user["return"].get("kw", {})]
    if not flags:
        return [user]
    keywords = {**user["return"]["kw"], **{name: {"k": "lit", "v": True} for name in flags}}
    return [{**user, "return": {**user["return"], "kw": keywords}}, user]


def token_row(proposer: Proposer) -> Spec | None:
    """Return a row of the model of tokens of an application of Django that allows everything; None without one."""
    if "django.contrib.auth" not in sys.modules:
        return None
    try:
        _, tokens = _tokens(proposer, [])
    except Exception:  # noqa: BLE001 - its models are not there yet
        return None
    return next(iter(tokens), None)


def _tokens(proposer: Proposer, asking: list[Any]) -> tuple[list[Spec], list[Spec]]:
    """Return a row of the model of tokens that authenticators or permissions name, and else of any such model."""
    kinds = sys.modules["django.apps"].apps.get_models()
    found = [kind for kind in kinds if _TOKEN.search(kind.__name__) and is_entity(kind)]
    modules = [vars(sys.modules[module]) for module in {kind.__module__ for kind in asking} if module in sys.modules]
    named = [kind for kind in found if any(names.get(kind.__name__) is kind for names in modules)]
    found.sort(key=lambda kind: (is_library(kind.__module__.partition(".")[0]), len(kind.__name__)))
    made = [proposer.outcome(kind) for kind in (named or found)[:1]]
    tokens = [granting(each["return"]) for each in made if each is not None]
    return (tokens, []) if named else ([], tokens)


def granting(token: Spec) -> Spec:
    """Return a token whose flags allow whatever they are about; those that say what it is stay as they are."""
    flags = {
        name: lit(True)  # noqa: FBT003
        for name, value in token.get("kw", {}).items()
        if value == lit(False) and not _STATE.search(name)  # noqa: FBT003
    }
    return {**token, "kw": {**token.get("kw", {}), **flags}}


def _forced(user: Outcome, token: Spec) -> list[Outcome]:
    """Return what REST framework's own test client uses to be somebody, whatever authenticates else; and nobody."""
    found: list[Outcome] = []
    for each in _privileged(user):
        forced = {"k": "call", "of": "rest_framework.request:ForcedAuthentication", "args": [each["return"], token]}
        found.append({"return": {"k": "list", "items": [forced]}})
    return [*found, {"return": {"k": "list", "items": []}}]


def _identified(user: Outcome) -> list[Outcome]:
    """Return what an authenticator of REST framework gives: a user who may do everything, and one who may not."""
    alternatives = {f"0.{name}": values for name, values in user.get("alts", {}).items()}
    return [
        {"return": {"k": "tuple", "items": [each["return"], lit(None)]}, "alts": alternatives}
        for each in _privileged(user)
    ]


def _classes(handlers: list[Any], kind: str) -> list[Any]:
    """Return the authenticators or permissions of REST framework that views name, or that are the usual ones."""
    views: Any = sys.modules.get("rest_framework.views")
    found: list[Any] = []
    for view in (getattr(views, "APIView", None), *handlers):
        named = getattr(view, f"{kind}_classes", ())
        found += named if isinstance(named, (list, tuple)) else ()
    return [each for each in dict.fromkeys(found) if isinstance(each, type) and public_module(each) is not None]


def user_class() -> Any:
    """Return the application's class of users: what its framework says, else the one that is called so."""
    auth: Any = sys.modules.get("django.contrib.auth")
    if auth is not None:
        try:
            return auth.get_user_model()
        except Exception:  # noqa: BLE001 - accounts are not installed
            return None
    mixin = getattr(sys.modules.get("flask_login"), "UserMixin", None)
    candidates = []
    for module in list(sys.modules.values()):
        for name, kind in list(getattr(module, "__dict__", {}).items()):
            named = isinstance(kind, type) and name.lower() in _USER_NAMES and kind.__module__ == module.__name__
            if named and _logs_in(kind, mixin) and is_entity(kind):
                candidates.append(kind)
    candidates.sort(
        key=lambda kind: (
            not hasattr(kind, "__mapper__"),
            _USER_NAMES.index(kind.__name__.lower()) if kind.__name__.lower() in _USER_NAMES else len(_USER_NAMES),
            len(fields_of(kind) or ()),
        )
    )
    return candidates[0] if candidates else None


def _logs_in(kind: Any, mixin: Any) -> bool:
    """Tell whether a class may be that of users of Flask-Login, where that is there."""
    return mixin is None or issubclass(kind, mixin) or hasattr(kind, "is_authenticated")


_OPENING = re.compile(
    r"^_?(verify|authenticate|auth|decode|current|check|validate|load|parse|get|find|resolve|identify|extract).*"
    r"(token|session|jwt|identity|credential|api_?key|user|auth)"
)


_TOKEN_GIVEN = re.compile(
    r"^_?(get|find|fetch|load|lookup|resolve|parse)_(\w+_)?(token|api_?key)(_(by|for|from|of)_|$)"
)


def unknown_identity(
    path: str, user: Outcome | None = None, unpacked: int = 0, token: Callable[[], Spec | None] = lambda: None
) -> list[Outcome]:
    """Return what a function that tells who is asking might give, where its annotation does not say.

    Args:
        user: A user of the application's, where it has a class of them.
        unpacked: How many values its caller takes it apart into; 0 for none.
        token: Gives a row of the application's model of tokens, where it has one.
    """
    name = path.rpartition(".")[2]
    words = name.lower()
    row = token() if unpacked <= 1 and _TOKEN_GIVEN.match(words) else None
    if row is not None:
        return [{"return": row}, *([user] if user is not None else []), {"return": lit(None)}]
    if user is not None and _OPENING.match(words):
        value = user["return"]
        if unpacked > 1:
            value = {"k": "tuple", "items": [value, *[lit("text")] * (unpacked - 1)]}
            alternatives = {f"0.{field}": others for field, others in user.get("alts", {}).items()}
            return [{"return": value, "alts": alternatives}, {"return": lit(None)}]
        return [user, {"return": lit(None)}]
    if name in ("authenticate", "verify_token", "verify_password", "check_token", "validate_token", "get_user"):
        return [{"return": lit("alice")}, {"return": lit(None)}]
    if "identity" in words or "user_id" in words or words.endswith("_sub"):
        return [{"return": lit(str(IDENTIFIER))}, {"return": lit(IDENTIFIER)}]
    return []
