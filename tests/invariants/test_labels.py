"""Every object carries the common labels, and the labels and annotations that the values add, once."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support import manifests
from tests.support.findings import Findings
from tests.support.renderings import Rendered

_COMMON = {
    "helm.sh/chart",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
}


def _is_extra(rendered: Rendered, manifest: manifests.Manifest) -> bool:
    """extraObjects are rendered as they stand."""
    return bool(rendered.combination.values.get("extraObjects")) and manifest["metadata"]["name"].startswith("extra")


def test_no_object_lacks_the_labels_and_annotations_of_all_objects(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        labels = rendered.combination.values.get("additionalLabels") or {}
        annotations = rendered.combination.values.get("additionalAnnotations") or {}
        with findings.of(rendered.id):
            own = [entry for entry in rendered.objects if not _is_extra(rendered, entry)]
            assert len(own) > len(rendered.deployments)
            for manifest in own:
                where = "/".join(manifests.identity(manifest))
                metadata = manifest["metadata"]
                assert set(metadata["labels"]) >= _COMMON | set(labels), where
                assert set(metadata.get("annotations", {})) >= set(annotations), where
                assert all(metadata["labels"][key] == value for key, value in labels.items()), where
    findings.settle()


def test_the_release_is_named_on_every_object(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            own = [entry for entry in rendered.objects if not _is_extra(rendered, entry)]
            assert {entry["metadata"]["labels"]["app.kubernetes.io/instance"] for entry in own} == {
                rendered.combination.release
            }
    findings.settle()
