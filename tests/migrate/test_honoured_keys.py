"""Every key that the official chart reads is taken here, keeps its value, and is read as the official chart read it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.values.documents import contract, fragment, problems
from tools.check.layers import Values, merged
from tools.migrate import official
from tools.migrate.changes import Change
from tools.migrate.document import Document
from tools.migrate.engine import rewrite
from tools.migrate.workspace import Workspace
from tools.values_schema import Key

KEYS = sorted({**official.listed(), **official.unlisted()})
OF_SCHEMA = {key.path: key for key in contract().all_keys()}
# Values to try, in this order: the first that the schema takes and that is not the default.
CANDIDATES: tuple[Any, ...] = (
    True,
    False,
    7,
    4711,
    "keda-too",
    "/keda-too",
    "arn:aws:iam::1:role/keda",
    "keda@p.iam.gserviceaccount.com",
    "17m",
    "9h",
    "https",
    "JSON",
    "json",
    "INFO",
    "WARNING",
    "debug",
    "http://collector:4317",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    {"example.com/a": "b"},
    {"nodeAffinity": {}},
    {"minAvailable": 1},
    {"type": "Recreate"},
    {"nameservers": ["10.0.0.10"]},
    {"insecureSkipVerify": True},
    {"annotations": {"a": "b"}},
    {"caDirs": ["/ca"]},
    ["team"],
    [{"name": "more", "image": "busybox"}],
    [{"name": "more", "value": "x"}],
    [{"name": "more", "emptyDir": {}}],
    [{"name": "more", "mountPath": "/more"}],
    [{"key": "dedicated", "operator": "Exists"}],
    [{"ip": "10.0.0.1", "hostnames": ["a"]}],
    [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
    [{"apiGroup": "apps", "kind": "deployments"}],
    [{"name": "robot", "namespace": "team"}],
    [{"targetLabel": "x", "replacement": "y"}],
    [{"alert": "A", "expr": "up == 0"}],
    [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
    [{"toEntities": ["world"]}],
    [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}],
)
# What a key needs beside it to have an effect, with the official chart as well.
COMPANY: tuple[tuple[str, Values], ...] = (
    (r"^podIdentity\.aws\.irsa\.enabled$", {"podIdentity": {"aws": {"irsa": {"roleArn": "arn:aws:iam::1:role/keda"}}}}),
    (
        r"^podIdentity\.gcp\.enabled$",
        {"podIdentity": {"gcp": {"gcpIAMServiceAccount": "keda@p.iam.gserviceaccount.com"}}},
    ),
    (r"^prometheus\.metricServer\..*\.enabled$", {"prometheus": {"metricServer": {"enabled": True}}}),
    (r"^prometheus\.operator\..*\.enabled$", {"prometheus": {"operator": {"enabled": True}}}),
    (r"^prometheus\.webhooks\..*\.enabled$", {"prometheus": {"webhooks": {"enabled": True}}}),
    *(
        (
            rf"^volumes\.{name}\.extraVolumeMounts$",
            {"volumes": {name: {"extraVolumes": [{"name": "more", "emptyDir": {}}]}}},
        )
        for name in ("keda", "metricsApiServer", "webhooks")
    ),
)
# Keys with one possible value, and keys that limit nothing: what happens to any other value.
WITHOUT_EFFECT = {
    **{f"{name}.livenessProbe.successThreshold": "only 1" for name in ("operator", "metricsServer", "webhooks")},
    "permissions.operator.restrict.namesAllowList": "limits nothing",
}
# Booleans that are fields or flags themselves; all others are asked by an "if", to which any text is true.
PRINTED = {
    "enableServiceLinks",
    "operator.useHostNetwork",
    "metricsServer.useHostNetwork",
    "webhooks.useHostNetwork",
    "operator.hostUsers",
    "metricsServer.hostUsers",
    "webhooks.hostUsers",
    "operator.disableCompression",
    "metricsServer.disableCompression",
    "serviceAccount.operator.automountServiceAccountToken",
    "serviceAccount.metricServer.automountServiceAccountToken",
    "serviceAccount.webhooks.automountServiceAccountToken",
    *(
        f"securityContext.{component}.{field}"
        for component in ("operator", "metricServer", "webhooks")
        for field in ("allowPrivilegeEscalation", "readOnlyRootFilesystem")
    ),
    *(f"podSecurityContext.{component}.runAsNonRoot" for component in ("operator", "metricServer", "webhooks")),
}


def schema_of(key: str) -> Key | None:
    """The key of the contract; None for a part of a Kubernetes object that the contract does not spell out."""
    return OF_SCHEMA.get(key)


BOOLEANS = [key for key in KEYS if (found := schema_of(key)) and found.types & {"boolean", "string"} == {"boolean"}]


def migrated(values: Values) -> tuple[Values, list[Change]]:
    """The values after the rules, and what they changed."""
    workspace = Workspace([Document(json.dumps(values), "values.yaml")])
    rewrite(workspace)
    return workspace.values, [change for change in workspace.changes if change.kind != "note"]


def in_company(key: str, value: Any) -> Values:
    """A document with ``value`` at ``key`` and what the key needs beside it."""
    beside = [values for pattern, values in COMPANY if re.search(pattern, key)]
    return merged([*beside, fragment(key, value)])


def example(key: str) -> Any:
    default = official.listed().get(key)
    found = schema_of(key)
    words = found.schema.get("enum", []) if found else []
    for value in (*words, *CANDIDATES):
        # Not "value in (...)": 1 and True are equal.
        if json.dumps(value) != json.dumps(default) and value != "" and not problems(fragment(key, value)):
            return value
    raise AssertionError(f"{key}: no candidate fits; add one")


def at(values: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(values, dict) or step not in values:
            return ...
        values = values[step]
    return values


def test_every_key_of_the_official_chart_is_a_key_here() -> None:
    assert len(official.listed()) == 309
    spelt_out = {key for key in KEYS if schema_of(key)}
    rest = set(KEYS) - spelt_out
    # The defaults of what is passed on to Kubernetes as it is.
    assert all(key.startswith(("resources.", "securityContext.", "podSecurityContext.")) for key in rest), rest
    assert len(spelt_out) > 250


def test_no_key_that_the_official_chart_reads_is_called_removed() -> None:
    removed = dict(contract().all_removed())
    assert removed
    # Below a part of a Kubernetes object, only what Kubernetes does not know there; and budgets have no switch.
    parts = ("securityContext.", "podSecurityContext.", "podDisruptionBudget.")
    assert [path for path in removed if official.reads(path) and not path.startswith(parts)] == []


@pytest.mark.parametrize("key", KEYS)
def test_a_value_of_its_own_stays(key: str) -> None:
    value = example(key)
    values, changes = migrated(in_company(key, value))
    if key in WITHOUT_EFFECT:
        assert at(values, key) == ...
        assert WITHOUT_EFFECT[key] in changes[0].reason
        return
    kept = at(values, key)
    assert kept == value, changes
    assert type(kept) is type(value)
    assert not [change for change in changes if change.path == key]


@pytest.mark.parametrize("key", [key for key in official.listed() if official.listed()[key] is not None])
def test_the_default_of_the_official_chart_written_out_is_taken(key: str) -> None:
    default = official.listed()[key]
    values, changes = migrated(fragment(key, default))
    assert problems(values) == {}
    assert at(values, key) == default or default in ("", [], {}), changes


@pytest.mark.parametrize("text", ["true", "false"])
@pytest.mark.parametrize("key", BOOLEANS)
def test_a_quoted_boolean_is_what_the_official_chart_made_of_it(key: str, text: str) -> None:
    values, changes = migrated(in_company(key, text))
    assert problems(values) == {}
    assert at(values, key) is (text == "true" if key in PRINTED else True), changes
    assert [change.path for change in changes if change.path == key] == [key]


@pytest.mark.parametrize("key", BOOLEANS)
def test_null_for_a_switch_is_off(key: str) -> None:
    values, _ = migrated(fragment(key, None))
    assert problems(values) == {}
    assert at(values, key) in (None, False, ...)
    if at(values, key) == ...:
        # Where null is allowed it is the same as the default.
        found = schema_of(key)
        assert found
        assert not found.default


@pytest.mark.parametrize("key", KEYS)
def test_null_is_no_reason_to_stop(key: str) -> None:
    values, _ = migrated(fragment(key, None))
    assert problems(values) == {}
