"""Each environment variable that the chart sets is one that the binary reads, with a value that it understands.

Variables of ``env`` and ``<component>.env`` are their author's: cloud libraries read many that KEDA does not name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import binaries
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT

_SCALERS = "belongs to scalers, which only the operator runs"
# (component, variable) -> why it does nothing there although the package that reads it is linked into the binary.
_WITHOUT_EFFECT: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("metrics-apiserver", "KEDA_RESTRICT_SECRET_ACCESS"): "the metrics API server resolves no Secrets",
        ("metrics-apiserver", "KEDA_CLUSTER_OBJECT_NAMESPACE"): "the metrics API server resolves no Secrets",
        ("metrics-apiserver", "KEDA_BOUND_SERVICE_ACCOUNT_TOKEN_EXPIRY"): "the metrics API server asks for no tokens",
        ("metrics-apiserver", "RAW_METRICS_GRPC_PROTOCOL"): "the operator streams raw metrics",
        ("metrics-apiserver", "RAW_METRICS_MODE"): "the operator streams raw metrics",
        ("admission-webhooks", "POD_NAMESPACE"): "the webhooks have no lease and dial nobody",
        **{
            (component, variable): _SCALERS
            for component in ("metrics-apiserver", "admission-webhooks")
            for variable in (
                "KEDA_HTTP_DISABLE_KEEP_ALIVE",
                "KEDA_HTTP_MIN_TLS_VERSION",
                "KEDA_HTTP_TLS_CIPHER_LIST",
                "KEDA_CHECK_UNEXPECTED_SCALERS_PARAMS",
            )
        },
    }
)


def _from_values(rendered: Rendered, component: str) -> dict[str, str]:
    """Variable -> values path, of those that values name; the component's own stand last and win."""
    found: dict[str, str] = {}
    for path in ("env", f"{OF_COMPONENT[component].block}.env"):
        found |= {entry["name"]: path for entry in rendered.setting(path) or []}
    return found


@of_each_component
def the_chart_sets_no_variable_that_the_binary_does_not_read(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """Whoever changes the value behind it waits for an effect that never comes."""
    own = rendered.environment(component).keys() - _from_values(rendered, component).keys()
    if not own:
        raise LookupError(f"{place(deployment)} sets no variable of the chart's own")
    for variable in sorted(own):
        if variable not in binaries.variables(component):
            yield Problem(place(deployment), f"sets {variable}, which KEDA {binaries.version()} never reads there")
        elif (component, variable) in _WITHOUT_EFFECT:
            why = _WITHOUT_EFFECT[component, variable]
            yield Problem(place(deployment), f"sets {variable}, which does nothing there: {why}")


@of_each_component
def every_variable_has_a_value_that_the_binary_understands(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """The operator ends, or goes on with its default, when a number or a duration is none."""
    known = binaries.variables(component)
    for variable, value in rendered.environment(component).items():
        if variable in known and value is not None and not known[variable].takes(value):
            path = _from_values(rendered, component).get(variable, "")
            yield Problem(
                place(deployment),
                f"sets {variable}={value}, which is no {known[variable].type}",
                path,
                f"give it a value of the type {known[variable].type}",
            )


RELATIONS: tuple[Relation, ...] = (
    the_chart_sets_no_variable_that_the_binary_does_not_read,
    every_variable_has_a_value_that_the_binary_understands,
)
