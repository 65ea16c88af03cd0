"""401: no credentials, and credentials that nobody was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario import tree
from oagen.scenario.accounts import SECRET_MEMBER
from oagen.scenario.context import DesignContext
from oagen.scenario.effects import unchanged
from oagen.scenario.identities import is_credential
from oagen.scenario.model import Argument, HeaderCheck, HeaderRule, Literal, Request, Scenario
from oagen.spec.model import Operation, ParameterLocation, Response, SchemeKind, SecurityScheme, Style

_UNKNOWN = "unknown-token-of-nobody"
_ANOTHER = "Not-the-password-1"
_UNKNOWN_BASIC = "bm9ib2R5Om5vdC10aGUtcGFzc3dvcmQ="  # nobody:not-the-password


class Unauthenticated:
    """Requests whose sender the API can't know."""

    name = "without-credentials"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the request without credentials and with unknown ones; for a login, with a wrong password."""
        if response.status != "401":
            return
        if not context.cast.asks_credentials(operation):
            yield from self._login(context, operation, response)
            return
        schemes = _schemes(context, operation)
        checks = challenges(schemes, response, demanded=context.is_first(("challenge", *_names(schemes))))
        prepared = context.prepared(operation)
        setup = context.setup(prepared if prepared.owns else None)
        effects = unchanged(context, setup, operation) if prepared.owns else ()
        owned = bool(effects)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason="without credentials",
            given=setup.given if owned else (),
            when=replace(prepared.request if owned else context.bare(operation), identity=None),
            headers=checks,
            effects=effects,
            auth=True,
        )
        used = tuple(sorted(scheme.name for scheme in schemes))
        if not context.is_first(("unknown-credentials", *used)):
            return  # who reads credentials reads them for the whole API
        for argument, reason in _wrong_credentials(schemes, operation):
            bare = context.bare(operation)
            yield context.scenario(
                operation,
                response,
                technique="unknown-credentials",
                reason=reason,
                when=replace(bare, arguments=(*bare.arguments, argument), identity=None),
                headers=challenges(schemes, response, demanded=False),
                auth=True,
            )

    def _login(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the request with a password that is wrong; nothing where none is sent, or where it is being chosen."""
        request = context.bare(operation)
        secrets = tuple(_secrets(request))
        if not secrets or context.accounts.is_registration(operation):
            return
        prepared = context.prepared(operation)
        if not prepared.given and prepared.request == request:  # the documented example is an account that exists
            request = _with_wrong_secrets(request, secrets)
        yield context.scenario(
            operation,
            response,
            technique="wrong-password",
            reason="with a wrong password",
            when=request,
            auth=True,
        )


def _secrets(request: Request) -> Iterator[int | tree.Path]:
    """Yield the places of the passwords that a request sends: the index of an argument, or a path in the body."""
    for index, argument in enumerate(request.arguments):
        if argument.where is not ParameterLocation.PATH and SECRET_MEMBER.search(argument.name):
            yield index
    if request.body is not None:
        for path, _ in tree.walk(request.body.value):
            if path and isinstance(path[-1], str) and SECRET_MEMBER.search(path[-1]):
                yield path


def _with_wrong_secrets(request: Request, places: tuple[int | tree.Path, ...]) -> Request:
    arguments, body = list(request.arguments), request.body
    for place in places:
        if isinstance(place, int):
            arguments[place] = replace(arguments[place], value=Literal(_ANOTHER))
        elif body is not None:
            body = replace(body, value=tree.put(body.value, place, Literal(_ANOTHER)))
    return replace(request, arguments=tuple(arguments), body=body)


def challenges(schemes: tuple[SecurityScheme, ...], response: Response, *, demanded: bool) -> tuple[HeaderCheck, ...]:
    """Return the check of `WWW-Authenticate` (RFC 9110, section 11.6.1) against the documented schemes.

    A key in a header, a query or a cookie has no registered scheme, so no challenge is asked for there; one that is
    sent nevertheless must be well-formed.

    Args:
        demanded: Ask for the header even where the document does not promise it, as the RFC does. An API that lacks
            it lacks it everywhere, so this is asked once for each scheme, not with every operation.
    """
    values = _names(schemes)
    promised = any(header.name.lower() == "www-authenticate" for header in response.headers)
    return (
        HeaderCheck(
            name="WWW-Authenticate",
            rule=HeaderRule.CHALLENGE,
            values=values,
            required=promised or (demanded and bool(values)),
        ),
    )


def _names(schemes: tuple[SecurityScheme, ...]) -> tuple[str, ...]:
    """Return the names of the schemes as a challenge has them."""
    return tuple(sorted({name for name in map(_http_name, schemes) if name is not None}))


def _http_name(scheme: SecurityScheme) -> str | None:
    match scheme.kind:
        case SchemeKind.HTTP:
            return scheme.http_scheme
        case SchemeKind.OAUTH2 | SchemeKind.OPENID_CONNECT:
            return "bearer"
        case _:
            return None


def _schemes(context: DesignContext, operation: Operation) -> tuple[SecurityScheme, ...]:
    used = {name for requirement in operation.security for name, _ in requirement.schemes}
    return tuple(scheme for scheme in context.description.security_schemes if scheme.name in used)


def _wrong_credentials(schemes: tuple[SecurityScheme, ...], operation: Operation) -> Iterator[tuple[Argument, str]]:
    """Yield an argument with credentials of nobody, and what a title says of it, for the first scheme that has some."""
    for scheme in schemes:
        match scheme.kind:
            case SchemeKind.HTTP if scheme.http_scheme == "basic":
                yield _header("Authorization", f"Basic {_UNKNOWN_BASIC}"), "with a wrong password"
                return
            case SchemeKind.HTTP | SchemeKind.OAUTH2 | SchemeKind.OPENID_CONNECT:
                word = (scheme.http_scheme or "bearer").capitalize()
                yield _header("Authorization", f"{word} {_UNKNOWN}"), "with an unknown token"
                return
            case SchemeKind.API_KEY if scheme.parameter and scheme.where is not None:
                style = Style.SIMPLE if scheme.where is ParameterLocation.HEADER else Style.FORM
                yield (
                    Argument(name=scheme.parameter, where=scheme.where, value=Literal(_UNKNOWN), style=style),
                    "with an unknown key",
                )
                return
            case _:
                continue
    if schemes:
        return
    for parameter in operation.parameters:
        if is_credential(parameter):
            prefix = "Bearer " if parameter.name.lower() == "authorization" else ""
            yield _header(parameter.name, prefix + _UNKNOWN), "with an unknown token"
            return


def _header(name: str, text: str) -> Argument:
    return Argument(name=name, where=ParameterLocation.HEADER, value=Literal(text), style=Style.SIMPLE, explode=False)
