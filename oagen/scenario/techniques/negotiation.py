"""405, 406 and 415: a method, an `Accept` and a `Content-Type` outside the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.effects import unchanged
from oagen.scenario.model import Body, HeaderCheck, HeaderRule, Literal, Scenario
from oagen.scenario.requests import with_header
from oagen.spec.model import Operation, ParameterLocation, Response

_METHODS = ("PATCH", "PUT", "DELETE", "POST", "GET")
_NO_METHODS = frozenset({"OPTIONS", "HEAD", "TRACE", "CONNECT"})
_NO_TYPE = "application/x-no-such-type"


class UndocumentedMethod:
    """405: a method that the document does not have for the path."""

    name = "undocumented-method"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield a request with such a method; RFC 9110, section 15.5.6 wants `Allow` in the answer."""
        if response.status != "405":
            return
        documented = context.producers.at(operation.path)
        overlapping = context.producers.methods_matching(operation.path)
        method = next((method for method in _METHODS if method not in overlapping), None)
        if method is None:
            return
        bare = context.bare(operation)
        arguments = tuple(argument for argument in bare.arguments if argument.where is ParameterLocation.PATH)
        allowed = tuple(sorted(name for name in documented if name not in _NO_METHODS))
        promised = any(header.name.lower() == "allow" for header in response.headers)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"for {method}",
            when=replace(bare, method=method, arguments=arguments, body=None),
            headers=(HeaderCheck(name="Allow", rule=HeaderRule.METHODS, values=allowed if promised else ()),),
        )


class UnacceptableType:
    """406: an `Accept` that nothing satisfies."""

    name = "unacceptable-type"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the valid request, asking for a media type that the API can't know."""
        if response.status != "406":
            return
        prepared = context.prepared(operation)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"for Accept: {_NO_TYPE}",
            given=steps_of(prepared),
            when=replace(prepared.request, arguments=with_header(prepared.request, "Accept", Literal(_NO_TYPE))),
        )


class UnsupportedType:
    """415: a body of a media type that the operation does not take."""

    name = "unsupported-type"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the request with a body of another media type, and that it changes nothing."""
        if response.status != "415":
            return
        taken = operation.request_body.content if operation.request_body is not None else ()
        media_type = "text/plain" if not any(item.name.startswith("text/") for item in taken) else _NO_TYPE
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        effects = unchanged(context, setup, operation)
        body = Body(media_type=media_type, value=Literal("no such body was asked for"), raw=True)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"for a body of {media_type}",
            given=setup.given,
            when=replace(prepared.request, body=body),
            effects=effects,
        )
