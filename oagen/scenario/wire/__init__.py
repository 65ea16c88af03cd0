"""Logical values to a URL, headers and bytes: the only serialiser of the product.

The runner sends what `encode` returns; the suite renderer calls it too, with placeholders for the dynamic values, so
that a generated test and a run never differ. A bound text of unreserved characters (RFC 3986, 2.3) is unchanged
wherever it lands, JSON included.
"""

from oagen.scenario.wire.request import WireRequest, encode
from oagen.scenario.wire.resolving import Bind, Dynamic, Members, resolve

__all__ = ["Bind", "Dynamic", "Members", "WireRequest", "encode", "resolve"]
