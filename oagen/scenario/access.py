"""Which operations are not for every user, as far as their documents show it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oagen.scenario.producers import Producers
from oagen.scenario.resources import normal_path, placeholders
from oagen.spec.model import Operation

_ROLES = r"admin\w*|staff|super-?users?|moderators?|operators?|managers?"
_OWNERSHIP = re.compile(
    r"else'?s?\b|\b(?:an)?others?'?s?\b|\bown(?:s|er|ed|ership)?\b|\bbelongs?\b|\byours?\b", re.IGNORECASE
)

_FEW = 6
_MOST = 0.85
"""A 403 that more than this share of the operations document is written everywhere as a matter of form."""


class _RoleWords:
    """How texts speak of privileged roles: as such, as what is required, as an exception."""

    def __init__(self, more: str | None) -> None:
        roles = f"(?:{_ROLES}|{re.escape(more)}s?)" if more else f"(?:{_ROLES})"

        def pattern(text: str) -> re.Pattern[str]:
            return re.compile(text, re.IGNORECASE)

        self.named = pattern(rf"\b{roles}\b")
        self.excepted = pattern(
            rf"\b(?:or|and|nor|unless|except|besides|other than|apart from|an?)\s+(?:\w+\s+){{0,3}}{roles}\b"
        )
        self.required = pattern(
            rf"\b(?:only|requires?|required|must be|needs?|not|non|restricted to|reserved)\b[^.;]*\b{roles}\b|"
            rf"\b{roles}\b[^.;]*\b(?:only|required|privileges?|rights|access|role)\b"
        )
        self.in_scope = pattern(rf"(?:^|[^a-z]){roles}(?:[^a-z]|$)")
        self.in_path = pattern(rf"/(?:{roles}|management)(?:/|$)")


class Access:
    """Tells operations of a privileged role from those of everybody; each is judged once.

    Nothing in a document says it for certain. Scopes, segments and words that name such a role are believed; beyond
    that, a documented 403 can only be about the role where no resource of somebody's is addressed, and is about
    ownership where its words say so.

    Args:
        role: Name of the privileged role among the user's identities, where there is one.
    """

    def __init__(self, producers: Producers, role: str | None = None) -> None:
        self._producers = producers
        self._words = _RoleWords(role)
        self._known: dict[str, bool] = {}
        secured = [operation for operation in producers.operations if operation.security]
        refusing = [operation for operation in secured if any(_refusals(operation))]
        self._says_nothing = len(secured) >= _FEW and len(refusing) > _MOST * len(secured)

    def asks_privilege(self, operation: Operation) -> bool:
        """Tell whether an operation is for a privileged role."""
        if operation.key not in self._known:
            self._known[operation.key] = False  # a producer that leads back here adds nothing
            self._known[operation.key] = self._judge(operation)
        return self._known[operation.key]

    def is_about_ownership(self, operation: Operation) -> bool:
        """Tell whether the words of the documented 403 speak of somebody else's resource."""
        return any(_OWNERSHIP.search(text) for text in _refusals(operation))

    def _judge(self, operation: Operation) -> bool:
        if self._words.in_path.search(operation.path):
            return True
        scopes = (scope for requirement in operation.security for _, scopes in requirement.schemes for scope in scopes)
        if any(self._words.in_scope.search(scope) for scope in scopes):
            return True
        refusals = tuple(_refusals(operation))
        texts = (operation.summary, operation.description, *refusals)
        if any(self._words.required.search(text) for text in texts):
            return True
        if not refusals:
            return False
        if any(self._words.named.search(text) and not self._words.excepted.search(text) for text in texts):
            return True
        if self.is_about_ownership(operation):
            return False
        return self._refuses_by_role(operation)

    def _refuses_by_role(self, operation: Operation) -> bool:
        places = placeholders(operation.path)
        if not places:
            return not self._says_nothing
        producer = self._producers.find(places[-1].key)
        if producer is not None and producer.makes and producer.operation is not operation:
            if self.asks_privilege(producer.operation):
                return True
            # A neighbour whose 403 speaks of ownership shows that this one, worded otherwise, means something else.
            return any(
                self.is_about_ownership(other)
                for path in (places[-1].key, normal_path(operation.path))
                for other in self._producers.at(path).values()
                if other is not operation
            )
        return False


def _refusals(operation: Operation) -> Iterator[str]:
    return (response.description for response in operation.responses if response.status == "403")
