"""A key one letter off is refused, by its full path and with the names that stand there."""

from __future__ import annotations

import pytest

from tests.support.chart import refusal
from tests.values.documents import contract, evenly, fragment, has_default, keys, pointer, problems, siblings
from tools.values_schema import Key, removed_keys

CLOSED_KEYS = keys(in_closed=True)
REMOVED = {path for path, _ in removed_keys(contract().root)}


def misspellings(key: Key) -> list[str]:
    """Names with a letter dropped, two swapped, one doubled, except those that are names there themselves."""
    name, middle = key.name, len(key.name) // 2
    wrong = {
        name[:middle] + name[middle + 1 :],
        name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :],
        name[:middle] + name[middle] + name[middle:],
    }
    taken = {*siblings(key), *(path.rpartition(".")[2] for path in REMOVED if path.rpartition(".")[0] == key.parent)}
    return sorted(wrong - taken)


def at(key: Key, name: str) -> str:
    return f"{key.parent}.{name}" if key.parent else name


@pytest.mark.parametrize("key", CLOSED_KEYS, ids=lambda key: key.path)
def test_a_misspelt_key_is_not_taken_for_silence(key: Key) -> None:
    wrong_names = misspellings(key)
    assert wrong_names
    for name in wrong_names:
        path = at(key, name)
        found = problems(fragment(path, key.default if has_default(key) else {}))
        assert pointer(path) in found, path
        message = found[pointer(path)]
        assert "removed: no such key; the keys here are " in message
        assert all(sibling in message for sibling in siblings(key))


@pytest.mark.parametrize("key", evenly(CLOSED_KEYS, 60), ids=lambda key: key.path)
def test_helm_names_a_misspelt_key_with_its_path_and_the_names_that_exist(key: Key) -> None:
    path = at(key, misspellings(key)[0])
    message = refusal(fragment(path, "something"))
    names = ", ".join(siblings(key))
    assert f"at '{pointer(path)}': value must be 'removed: no such key; the keys here are {names}'" in message


def test_several_misspelt_keys_are_each_named_at_their_own_path() -> None:
    """The validator's propertyNames reports one key's path for another's; the schema must not go back to it."""
    wrong = [
        "oprator",
        "operator.replicaCuont",
        "operator.livenessProbe.periodSecond",
        "webhooks.livenessProbe.timoutSeconds",
        "zzz",
    ]
    values = {
        "oprator": {},
        "operator": {"replicaCuont": 2, "livenessProbe": {"periodSecond": 2}},
        "webhooks": {"livenessProbe": {"timoutSeconds": 1}},
        "zzz": 1,
    }
    message = refusal(values)
    for path in wrong:
        assert f"at '{pointer(path)}': value must be 'removed: no such key" in message


def test_only_blocks_that_belong_to_others_are_open() -> None:
    open_keys = {key.path for key in keys(in_closed=False) if key.parent and not key.parent.endswith("[]")}
    assert open_keys == {"global.image", "global.image.registry", "global.imagePullSecrets", "global.dnsConfig"}


def test_keys_of_a_parent_chart_are_left_alone() -> None:
    assert problems({"enabled": True, "global": {"storageClass": "fast", "image": {"tag": "1"}}}) == {}
