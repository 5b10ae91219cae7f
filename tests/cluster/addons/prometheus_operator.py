"""The custom resource definitions of the Prometheus operator, so that monitors and rules can be created; nothing reads them."""

from __future__ import annotations

from tests.cluster.targets import Target
from tools import custom_resource_schemas

_MODULE = "github.com/prometheus-operator/prometheus-operator"


def define(target: Target) -> None:
    """Create the definitions, as the module of schemas/custom-resources/sources.yaml has them."""
    (source,) = [source for source in custom_resource_schemas.sources() if source.module == _MODULE]
    files = [f"--filename={source.folder / path}" for path in source.definitions]
    target.kubectl("apply", "--server-side", *files)
    target.kubectl("wait", "--for=condition=Established", "--timeout=30s", *files, seconds=40)
