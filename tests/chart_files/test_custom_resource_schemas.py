"""The closed schemas judge like an API server with strict field validation, so that a typo in a template is seen."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from tests.support.schemas import CUSTOM_RESOURCES
from tools import openapi

CERTIFICATE: dict[str, Any] = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Certificate",
    "metadata": {"name": "serving"},
    "spec": {"secretName": "serving", "issuerRef": {"name": "ca"}, "dnsNames": ["keda.test"]},
}


def _certificate(**spec: Any) -> dict[str, Any]:
    return {**CERTIFICATE, "spec": {**CERTIFICATE["spec"], **spec}}


def _problems(manifest: dict[str, Any]) -> list[str]:
    file = CUSTOM_RESOURCES / f"{manifest['apiVersion'].replace('/', '_')}_{manifest['kind']}.json"
    return [error.message for error in jsonschema_rs.validator_for(json.loads(file.read_text())).iter_errors(manifest)]


def test_no_valid_resource_is_refused() -> None:
    assert _problems(CERTIFICATE) == []


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(_certificate(dnsName=["keda.test"]), id="misspelt-field"),
        pytest.param(_certificate(privateKey={"algorythm": "RSA"}), id="misspelt-nested-field"),
        pytest.param(_certificate(dnsNames="keda.test"), id="wrong-type"),
        pytest.param(_certificate(privateKey={"algorithm": "rsa"}), id="value-outside-the-enum"),
        pytest.param({**CERTIFICATE, "spec": {"secretName": "serving"}}, id="missing-field"),
        pytest.param({**CERTIFICATE, "metadata": {"name": "serving", "lables": {}}}, id="misspelt-metadata"),
        pytest.param({**CERTIFICATE, "metadata": {"name": "serving", "labels": {"a": 1}}}, id="label-without-quotes"),
        pytest.param({**CERTIFICATE, "data": {}}, id="unknown-top-field"),
    ],
)
def test_no_resource_passes_that_an_api_server_would_refuse_or_cut(manifest: dict[str, Any]) -> None:
    assert _problems(manifest)


def test_no_schema_is_open_at_its_top() -> None:
    files = sorted(CUSTOM_RESOURCES.glob("*.json"))
    assert files
    for file in files:
        assert json.loads(file.read_text())["additionalProperties"] is False, file.name


@pytest.mark.parametrize(
    ("structural", "accepted", "refused"),
    [
        pytest.param({"x-kubernetes-int-or-string": True}, [1, "10%"], [1.5, True, {}], id="int-or-string"),
        pytest.param({"type": "string", "nullable": True}, ["a", None], [1], id="nullable"),
        pytest.param({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, [2], [1], id="exclusive-minimum"),
        pytest.param({"type": "object"}, [{}], [{"a": 1}], id="object-without-properties"),
        pytest.param(
            {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            [{}, {"a": {"b": 1}}],
            ["a"],
            id="preserved",
        ),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
            [{"any": {"a": "x"}}],
            [{"any": {"b": "x"}}],
            id="map-of-closed-objects",
        ),
        pytest.param(
            {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                "oneOf": [{"required": ["a"], "properties": {"a": {}}}, {"required": ["b"]}],
            },
            [{"a": "x"}, {"b": "x"}],
            [{}, {"a": "x", "b": "x"}, {"c": "x"}],
            id="branches-stay-open",
        ),
    ],
)
def test_closing_keeps_what_kubernetes_means(
    structural: dict[str, Any], accepted: list[Any], refused: list[Any]
) -> None:
    validator = jsonschema_rs.validator_for(openapi.closed(structural))
    assert [value for value in accepted if not validator.is_valid(value)] == []
    assert [value for value in refused if validator.is_valid(value)] == []


def test_a_property_called_description_survives_the_removal_of_descriptions() -> None:
    schema = {"description": "prose", "properties": {"description": {"type": "string", "description": "prose"}}}
    assert openapi.without_descriptions(schema) == {"properties": {"description": {"type": "string"}}}
