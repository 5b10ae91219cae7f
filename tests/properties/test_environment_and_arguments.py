"""Environment variables and flags reach the program as they were written: each once, as the string that was meant."""

from __future__ import annotations

import json
import math
import re
import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.properties.profiles import percent
from tests.properties.strategies import YAML_HOSTILE, hostile_text, numbers, scalars
from tests.support import combinations, manifests, refusal_text
from tests.support.chart import refusal, render
from tests.values.documents import problems

_BLOCKS = {
    "operator": "keda-operator",
    "metricsServer": "keda-operator-metrics-apiserver",
    "webhooks": "keda-admission-webhooks",
}
_NAMES = st.one_of(
    st.sampled_from(
        ["yes", "null", "1", "0x1", "~", "a b", "#a", "a: b", '"', "'", "- a", "{{ a }}", "$(A)", "\\", "on", ","]
    ),
    st.text(string.printable[:95].replace("=", ""), min_size=1, max_size=8),
)
_FLAGS = st.from_regex(r"x[A-Za-z0-9_.-]{0,8}", fullmatch=True)


@percent(10)
@given(
    st.dictionaries(_NAMES, hostile_text(), min_size=1, max_size=8),
    st.dictionaries(_NAMES, hostile_text(), max_size=4),
    st.sampled_from(sorted(_BLOCKS)),
)
@example({f"HOSTILE_{number}": text for number, text in enumerate(YAML_HOSTILE)}, {"HOSTILE_1": "own"}, "operator")
def test_no_variable_is_changed_or_set_twice(common: dict[str, str], own: dict[str, str], block: str) -> None:
    """The component's own variable wins over the common one, and others do not see it."""
    listed = [{"name": name, "value": value} for name, value in common.items()]
    values = {
        "crds": {"install": False},
        "env": listed,
        block: {"env": [{"name": name, "value": value} for name, value in own.items()]},
    }
    objects = render(values).objects
    for key, name in _BLOCKS.items():
        found = manifests.environment(manifests.one(objects, "Deployment", name))
        expected = {**common, **own} if key == block else common
        assert {name: found.get(name) for name in {**common, **own}} == {
            name: expected.get(name) for name in {**common, **own}
        }


@percent(8)
@given(st.lists(hostile_text(), min_size=1, max_size=3))
@example(list(YAML_HOSTILE))
def test_no_text_of_a_flag_or_variable_of_the_charts_own_is_changed(texts: list[str]) -> None:
    written = [text for text in texts if text] or ["a"]
    endpoints = {"hashiCorpVault": {"mode": "enforce", "allowedEndpoints": written}}
    # Three texts at a time, of a long list some.
    for start in range(0, len(written), max(1, len(written) // 10)):
        name, selector, other = (written[(start + offset) % len(written)] for offset in range(3))
        values = {
            "crds": {"install": False},
            "metricsServer": {"enabled": False},
            "webhooks": {"enabled": False},
            "clusterName": name,
            "watchLabelSelector": selector,
            "watchLabelSelectorForTriggerauth": other,
            "operator": {"outboundFilter": endpoints},
        }
        operator = manifests.one(render(values).objects, "Deployment", "keda-operator")
        assert manifests.flag(operator, "k8s-cluster-name") == name
        environment = manifests.environment(operator)
        assert environment["WATCH_LABEL_SELECTOR"] == selector
        assert environment["WATCH_LABEL_SELECTOR_FOR_TRIGGERAUTH"] == other
        assert json.loads(environment["KEDA_OUTBOUND_FILTER"] or "") == endpoints


def _as_go_prints(value: Any) -> str:
    """A value of a flag as the program's flag package must be able to read it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


@percent(12)
@given(
    st.dictionaries(_FLAGS, st.one_of(scalars(), st.none(), st.lists(scalars(), min_size=1, max_size=3)), max_size=8)
)
@example({f"x{number}": text for number, text in enumerate(YAML_HOSTILE)})
@example(
    {"x": 1_000_000, "xa": -7, "xb": 0.1, "xc": 1e21, "xd": True, "xe": [1_000_000, "1e3"], "xf": 2**53, "xg": 1e-7}
)
def test_no_flag_is_changed_or_passed_twice(flags: dict[str, Any]) -> None:
    """1000000 must not become 1e+06: a flag of an integer does not take that, and the program stops."""
    objects = render({"crds": {"install": False}, "extraArgs": {"keda": flags}}).objects
    operator = manifests.one(objects, "Deployment", "keda-operator")
    arguments = manifests.container(operator)["args"]
    assert all(isinstance(argument, str) for argument in arguments)
    own = [argument for argument in arguments if argument[2:].partition("=")[0] in flags]
    expected: list[tuple[str, Any]] = []
    for flag, value in flags.items():
        expected += [(flag, item) for item in (value if isinstance(value, list) else [value])]
    assert len(own) == len(expected)
    by_flag: dict[str, list[str]] = {}
    for argument in own:
        by_flag.setdefault(argument[2:].partition("=")[0], []).append(argument)
    for flag, value in expected:
        text = by_flag[flag].pop(0)
        if value is None or value == "":
            assert text == f"--{flag}"
        elif isinstance(value, float | int) and not isinstance(value, bool):
            printed = text.removeprefix(f"--{flag}=")
            assert float(printed) == value
            if abs(value) < 1e21 and value == math.floor(value):
                assert re.fullmatch(r"-?[0-9]+", printed), "an integer without a point or an exponent"
        else:
            assert text == f"--{flag}={_as_go_prints(value)}"
    for name in (name for name in _BLOCKS.values() if name != "keda-operator"):
        others = manifests.flags(manifests.one(objects, "Deployment", name))
        assert not set(others) & set(flags)


_ENVIRONMENTS = ["env", "operator.env", "metricsServer.env", "webhooks.env"]


@percent(120)
@given(st.sampled_from(_ENVIRONMENTS), st.one_of(scalars(), numbers(), st.lists(st.integers(), max_size=1)))
@example("env", 1)
@example("operator.env", True)
def test_no_variable_holds_what_the_api_server_refuses(path: str, value: Any) -> None:
    """``value: 1`` is a number in YAML, and no Deployment takes it."""
    values: dict[str, Any] = {}
    combinations.put(values, path, [{"name": "A", "value": value}])
    assert (f"/{path.replace('.', '/')}/0/value" not in problems(values)) == isinstance(value, str)


@percent(120)
@given(st.sampled_from(_ENVIRONMENTS), st.one_of(hostile_text(), _NAMES, st.booleans(), st.integers()))
@example("env", "A=B")
@example("webhooks.env", "")
@example("env", "é")
def test_no_variable_has_a_name_that_the_api_server_refuses(path: str, name: Any) -> None:
    """Kubernetes takes the printable characters of ASCII, "=" left out (IsRelaxedEnvVarName)."""
    values: dict[str, Any] = {}
    combinations.put(values, path, [{"name": name, "value": "x"}])
    valid = isinstance(name, str) and bool(re.fullmatch(r"[ -<>-~]+", name))
    assert (f"/{path.replace('.', '/')}/0/name" not in problems(values)) == valid


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ({"name": "A", "value": 1}, "at '/env/0/value': got number, want null or string"),
        ({"name": "A", "value": True}, "at '/env/0/value': got boolean, want null or string"),
        ({"name": "A=B"}, "at '/env/0/name': 'A=B' does not match pattern"),
        ({"value": "x"}, "at '/env/0': missing property 'name'"),
    ],
)
def test_helm_tells_which_variable_is_wrong(variable: dict[str, Any], said: str) -> None:
    error = refusal({"env": [variable]})
    assert said in error
    assert len(refusal_text.paths(error)) == 1
