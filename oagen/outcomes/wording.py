"""Outcomes of collaborators in words, for the names of tests."""

from __future__ import annotations

import re

from oagen.outcomes.model import Outcome, Spec
from oagen.outcomes.specs import class_of, inner

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
_MODALS = frozenset({"is", "are", "was", "may", "can", "must", "should", "will", "could"})
_LOOK_UPS = frozenset({"first", "one", "get", "find", "scalar", "scalars", "execute", "exec", "fetchone", "with", "by"})
_MISSING = frozenset({"Http404", "NotFound", "DoesNotExist", "NoResultFound", "ObjectNotFound", "DoesNotExistError"})
_NAMED = frozenset({"state", "status", "role", "type", "kind", "level", "plan", "visibility"})
_ERROR = re.compile(r"(Error|Exception)$")


def spoken(name: str) -> str:
    """Return a name of Python as words."""
    return " ".join(word.lower() for word in _CAMEL.split(name) if word)


def _noun(name: str) -> str:
    """Return a class's name as a person says it: `UserModel` is a user."""
    return spoken(re.sub(r"(?<=[a-z])(Model|Entity|Schema|ORM|Row)$", "", name))


def _thing(target: str) -> str:
    """Return what a repository, a manager or a module is about: `OrderRepository.get` is about an order."""
    path = target.partition(":")[2]
    holder, _, name = path.rpartition(".")
    words = spoken(re.sub(r"(Repository|Repo|Service|Manager|DAO|Dao|Store|Crud|CRUD)$", "", holder.rpartition(".")[2]))
    about = spoken(re.sub(r"^(get|find|fetch|load|read|retrieve|query|by|list)(_+|$)", "", name))
    about = re.sub(r" (by|with|for|from) .*", "", about)
    if holder and words and words not in ("session", "async session", "query", "query set"):
        return words
    return about or "it"


def of_outcome(target: str, outcome: Outcome, about: str = "") -> str:
    """Return what an outcome means: `there is no order`, `charge raises provider unavailable`.

    Args:
        about: Name of the class that the collaborator usually gives.
    """
    name = spoken(target.rpartition(":")[2].rpartition(".")[2])
    value = inner(outcome.value)
    if outcome.raises:
        if class_of(value) in _MISSING:
            missing = str(value["of"]).partition(":")[2].rpartition(".")[0]
            return f"there is no {_noun(about) or _noun(missing) or _thing(target)}"
        return f"{name} raises {spoken(_ERROR.sub('', class_of(value)) or class_of(value))}"
    if value["k"] == "lit":
        if value["v"] is None:
            thing = _noun(about) or _thing(target)
            return f"there is no {thing}" if thing != "it" else f"{name} gives nothing"
        if isinstance(value["v"], bool):
            return _claim(target, name, holds=value["v"])
        return f"{name} is another" if isinstance(value["v"], str) else f"{name} is {value['v']}"
    if value["k"] in ("list", "dict", "set") and not value["items"]:
        return f"{name} gives nothing"
    if class_of(value) and (name in _LOOK_UPS or name.split()[0] in _LOOK_UPS):
        return f"there is {_article(_noun(class_of(value)))}"
    return f"{name} gives {_article(_noun(class_of(value)) or 'value')}"


def _claim(target: str, name: str, *, holds: bool) -> str:
    """Return what a function that answers yes or no says: `author has books`, `rate limiter does not admit`."""
    holder = _thing(target) if "." in target.partition(":")[2] else ""
    first, _, rest = name.partition(" ")
    if holds:
        said = name
    elif first == "has":
        said = f"has no {rest}"
    elif first in _MODALS:
        said = f"{first} not {rest}"
    elif first.endswith("s") and not first.endswith("ss"):
        said = f"does not {name.replace(first, first[:-1], 1)}"
    else:
        said = f"{name} is false"
    return f"{holder} {said}".strip()


def of_field(target: str, value: Spec, path: str, now: Spec) -> str:
    """Return what a field's value means: `order state is shipped`, `book stock is 0`."""
    held = _noun(class_of(value)) or _thing(target)
    name = " ".join(spoken(part.removesuffix("()")) for part in path.split(".") if not part.isdecimal())
    match now["k"]:
        case "lit" if now["v"] is None:
            return f"{held} has no {name}"
        case "lit" if now["v"] is True:
            return f"{held} is {name}" if not name.startswith("is ") else f"{held} {name}"
        case "lit" if now["v"] is False:
            bare = name.removeprefix("is ")
            return f"{held} is not {bare}"
        case "lit" if isinstance(now["v"], str) and name.split()[-1:] and name.split()[-1] in _NAMED:
            return f"{held} {name} is {spoken(now['v'])}"
        case "lit" if isinstance(now["v"], str):
            return f"{held} has another {name}"
        case "lit":
            return f"{held} {name} is {now['v']}"
        case "enum":
            return f"{held} {name} is {spoken(now['name'].lower())}"
        case "list":
            return f"{held} has no {name}"
    return f"{held} has another {name}"


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeio' or (noun[:1] == 'u' and noun[:2] not in ('us', 'un')) else 'a'} {noun}"
