"""Servers, and the path that all requests begin with."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from oagen.spec.diagnostics import quoted
from oagen.spec.model import Server
from oagen.spec.nodes import Node, Nodes
from oagen.spec.sources import is_url


def read_servers(nodes: Nodes, node: Node) -> tuple[Server, ...]:
    """Return the servers of a list (OpenAPI 3.2, Server Object)."""
    found = []
    for item in nodes.items(node, "a list of servers"):
        if not isinstance(item.value, dict) or not isinstance(item.value.get("url"), str):
            nodes.faults.warn("a server needs a 'url'; this one is left out", item.location)
            continue
        variables = tuple(_variables(nodes, item.child("variables")))
        found.append(Server(url=item.value["url"], description=item.text("description"), variables=variables))
    return tuple(found)


def _variables(nodes: Nodes, node: Node) -> list[tuple[str, str]]:
    found = []
    for name, variable in nodes.members(node, "a map of server variables"):
        if not isinstance(variable.value, dict):
            nodes.faults.warn(f"this should be a server variable, not {quoted(variable.value)}", variable.location)
            continue
        values = list(nodes.items(variable.child("enum"), "a list of texts"))
        for item in values:
            if not isinstance(item.value, str):
                message = f"a value of a server variable is a text, not {quoted(item.value)}"
                nodes.faults.warn(message, item.location, hint="put it in quotes")
        default = variable.value.get("default")
        if default is None:
            nodes.faults.warn(f"the server variable {quoted(name)} needs a default", variable.location)
            default = values[0].value if values else ""
        found.append((name, str(default)))
    return found


def base_path(servers: tuple[Server, ...], source: str) -> str:
    """Return the path of the first server, without a slash at the end.

    Args:
        servers: The servers of the description's root.
        source: Where the root document is from; a relative server starts from there when it is a URL.
    """
    if not servers:
        return ""
    url = servers[0].expanded()
    try:
        path = urlsplit(urljoin(source if is_url(source) else "http://localhost/", url)).path
    except ValueError:
        return ""
    return path.rstrip("/")
