"""Selectors are the same in any two combinations that give an object the same name: most of them can never be changed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.invariants.relations.selectors import selector_of
from tests.support.findings import Findings
from tests.support.renderings import Rendered


def test_no_switch_changes_a_selector_of_an_object_that_keeps_its_name(chunk: Sequence[Rendered]) -> None:
    """Helm would fail to upgrade a Deployment, and a Service would drop its pods until new ones are ready."""
    findings = Findings()
    first: dict[tuple[str, str, str], tuple[str, str]] = {}
    for rendered in chunk:
        with findings.of(rendered.id):
            for manifest in rendered.own_objects:
                selector = selector_of(manifest)
                if selector is not None:
                    key = (manifest["kind"], manifest["metadata"]["namespace"], manifest["metadata"]["name"])
                    text = json.dumps(selector, sort_keys=True)
                    seen, where = first.setdefault(key, (text, rendered.id))
                    assert text == seen, f"{key} selects {text}, but {seen} in {where}"
    findings.settle()
    assert len(first) > 10


def test_no_chunk_sees_names_that_only_it_sees(chunk: Sequence[Rendered]) -> None:
    """Two combinations of two chunks are compared through the published names: every chunk renders those."""
    published = {
        ("keda", "keda-operator"),
        ("keda", "keda-operator-metrics-apiserver"),
        ("keda", "keda-admission-webhooks"),
    }
    found = {
        (deployment["metadata"]["namespace"], deployment["metadata"]["name"])
        for rendered in chunk
        for deployment in rendered.deployments.values()
    }
    assert published <= found
