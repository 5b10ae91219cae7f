"""Names, labels and port names keep the rules that the API server checks and no schema states.

https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and k8s.io/apimachinery/pkg/util/validation.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component, of_each_object
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
# A Service may not begin with a digit.
_SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
# RBAC objects: whatever can be one segment of a path.
_SEGMENT = re.compile(r"(?!\.{1,2}$)[^/%]+")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_KEY_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PORT = re.compile(r"(?!.*--)(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
_DNS_NAME = re.compile(r"(?=.{1,253}$)(\*\.)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*")
_RBAC = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})
_LONGEST_COMMON_NAME_BYTES = 64
_SHORTER = "set a shorter name"


def _rule(manifest: Manifest) -> re.Pattern[str]:
    if manifest["kind"] in _RBAC:
        return _SEGMENT
    return _SERVICE if manifest["kind"] == "Service" else _SUBDOMAIN


@of_each_object
def every_object_has_a_name_that_its_kind_may_have(_: Rendered, manifest: Manifest) -> Iterator[Problem]:
    """The API server refuses the object in the middle of an installation."""
    metadata = manifest["metadata"]
    if not _rule(manifest).fullmatch(metadata["name"]):
        yield Problem(place(manifest), f"{manifest['kind']} may not be named {metadata['name']!r}", "", "")
    if "namespace" in metadata and not _LABEL.fullmatch(metadata["namespace"]):
        yield Problem(place(manifest), f"no namespace may be named {metadata['namespace']!r}")


def _label_maps(manifest: Manifest) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(values path, labels) of an object and of its pods."""
    yield "additionalLabels", manifest["metadata"].get("labels") or {}
    if manifest["kind"] == "Deployment":
        component = manifest["metadata"]["labels"]["app.kubernetes.io/component"]
        yield OF_COMPONENT[component].labels, manifests.pod_labels(manifest)


# The same few keys and values stand in every render.
@functools.lru_cache(maxsize=10_000)
def _is_key(key: str) -> bool:
    prefix, _, name = key.rpartition("/")
    return bool(_KEY_NAME.fullmatch(name) and (not prefix or _SUBDOMAIN.fullmatch(prefix)))


@functools.lru_cache(maxsize=10_000)
def _is_label_value(value: str) -> bool:
    return bool(_LABEL_VALUE.fullmatch(value))


def _unfit_labels(labels: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, what is wrong with it) of labels."""
    for key, value in labels.items():
        if not _is_key(key):
            yield key, f"{key!r} is no name of a label"
        if not isinstance(value, str) or not _is_label_value(value):
            yield key, f"label {key} may not be {value!r}"


@of_each_object
def every_label_fits(rendered: Rendered, manifest: Manifest) -> Iterator[Problem]:
    """A label value has 63 characters at most, and a long name of the release or of the chart ends up in several."""
    for path, labels in _label_maps(manifest):
        for key, what in _unfit_labels(labels):
            stated = key in (rendered.setting(path) or {})
            cause = (f"{path}.{key}", "use letters, digits, - _ . and at most 63") if stated else ("", "")
            yield Problem(place(manifest), what, *cause)
    for key in manifest["metadata"].get("annotations") or {}:
        prefix, slash, name = key.rpartition("/")
        if not _is_key(prefix.lower() + slash + name):
            yield Problem(place(manifest), f"{key!r} is no name of an annotation")


def every_port_has_a_name_that_it_may_have(rendered: Rendered) -> Iterator[Problem]:
    """Port names of a container have 15 characters at most, those of a Service follow other rules."""
    for service in manifests.all_of(rendered.own_objects, "Service"):
        for port in service["spec"].get("ports") or []:
            if not _LABEL.fullmatch(port["name"]):
                yield Problem(place(service), f"no port of a Service may be named {port['name']!r}")
            if isinstance(port["targetPort"], str) and not _PORT.fullmatch(port["targetPort"]):
                yield Problem(place(service), f"no port of a container may be named {port['targetPort']!r}")
    for component, deployment in rendered.deployments.items():
        for container in manifests.all_containers(deployment):
            for port in container.get("ports") or []:
                if "name" in port and not _PORT.fullmatch(port["name"]):
                    yield Problem(
                        place(deployment),
                        f"no port of a container may be named {port['name']!r}",
                        f"{OF_COMPONENT[component].prometheus}.portName",
                        "use at most 15 lower-case letters, digits and single hyphens",
                    )


@of_each_component
def every_container_and_volume_has_a_name_of_its_own(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """Two containers of one name, or a name with a capital letter, and the API server refuses the Deployment."""
    paths = OF_COMPONENT[component]
    containers = Counter(container["name"] for container in manifests.all_containers(deployment))
    for name, count in containers.items():
        path = f"{paths.block}.extraContainers" if name != deployment["metadata"]["name"] or count > 1 else ""
        if count > 1:
            yield Problem(place(deployment), f"has {count} containers named {name}", path, "rename one of them")
        if not _LABEL.fullmatch(name):
            yield Problem(place(deployment), f"no container may be named {name!r}", path, _SHORTER if path else "")
    for volume in manifests.pod_spec(deployment).get("volumes") or []:
        if not _LABEL.fullmatch(volume["name"]):
            stated = [entry["name"] for entry in rendered.setting(f"{paths.volumes}.extraVolumes") or []]
            path = f"{paths.volumes}.extraVolumes" if volume["name"] in stated else "certificates.operator.trustedCAs"
            yield Problem(place(deployment), f"no volume may be named {volume['name']!r}", path, _SHORTER)


def every_certificate_has_names_that_can_be_signed(rendered: Rendered) -> Iterator[Problem]:
    """X.509 gives a common name 64 bytes and DNS a label 63: cert-manager would wait for ever on a longer one."""
    for certificate in manifests.all_of(rendered.own_objects, "Certificate"):
        spec = certificate["spec"]
        block = "certificates.certManager.ca" if spec.get("isCA") else "certificates.certManager"
        common = spec.get("commonName") or ""
        if len(common.encode()) > _LONGEST_COMMON_NAME_BYTES:
            yield Problem(
                place(certificate),
                f"its common name has {len(common.encode())} bytes, more than 64",
                f"{block}.commonName",
                _SHORTER,
            )
        if not spec.get("isCA") and not spec.get("dnsNames"):
            yield Problem(place(certificate), "has no DNS name")
        for name in spec.get("dnsNames") or []:
            # KEDA's operator knows a CA by a name in capitals; names are compared without regard to case.
            if not _DNS_NAME.fullmatch(name.lower() if spec.get("isCA") else name):
                yield Problem(place(certificate), f"{name!r} is no DNS name", f"{block}.extraDnsNames", "remove it")


def every_webhook_has_a_name_of_its_own_with_three_parts(rendered: Rendered) -> Iterator[Problem]:
    """The API server refuses the whole configuration otherwise."""
    for configuration in manifests.all_of(rendered.own_objects, "ValidatingWebhookConfiguration"):
        names = Counter(hook["name"] for hook in configuration["webhooks"])
        for name, count in names.items():
            if count > 1 or name.count(".") < 2 or not _SUBDOMAIN.fullmatch(name):
                yield Problem(place(configuration), f"no webhook may be named {name!r}, {count} times")


RELATIONS: tuple[Relation, ...] = (
    every_object_has_a_name_that_its_kind_may_have,
    every_label_fits,
    every_port_has_a_name_that_it_may_have,
    every_container_and_volume_has_a_name_of_its_own,
    every_certificate_has_names_that_can_be_signed,
    every_webhook_has_a_name_of_its_own_with_three_parts,
)
