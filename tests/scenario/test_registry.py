"""Plugins come by entry point; a broken one is a warning."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from oagen.scenario.registry import GROUP, _plugins, default_registry


def point(name: str, target: str) -> EntryPoint:
    return EntryPoint(name=name, value=target, group=GROUP)


def test_a_technique_is_loaded_by_its_class_or_as_it_is() -> None:
    found = _plugins(
        [
            point("class", "oagen.scenario.techniques.gone:Gone"),
            point("instance", "oagen.scenario.techniques:LAST_RESORT"),
        ]
    )
    assert [technique.name for technique in found] == ["deleted-resource", "provider-state"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("oagen.no_such_module:Technique", "plugin mine can't be loaded: ModuleNotFoundError"),
        ("oagen.scenario.registry:GROUP", "plugin mine is no technique"),
    ],
)
def test_a_broken_plugin_is_a_warning(target: str, message: str) -> None:
    with pytest.warns(RuntimeWarning, match=message):
        assert list(_plugins([point("mine", target)])) == []


def test_bundled_techniques_have_names_of_their_own() -> None:
    names = [technique.name for technique in default_registry().techniques]
    assert len(set(names)) == len(names) > 15
