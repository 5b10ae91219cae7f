"""Each flag that a container passes is one that its binary takes, with a value of its type, once, and to some effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import binaries
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT

# Flag -> value in force, the binary's default included.
InForce = Mapping[str, str]


def _without(flag: str) -> Callable[[InForce], bool]:
    return lambda flags: flags.get(flag) != "true"


# Component -> flag -> (when it does nothing, why), from KEDA's cmd/operator/main.go and pkg/certificates/certificate_manager.go.
_DEAD: Mapping[str, Mapping[str, tuple[Callable[[InForce], bool], str]]] = MappingProxyType(
    {
        "operator": {
            **dict.fromkeys(
                (
                    "cert-secret-name",
                    "operator-service-name",
                    "metrics-server-service-name",
                    "k8s-cluster-domain",
                    "enable-apiservice-patching",
                    "enable-webhook-patching",
                ),
                (_without("enable-cert-rotation"), "only the rotation of certificates reads it, which is off"),
            ),
            **dict.fromkeys(
                ("webhooks-service-name", "validating-webhook-name"),
                (
                    lambda flags: _without("enable-cert-rotation")(flags) or _without("enable-webhook-patching")(flags),
                    "only the patching of webhooks reads it, which is off",
                ),
            ),
            "metrics-bind-address": (_without("enable-prometheus-metrics"), "the metrics of Prometheus are off"),
            "leader-election-id": (_without("leader-elect"), "leader election is off"),
        },
        "metrics-apiserver": {
            "v": (
                lambda flags: not flags["v"].isdecimal() or int(flags["v"]) == 0,
                "only a number above 0 says anything",
            ),
            "stderrthreshold": (lambda _: True, "the binary says itself that it does nothing"),
        },
        "admission-webhooks": {},
    }
)
# (component, flag) -> why it is passed although it does nothing.
_PASSED_ALL_THE_SAME = {
    ("metrics-apiserver", "stderrthreshold"): "a published value asks for it; unset, it is not passed",
}


def _passed(rendered: Rendered, component: str) -> dict[str, list[str]]:
    flags = rendered.flags(component)
    if not flags:
        raise LookupError(f"{component} passes no flag")
    return flags


def _from_values(rendered: Rendered, component: str, flag: str) -> str:
    """The values path of a flag of extraArgs; "" for one that the chart passes."""
    path = OF_COMPONENT[component].arguments
    return f"{path}.{flag}" if flag in (rendered.setting(path) or {}) else ""


@of_each_component
def every_flag_is_one_that_the_binary_has(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """The binary ends with "unknown flag" at every start."""
    flags = _passed(rendered, component)
    for flag in flags.keys() - binaries.flags(component).keys():
        yield Problem(
            place(deployment),
            f"passes --{flag}, which KEDA {binaries.version()} does not know there",
            _from_values(rendered, component, flag),
            "remove it",
        )


@of_each_component
def every_flag_has_a_value_of_its_type(rendered: Rendered, component: str, deployment: Manifest) -> Iterator[Problem]:
    """The binary ends with "invalid argument" at every start."""
    flags = _passed(rendered, component)
    known = binaries.flags(component)
    for flag, values in flags.items():
        for value in values:
            if flag in known and not known[flag].takes(value):
                yield Problem(
                    place(deployment),
                    f"passes --{flag}={value}, which is no {known[flag].type}",
                    _from_values(rendered, component, flag),
                    f"give it a value of the type {known[flag].type}",
                )


@of_each_component
def no_flag_is_passed_twice_that_holds_one_value(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """The last one wins without a word, whichever the reader of the manifest believes in."""
    flags = _passed(rendered, component)
    known = binaries.flags(component)
    for flag, values in flags.items():
        if len(values) > 1 and flag in known and not known[flag].repeatable:
            yield Problem(
                place(deployment),
                f"passes --{flag} {len(values)} times",
                _from_values(rendered, component, flag),
                "give it one value, not a list",
            )


@of_each_component
def no_flag_is_dead(rendered: Rendered, component: str, deployment: Manifest) -> Iterator[Problem]:
    """Whoever changes it, or the value behind it, waits for an effect that never comes."""
    flags = _passed(rendered, component)
    known = binaries.flags(component)
    in_force = {name: flag.default for name, flag in known.items() if flag.default is not None}
    in_force |= {flag: values[-1] for flag, values in flags.items()}
    for flag, (is_dead, why) in _DEAD[component].items():
        if flag in flags and is_dead(in_force) and (component, flag) not in _PASSED_ALL_THE_SAME:
            yield Problem(
                place(deployment),
                f"passes --{flag} to no effect: {why}",
                _from_values(rendered, component, flag),
                "remove it",
            )


RELATIONS: tuple[Relation, ...] = (
    every_flag_is_one_that_the_binary_has,
    every_flag_has_a_value_of_its_type,
    no_flag_is_passed_twice_that_holds_one_value,
    no_flag_is_dead,
)
