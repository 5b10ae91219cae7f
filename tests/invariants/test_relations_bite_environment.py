"""The relations about environment variables are able to say no."""

from __future__ import annotations

import pytest

from tests.invariants.bites import bite, changed, places, rendered
from tests.invariants.relations import environment
from tests.support import binaries, manifests
from tests.support.manifests import Manifest
from tests.support.renderings import Rendered

_DEPLOYMENTS = {
    "operator": "keda-operator",
    "metrics-apiserver": "keda-operator-metrics-apiserver",
    "admission-webhooks": "keda-admission-webhooks",
}


def _setting(before: Rendered, name: str, variable: str, value: str = "1") -> Rendered:
    def change(deployment: Manifest) -> None:
        own = manifests.container(deployment)
        own["env"] = [entry for entry in own["env"] if entry["name"] != variable] + [{"name": variable, "value": value}]

    return changed(before, "Deployment", name, change)


@pytest.mark.parametrize(
    ("component", "variable"),
    [
        ("operator", "OPERATOR_NAME"),
        ("operator", "POD_NAME"),
        ("metrics-apiserver", "KEDA_HTTP_DEFAULT_TIMEOUT"),
        ("metrics-apiserver", "KEDA_RESTRICT_SECRET_ACCESS"),
        ("admission-webhooks", "WATCH_NAMESPACE"),
        ("admission-webhooks", "POD_NAMESPACE"),
    ],
)
def test_a_variable_that_nothing_reads_is_named(component: str, variable: str) -> None:
    """The six that the official chart sets in vain."""
    before = rendered()
    relation = environment.the_chart_sets_no_variable_that_the_binary_does_not_read
    problems = bite(relation, before, _setting(before, _DEPLOYMENTS[component], variable))
    assert [variable in problem.what for problem in problems] == [True]
    assert places(problems) == {f"Deployment keda/{_DEPLOYMENTS[component]}"}


def test_variables_of_the_values_are_their_authors_business() -> None:
    before = rendered(
        {"env": [{"name": "AWS_REGION", "value": "x"}], "operator": {"env": [{"name": "MINE", "value": "x"}]}}
    )
    assert {"AWS_REGION", "MINE"} <= manifests.environment(before.operator).keys()
    assert list(environment.the_chart_sets_no_variable_that_the_binary_does_not_read(before)) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KEDA_SCALEDOBJECT_CTRL_MAX_RECONCILES", "many"),
        ("KEDA_OPERATOR_LEADER_ELECTION_RETRY_PERIOD", "2"),
        ("KEDA_HTTP_DISABLE_KEEP_ALIVE", "yes"),
    ],
)
def test_a_value_that_the_binary_does_not_understand_is_named(variable: str, value: str) -> None:
    before = rendered()
    after = _setting(before, "keda-operator", variable, value)
    (problem,) = bite(environment.every_variable_has_a_value_that_the_binary_understands, before, after)
    assert f"{variable}={value}" in problem.what


def test_a_variable_of_the_values_is_told_by_its_path() -> None:
    entry = [{"name": "KEDA_SCALEDJOB_CTRL_MAX_RECONCILES", "value": "1.5"}]
    for values, path in (({"env": entry}, "env"), ({"operator": {"env": entry}}, "operator.env")):
        problems = list(environment.every_variable_has_a_value_that_the_binary_understands(rendered(values)))
        assert {problem.path for problem in problems} == {path}


def test_no_variable_is_listed_as_idle_that_the_binary_does_not_even_hold() -> None:
    assert environment._WITHOUT_EFFECT
    for component, variable in environment._WITHOUT_EFFECT:
        assert variable in binaries.variables(component), f"{component} {variable}"


def test_a_pod_without_variables_is_no_silence() -> None:
    before = rendered()
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.container(it).update(env=[]))
    with pytest.raises(LookupError, match="sets no variable"):
        list(environment.the_chart_sets_no_variable_that_the_binary_does_not_read(after))
