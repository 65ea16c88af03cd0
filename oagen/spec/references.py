"""Follow references: relative, remote, encoded, by `$id` and `$anchor`, and in circles (RFC 3986, RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from oagen.errors import DocumentError
from oagen.spec.documents import Document, DocumentStore
from oagen.spec.model import Location
from oagen.spec.pointers import join, split

_MISSING = object()
_MAX_HOPS = 50


class _CircleError(DocumentError):
    def __init__(self, reference: str) -> None:
        super().__init__(f"the reference {reference!r} leads around in a circle")


class Resolver:
    """A `ReferenceResolver` over the documents of one description."""

    def __init__(self, store: DocumentStore) -> None:
        self.store = store
        self._ends: dict[tuple[str, str], tuple[Any, Location]] = {}
        self._names: dict[str, _Names] = {}
        self._by_uri: dict[str, tuple[Document, list[str]]] = {}
        self._depth = 0  # references that stand inside of the pointer of another one

    @property
    def documents(self) -> Mapping[str, Any]:
        """The parsed documents read so far by name."""
        return self.store.values

    def line_of(self, location: Location) -> int | None:
        """Return the line of a place, counted from 1."""
        document = self.store.by_name.get(location.document)
        return document.line_of(location.pointer) if document else None

    def resolve(self, reference: str, base: Location) -> tuple[Any, Location]:
        """Return the value a reference found at `base` points at, and its place; chains are followed to their end.

        Raises:
            DocumentError: It points nowhere, or around in a circle.
        """
        key = (base.document, reference)
        known = self._ends.get(key)
        if known is not None:
            return known
        value, location = self.step(reference, base)
        seen = {location}
        while isinstance(value, dict) and isinstance(following := value.get("$ref"), str):
            value, location = self.step(following, location)
            if location in seen:
                raise _CircleError(reference)
            seen.add(location)
        if not self.is_scoped(self.store.by_name[base.document]):
            self._ends[key] = (value, location)
        return value, location

    def is_scoped(self, document: Document) -> bool:
        """Tell whether the same reference may mean different things in one document, for it has an `$id` inside."""
        return bool(self._named(document).ids)

    def step(self, reference: str, base: Location) -> tuple[Any, Location]:
        """Return what a reference points at, which may be a reference again.

        Raises:
            DocumentError: It points nowhere.
        """
        if self._depth > _MAX_HOPS:
            raise _CircleError(reference)
        self._depth += 1
        try:
            return self._step(reference, base)
        except ValueError:  # of urllib
            raise DocumentError(f"the reference {reference!r} is not a URI") from None
        finally:
            self._depth -= 1

    def _step(self, reference: str, base: Location) -> tuple[Any, Location]:
        address, _, fragment = reference.partition("#")
        document = self.store.by_name[base.document]
        tokens: list[str] = []
        scope = ""
        names = self._named(document)
        if address or names.ids or names.self_uri:
            scope = names.base_of(base.pointer)
            target = urljoin(scope, address)
            owner = self._embedded(target)
            if owner is not None:
                document, tokens = owner
            elif address:
                document = self.store.referred(address, document, scope)
        if fragment and not fragment.startswith("/"):
            return self._anchor(unquote(fragment), document, join(tokens), reference)
        value = document.value
        location = Location(document.name, "")
        if tokens:
            value, location = self._descend(value, location, tokens, reference)
        if not fragment or (fragment == "/" and _member(value, "") is _MISSING):  # `#/` is often written for the root
            return value, location
        return self._pointed(value, location, fragment, reference)

    def _embedded(self, target: str) -> tuple[Document, list[str]] | None:
        """Return the schema (or document) among those read that calls itself by this URI."""
        if not target:
            return None
        if len(self._names) < len(self.store.by_name):
            for document in list(self.store.by_name.values()):
                self._named(document)
        return self._by_uri.get(target)

    def _pointed(self, value: Any, location: Location, fragment: str, reference: str) -> tuple[Any, Location]:
        """Go down an encoded pointer; a `%` or `+` that was left unencoded by mistake is forgiven."""
        readings = dict.fromkeys((unquote(fragment), fragment, unquote(fragment.replace("+", " "))))
        faults = []
        for reading in readings:
            try:
                return self._descend(value, location, split(reading), reference)
            except _CircleError:
                raise
            except DocumentError as error:
                faults.append(error)
        raise faults[0]

    def _descend(self, value: Any, location: Location, tokens: list[str], reference: str) -> tuple[Any, Location]:
        hops = 0
        for token in tokens:
            child = _member(value, token)
            while child is _MISSING and isinstance(value, dict) and isinstance(further := value.get("$ref"), str):
                hops += 1
                if hops > _MAX_HOPS:
                    raise _CircleError(reference)
                value, location = self.step(further, location)
                child = _member(value, token)
            if child is _MISSING:
                raise DocumentError(
                    f"the reference {reference!r} points nowhere: there is no {token!r} in {str(location)!r}"
                )
            value, location = child, location.child(token)
        return value, location

    def _anchor(self, anchor: str, document: Document, scope: str, reference: str) -> tuple[Any, Location]:
        anchors = self._named(document).anchors
        pointer = anchors.get((scope, anchor))
        if pointer is None:
            pointer = next((place for (_, name), place in anchors.items() if name == anchor), None)
        if pointer is None:
            raise DocumentError(f"the reference {reference!r} points nowhere: no schema has this anchor")
        return self._descend(document.value, Location(document.name, ""), split(pointer), reference)

    def _named(self, document: Document) -> _Names:
        names = self._names.get(document.name)
        if names is None:
            names = self._names[document.name] = _Names(document)
            if names.self_uri:
                self._by_uri.setdefault(names.self_uri, (document, []))
            for uri, pointer in names.ids.items():
                self._by_uri.setdefault(uri, (document, split(pointer)))
        return names


class _Names:
    """Identifiers (`$self`, `$id`) and anchors that a document gives to its parts."""

    def __init__(self, document: Document) -> None:
        value = document.value
        own = value.get("$self") if isinstance(value, dict) else None
        self.self_uri = urldefrag(own).url if isinstance(own, str) else ""
        self.ids: dict[str, str] = {}  # absolute (or as far as known) URI: pointer
        self.anchors: dict[tuple[str, str], str] = {}
        self._scopes: dict[str, str] = {}  # pointer: URI
        if document.is_modern and any(word in document.text for word in ("$id", "$anchor", "$dynamicAnchor")):
            for pointer, base, anchored, schema in _identified(value, self.self_uri):
                if isinstance(schema.get("$id"), str):
                    self.ids.setdefault(base, pointer)
                    self._scopes[pointer] = base
                for keyword in ("$anchor", "$dynamicAnchor"):
                    if isinstance(name := schema.get(keyword), str):
                        self.anchors.setdefault((anchored, name), pointer)

    def base_of(self, pointer: str) -> str:
        """Return the URI that relative references at a place start from; empty for the document's own."""
        if self._scopes:
            while pointer:
                if pointer in self._scopes:
                    return self._scopes[pointer]
                pointer = pointer.rpartition("/")[0]
            return self._scopes.get("", self.self_uri)
        return self.self_uri


def _identified(value: Any, base: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield every object with an `$id` or anchor: pointer, URI, pointer of the schema with that URI, object."""
    stack: list[tuple[Any, str, str, str]] = [(value, "", base, "")]
    while stack:
        item, pointer, uri, owner = stack.pop()
        if isinstance(item, dict):
            own = item.get("$id")
            if isinstance(own, str):
                uri, owner = urldefrag(urljoin(uri, own)).url, pointer
            if any(isinstance(item.get(word), str) for word in ("$id", "$anchor", "$dynamicAnchor")):
                yield pointer, uri, owner, item
            stack.extend(
                (child, pointer + join((key,)), uri, owner)
                for key, child in item.items()
                if key not in ("example", "examples", "enum", "const", "default") and isinstance(child, dict | list)
            )
        elif isinstance(item, list):
            stack.extend((child, f"{pointer}/{index}", uri, owner) for index, child in enumerate(item))


def _member(value: Any, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token, _MISSING)
    if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
        return value[int(token)]
    return _MISSING
