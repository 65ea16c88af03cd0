"""Who makes a resource: declared links first, then what paths, names and schemas suggest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from oagen.scenario import tree
from oagen.scenario.identifiers import identifier_in, identifier_in_list, sent_identifier
from oagen.scenario.links import LinkedValue, linked_resources
from oagen.scenario.nouns import is_opaque, noun, referred_nouns, words
from oagen.scenario.resources import Placeholder, ends_in_placeholder, made_noun, normal_path, placeholders
from oagen.scenario.shapes import Shape, Shapes, answer_schema, json_content, responses_of
from oagen.spec.model import ApiDescription, Operation, ParameterLocation, Schema

_COMMON_NAMES = frozenset(
    {"name", "type", "key", "code", "version", "kind", "status", "state", "format", "path", "slug"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Producer:
    """An operation after which a resource exists, and where its identifier is found.

    Exactly one of `pointer` (into the response), `header` (of the response), `sent` (a place in the request's body) and
    `chosen` (the identifier is the request's own last path parameter) is set.

    Attributes:
        makes: The operation creates the resource; otherwise it shows one that may be there.
        after: A creation whose answer does not show the identifier, sent first so that there is something to show.
    """

    operation: Operation
    pointer: str | None = None
    header: str | None = None
    sent: tree.Path | None = None
    chosen: bool = False
    makes: bool = True
    after: Operation | None = None


class Producers:
    """The producers of all resources of a description, each worked out when it is first asked for."""

    def __init__(self, description: ApiDescription, shapes: Shapes | None = None) -> None:
        self.shapes = shapes or Shapes()
        self._at: dict[str, dict[str, Operation]] = defaultdict(dict)
        self._places: dict[str, Placeholder] = {}
        self._keys_by_noun: dict[str, list[str]] = defaultdict(list)
        self._makers_by_noun: dict[str, list[Operation]] = defaultdict(list)
        self._readers: list[Operation] = []
        self.operations = description.operations
        for operation in description.operations:
            path = normal_path(operation.path)
            self._at[path].setdefault(operation.method, operation)
            for place in placeholders(operation.path):
                if place.key not in self._places:
                    self._places[place.key] = place
                    self._keys_by_noun[place.noun].append(place.key)
            if operation.method == "POST" and not ends_in_placeholder(operation.path):
                self._makers_by_noun[made_noun(operation.path)].append(operation)
        for path in [*self._at]:
            if not path.endswith("}") and self._at[path].keys() & {"GET", "POST"}:
                # A collection whose members have no path of their own can still be referred to.
                place = Placeholder("id", f"{path}/{{}}", path)
                if place.key not in self._places:
                    self._places[place.key] = place
                    self._keys_by_noun[place.noun].append(place.key)
        for keys in self._keys_by_noun.values():
            keys.sort(key=lambda key: (key.count("{}"), len(key)))
        self._linked: dict[str, list[tuple[Operation, LinkedValue]]] = defaultdict(list)
        for key, source, value in linked_resources(description.operations):
            self._linked[key].append((source, value))
        self._makers_by_member: dict[str, list[tuple[Operation, str]]] | None = None
        self._by_length: dict[int, list[list[str]]] | None = None
        self._by_answer: dict[object, list[Operation]] | None = None
        self._found: dict[str, Producer | None] = {}
        self._aliases: dict[tuple[str, str], str | None] = {}
        self._without: frozenset[str] = frozenset()
        self._seen: dict[str, Producer] = {}

    def revise(self, *, without: frozenset[str], seen: Mapping[str, Producer]) -> None:
        """Work all producers out anew, by what a live target has shown.

        Args:
            without: Keys of the operations that were seen to produce nothing.
            seen: Producers by the key of their resource, where the document names none that makes it.
        """
        self._without = without
        self._seen = dict(seen)
        self._found.clear()
        self._aliases.clear()

    def identified(self) -> Iterator[Placeholder]:
        """Yield every path parameter, and the resource that it identifies, once."""
        yield from self._places.values()

    def at(self, path: str) -> Mapping[str, Operation]:
        """Return the operations of a path template by method, whatever its parameters are called."""
        return self._at.get(normal_path(path), {})

    def methods_matching(self, path: str) -> frozenset[str]:
        """Return the documented methods of every template that a request to this one may also match."""
        if self._by_length is None:
            self._by_length = defaultdict(list)
            for known in self._at:
                self._by_length[known.count("/")].append(known.split("/"))
        own = normal_path(path).split("/")
        found: set[str] = set()
        for other in self._by_length.get(len(own) - 1, ()):
            if all(mine == theirs or "{}" in mine or "{}" in theirs for mine, theirs in zip(own, other, strict=True)):
                found |= self._at["/".join(other)].keys()
        return frozenset(found)

    def find(self, key: str) -> Producer | None:
        """Return the producer of a resource by the key of its placeholder, or None."""
        if key not in self._found:
            self._found[key] = None  # what asks again while it is looked for goes round in a circle
            place = self._places.get(key)
            self._found[key] = next(self._able(place), None) if place is not None else None
        return self._found[key]

    def shown_as(self, key: str, name: str) -> str | None:
        """Return where the creation of a resource shows the identifier that some paths call by another name.

        Templates that differ in a parameter's name alone (`/groups/{group_id}`, `/groups/{group_name}`) speak of one
        resource by two identifiers. None where the usual one serves, or the creation does not show the other.

        Args:
            name: What the path at hand calls the parameter.
        """
        place, producer = self._places.get(key), self.find(key)
        if place is None or producer is None or producer.pointer is None or words(place.name) == words(name):
            return None
        if (key, name) not in self._aliases:
            other = next(self._made_by(producer.operation, Placeholder(name, key, place.collection)), None)
            pointer = other.pointer if other is not None and producer.makes else None
            if other is not None and other.sent is not None and self._is_silent(producer.operation):
                pointer = tree.pointer(other.sent)  # what answers with an id without saying so shows what was sent too
            self._aliases[key, name] = pointer
        return self._aliases[key, name]

    def is_producer(self, operation: Operation) -> bool:
        """Tell whether an operation is the one that makes some resource with a path, by what it is named after."""
        keys = self._keys_by_noun.get(made_noun(operation.path), ())
        found = (self.find(key) for key in keys if self._at.get(key))
        return any(producer is not None and producer.operation is operation for producer in found)

    def chosen_in_body(self, operation: Operation, body: Schema) -> tree.Path | None:
        """Return the place in a creation's body where the client chooses the identifier that paths have, or None."""
        for key in self._keys_by_noun.get(made_noun(operation.path), ()):
            producer = self.find(key) if self._at.get(key) else None
            if producer is not None and producer.operation is operation:
                place = self._places[key]
                sent = producer.sent or sent_identifier(self.shapes, body, place.name, place.noun)
                if sent is not None:
                    return sent
        return None

    def makes(self, key: str) -> bool:
        """Tell whether a resource can be created, not only found."""
        producer = self.find(key)
        return producer is not None and producer.makes

    def segment(self, key: str) -> str:
        """Return the path segment that says what a resource is."""
        place = self._places.get(key)
        return place.segment if place is not None else "thing"

    def reference(self, name: str, schema: Schema | None, operation: Operation) -> str | None:
        """Return the key of the resource that a member or parameter of this name identifies, or None.

        The name decides (`author_id`, `bookIds`), or a bare noun whose schema is that of an identifier. What the
        operation itself makes is never referred to.
        """
        shape = self.shapes.of(schema) if schema is not None else None
        nouns: tuple[str, ...] = referred_nouns(name)
        last = words(name)[-1] if nouns else ""
        if not nouns and shape is not None and shape.is_scalar and _looks_like_identifier(shape):
            nouns = (noun(name),)
        own = made_noun(operation.path) if operation.method == "POST" else None
        for candidate in nouns:
            if candidate == own:
                return None
            for key in self._keys_by_noun.get(candidate, ()):
                place = self._places[key]
                if last and not is_opaque(name) and words(place.name)[-1:] != (last,):
                    continue
                if shape is not None and not self._may_identify(shape, place):
                    continue
                producer = self.find(key)
                if producer is not None and producer.operation is not operation:
                    return key
        return None

    def _may_identify(self, shape: Shape, place: Placeholder) -> bool:
        """Tell whether a member of this outline can hold the resource's identifier, or a list of them."""
        if shape.items is not None:
            shape = self.shapes.of(shape.items)
        wanted = self._identifier_shape(place)
        if wanted is None or not shape.types or not wanted.types:
            return True
        numeric = {"integer", "number"}
        if shape.types <= numeric or (wanted.types <= numeric and shape.keywords.get("format") == "uuid"):
            return bool(wanted.types & numeric) and bool(shape.types & numeric)
        return True

    # -- candidates, most certain first ------------------------------------------------------------------------------

    def _able(self, place: Placeholder) -> Iterator[Producer]:
        """Yield the candidates as far as nothing is known against them; what is seen to make beats what only shows."""
        seen = self._seen.get(place.key)
        for producer in self._candidates(place):
            if producer.operation.key in self._without:
                continue
            if seen is not None and not producer.makes:
                yield seen
                seen = None
            yield producer
        if seen is not None:
            yield seen

    def _candidates(self, place: Placeholder) -> Iterator[Producer]:
        yield from self._by_links(place)
        collection = self.at(place.collection)
        item = self.at(place.key)
        if (creator := collection.get("POST")) is not None:
            yield from self._made_by(creator, place)
        if (put := item.get("PUT")) is not None and responses_of(put, "201"):
            yield Producer(operation=put, chosen=True)
        for creator in self._elsewhere(place):
            yield from self._made_by(creator, place)
        creator = collection.get("POST")
        if (
            creator is not None
            and is_opaque(place.name)
            and not _needs(creator, place.key)
            and self._is_silent(creator)
        ):
            yield Producer(operation=creator, pointer="/id")
        if put is not None and creator is None and not responses_of(put, "404"):
            yield Producer(operation=put, chosen=True)
        yield from self._by_natural_key(place)
        yield from self._listed(place)
        if creator is not None and is_opaque(place.name) and not _needs(creator, place.key):
            yield Producer(operation=creator, pointer="/id")

    def _is_silent(self, creator: Operation) -> bool:
        """Tell whether the document does not say what a creation answers."""
        schema = answer_schema(creator)
        shape = self.shapes.of(schema) if schema is not None else None
        if shape is None:
            return any(response.content for response in responses_of(creator, "2XX"))
        return not (shape.types or shape.members)

    def _by_links(self, place: Placeholder) -> Iterator[Producer]:
        sources = [entry for entry in self._linked.get(place.key, ()) if not _needs(entry[0], place.key)]
        sources.sort(key=lambda entry: entry[0].method not in {"POST", "PUT"})
        for source, value in sources:
            makes = source.method in {"POST", "PUT"}
            if value.sent and value.pointer is not None:
                yield Producer(operation=source, sent=tree.tokens(value.pointer), makes=makes)
            elif not value.sent and value.pointer is not None:
                yield Producer(operation=source, pointer=value.pointer, makes=makes)
            elif not value.sent and value.name is not None and value.name.lower() != "location":
                yield Producer(operation=source, header=value.name, makes=makes)

    def _made_by(self, creator: Operation, place: Placeholder) -> Iterator[Producer]:
        if _needs(creator, place.key):
            return
        types = self._types_of(place)
        schema = answer_schema(creator)
        if schema is not None:
            found = identifier_in(self.shapes, schema, place.name, place.noun, types=types)
            if found is None and self.shapes.of(schema).items is not None:
                found = identifier_in_list(self.shapes, schema, place.name, place.noun, types=types)
            if found is not None:
                yield Producer(operation=creator, pointer=tree.pointer(found))
                return
        body = json_content(creator.request_body.content) if creator.request_body is not None else None
        if body is not None and body.schema is not None:
            sent = sent_identifier(self.shapes, body.schema, place.name, place.noun)
            if sent is not None:
                yield Producer(operation=creator, sent=sent)

    def _elsewhere(self, place: Placeholder) -> Iterator[Operation]:
        """Yield the POSTs at other paths that make such a resource: by what they are named after, or return."""
        shown = self._shown_at(place)
        makers = [*self._makers_by_noun.get(place.noun, ())]
        makers += [other for other in self._answering(shown) if other.method == "POST" and other not in makers]
        makers.sort(key=lambda other: (other.path.count("{"), len(other.path)))
        for creator in makers:
            schema = answer_schema(creator)
            same = shown is not None and schema is not None and self.shapes.of(schema).place == shown.place
            if same or made_noun(creator.path) == place.noun:
                yield creator

    def _by_natural_key(self, place: Placeholder) -> Iterator[Producer]:
        """Yield the creations that answer with the property a parameter is named after: `isbn`, or `name` of a flow."""
        parts = words(place.name)
        wanted = "".join(parts)
        if is_opaque(place.name) or wanted in _COMMON_NAMES:
            return
        if parts[1:] and parts[-1] in _COMMON_NAMES:
            for creator in self._makers_by_noun.get("".join(parts[:-1]), ()):
                schema = answer_schema(creator)
                members = self.shapes.of(schema).members if schema is not None else {}
                if parts[-1] in members and not _needs(creator, place.key):
                    yield Producer(operation=creator, pointer=tree.pointer((parts[-1],)))
        if self._makers_by_member is None:
            self._makers_by_member = self._member_index()
        for creator, member in self._makers_by_member.get(wanted, ()):
            if not _needs(creator, place.key):
                yield Producer(operation=creator, pointer=tree.pointer((member,)))

    def _member_index(self) -> dict[str, list[tuple[Operation, str]]]:
        index: dict[str, list[tuple[Operation, str]]] = defaultdict(list)
        for creators in self._makers_by_noun.values():
            for creator in creators:
                schema = answer_schema(creator)
                if schema is None or not self.at(f"{normal_path(creator.path)}/{{}}"):
                    continue
                for member, inner in self.shapes.of(schema).members.items():
                    if self.shapes.of(inner).is_scalar:
                        index["".join(words(member))].append((creator, member))
        for entries in index.values():
            entries.sort(key=lambda entry: (entry[0].path.count("{"), len(entry[0].path)))
        return index

    def _listed(self, place: Placeholder) -> Iterator[Producer]:
        types = self._types_of(place)
        shown = self._shown_at(place)
        lists = [self.at(place.collection).get("GET")]
        lists += [other for other in self._answering(shown) if not placeholders(other.path)]
        for reader in lists:
            schema = answer_schema(reader) if reader is not None else None
            if reader is None or schema is None or _needs(reader, place.key):
                continue
            found = identifier_in_list(self.shapes, schema, place.name, place.noun, types=types)
            if found is None and reader.method == "GET" and not ends_in_placeholder(reader.path):
                found = identifier_in(self.shapes, schema, place.name, place.noun, types=types)
            if found is not None:
                creator = self.at(place.collection).get("POST")
                useful = creator is not None and not _needs(creator, place.key) and reader.method == "GET"
                yield Producer(
                    operation=reader, pointer=tree.pointer(found), makes=False, after=creator if useful else None
                )

    def _types_of(self, place: Placeholder) -> frozenset[str]:
        shape = self._identifier_shape(place)
        return shape.types if shape is not None else frozenset()

    def _identifier_shape(self, place: Placeholder) -> Shape | None:
        for operation in self.at(place.key).values():
            names = {other.key: other.name for other in placeholders(operation.path)}
            for parameter in operation.parameters:
                if parameter.where is ParameterLocation.PATH and parameter.name == names.get(place.key):
                    return self.shapes.of(parameter.schema) if parameter.schema is not None else None
        return None

    def _shown_at(self, place: Placeholder) -> Shape | None:
        """Return the outline of what the resource's own operations answer, where it is a schema with a name."""
        for method in ("GET", "PUT", "PATCH"):
            operation = self.at(place.key).get(method)
            schema = answer_schema(operation) if operation is not None else None
            if schema is not None:
                return self.shapes.of(schema)
        return None

    def _answering(self, shown: Shape | None) -> list[Operation]:
        """Return the operations whose answer is this very schema, or a list of it."""
        if shown is None:
            return []
        if self._by_answer is None:
            self._by_answer = defaultdict(list)
            for operation in self.operations:
                schema = answer_schema(operation) if operation.method in {"GET", "POST"} else None
                if schema is not None:
                    shape = self.shapes.of(schema)
                    self._by_answer[shape.place].append(operation)
                    if shape.items is not None:
                        self._by_answer[self.shapes.of(shape.items).place].append(operation)
        return self._by_answer.get(shown.place, [])


def _needs(operation: Operation, key: str) -> bool:
    return any(place.key == key for place in placeholders(operation.path))


def _looks_like_identifier(shape: Shape) -> bool:
    return shape.keywords.get("format") == "uuid" or shape.types == {"integer"}
