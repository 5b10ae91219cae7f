"""What the processes in KEDA's pods can read: their certificate, never the key of the CA that signed it."""

from __future__ import annotations

import pytest

from tests.cluster.probes import COMPONENTS, pods, secret
from tests.cluster.releases import Installed
from tests.cluster.targets import EmbeddedTarget
from tests.support.modes import MOUNT_PATH, PUBLISHED_KEYS, SERVING_SECRET

pytestmark = pytest.mark.cluster


def test_no_pod_has_the_key_of_a_ca_in_its_filesystem(embedded: EmbeddedTarget, installed: Installed) -> None:
    found = node_files(embedded, installed)
    assert set(found) == {component.name for component in COMPONENTS}
    forbidden = keys_of_authorities(installed)
    for name, files in found.items():
        assert [path for path in files if path.endswith("/ca.key")] == [], name
        assert [path for path, content in files.items() if any(key in content for key in forbidden)] == [], name


def keys_of_authorities(installed: Installed) -> list[bytes]:
    """Every private key in a Secret of the namespace but that of the serving certificate."""
    names = [item["metadata"]["name"] for item in installed.target.get("/api/v1/namespaces/keda/secrets")["items"]]
    contents = {name: secret(installed.target, installed.namespace, name) for name in names if "helm.sh" not in name}
    keys = [content.get("ca.key") for content in contents.values()]
    keys += [content.get("tls.key") for name, content in contents.items() if name != SERVING_SECRET]
    return [key.strip().encode() for key in keys if key]


def test_every_pod_sees_the_published_files(embedded: EmbeddedTarget, installed: Installed) -> None:
    found = node_files(embedded, installed)
    assert set(found) == {component.name for component in COMPONENTS}
    for name, files in found.items():
        in_folder = {path.removeprefix(f"{MOUNT_PATH}/") for path in files if path.startswith(f"{MOUNT_PATH}/")}
        assert {path for path in in_folder if "/" not in path} == PUBLISHED_KEYS, name


def node_files(embedded: EmbeddedTarget, installed: Installed) -> dict[str, dict[str, bytes]]:
    """Component -> the files of its pod."""
    return {pod.component.name: embedded.node.files(pod.uid) for pod in pods(installed.target, installed.namespace)}
