"""Security schemes and requirements, of every dialect."""

from __future__ import annotations

from oagen.spec.diagnostics import Unusable, quoted
from oagen.spec.model import ParameterLocation, SchemeKind, SecurityRequirement, SecurityScheme
from oagen.spec.nodes import Node, Nodes


def read_schemes(nodes: Nodes, node: Node, *, flows_key: str = "flows") -> tuple[SecurityScheme, ...]:
    """Return the schemes declared in `securitySchemes` (3.x) or `securityDefinitions` (2.0).

    Args:
        nodes: Follows references.
        node: The map of schemes.
        flows_key: Where the dialect keeps what OAuth 2 needs: `flows`, or `flow` in 2.0.
    """
    found = []
    for name, child in nodes.members(node, "a map of security schemes"):
        try:
            found.append(_scheme(nodes, name, nodes.follow(child, "a security scheme"), flows_key))
        except Unusable as fault:
            nodes.faults.warn(f"{fault.message}; this security scheme is left out", fault.location, hint=fault.hint)
    return tuple(found)


def read_requirements(nodes: Nodes, node: Node, declared: frozenset[str]) -> tuple[SecurityRequirement, ...]:
    """Return the alternatives of a `security` list; a scheme that is not declared is warned about."""
    found = []
    for item in nodes.items(node, "a list of security requirements"):
        schemes = []
        for name, scopes in nodes.members(item, "a security requirement"):
            if name not in declared:
                nodes.faults.warn(f"the security scheme {quoted(name)} is not declared", scopes.location)
            schemes.append((name, nodes.texts(scopes, "a list of scopes")))
        if isinstance(item.value, dict):
            found.append(SecurityRequirement(schemes=tuple(schemes)))
    return tuple(found)


def _scheme(nodes: Nodes, name: str, node: Node, flows_key: str) -> SecurityScheme:
    kind = node.value.get("type")
    place = node.location
    match kind:
        case "basic":  # Swagger 2.0
            return SecurityScheme(name=name, kind=SchemeKind.HTTP, http_scheme="basic", location=place)
        case "http":
            scheme = node.text("scheme").lower()
            if not scheme:
                raise Unusable("a security scheme of type 'http' needs a 'scheme'", place)
            return SecurityScheme(name=name, kind=SchemeKind.HTTP, http_scheme=scheme, location=place)
        case "apiKey":
            where, parameter = node.text("in"), node.text("name")
            if where not in ("query", "header", "cookie") or not parameter:
                raise Unusable(
                    "a security scheme of type 'apiKey' needs a 'name', and 'in' query, header or cookie", place
                )
            return SecurityScheme(
                name=name, kind=SchemeKind.API_KEY, where=ParameterLocation(where), parameter=parameter, location=place
            )
        case "oauth2":
            return SecurityScheme(
                name=name, kind=SchemeKind.OAUTH2, scopes=_scopes(nodes, node, flows_key), location=place
            )
        case "openIdConnect":
            return SecurityScheme(name=name, kind=SchemeKind.OPENID_CONNECT, location=place)
        case "mutualTLS":
            return SecurityScheme(name=name, kind=SchemeKind.MUTUAL_TLS, location=place)
        case _:
            raise Unusable(f"there is no type of security scheme {quoted(kind)}", place.child("type"))


def _scopes(nodes: Nodes, node: Node, flows_key: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    if "flow" in node.value:  # Swagger 2.0
        found.update(dict.fromkeys(scope for scope, _ in nodes.members(node.child("scopes"), "a map of scopes")))
    if flows_key not in node.value:
        message = f"a security scheme of type 'oauth2' needs {flows_key!r}; its scopes may not be known"
        nodes.faults.warn(message, node.location)
    for _, flow in nodes.members(node.child("flows"), "a map of flows"):
        if isinstance(flow.value, dict):
            found.update(dict.fromkeys(scope for scope, _ in nodes.members(flow.child("scopes"), "a map of scopes")))
    return tuple(found)
