"""A client of the registry on loopback: uploads what the tests need, reads back what Helm has pushed."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Registry:
    """A registry at ``address`` (host:port), which speaks HTTP and lets everybody in."""

    address: str

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, Mapping[str, str]]:
        """Body and headers of the answer to a request below /v2/; urllib.error.HTTPError when it is refused."""
        url = path if path.startswith("http:") else f"http://{self.address}/v2/{path}"
        asked = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)  # noqa: S310
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  # loopback
            return answer.read(), dict(answer.headers.items())

    def manifest(self, repository: str, reference: str) -> tuple[dict[str, Any], str]:
        """A manifest by tag or digest, with its digest."""
        body, _ = self.request("GET", f"{repository}/manifests/{reference}", headers={"Accept": f"{INDEX}, {MANIFEST}"})
        return json.loads(body), digest_of(body)

    def put_blob(self, repository: str, content: bytes) -> dict[str, Any]:
        """Upload a blob; its descriptor without a media type."""
        _, headers = self.request("POST", f"{repository}/blobs/uploads/", b"")
        location = headers["Location"]
        joint = "&" if "?" in location else "?"
        self.request(
            "PUT",
            f"{location}{joint}digest={digest_of(content)}",
            content,
            {"Content-Type": "application/octet-stream"},
        )
        return {"digest": digest_of(content), "size": len(content)}

    def put_manifest(self, repository: str, reference: str, content: Mapping[str, Any]) -> str:
        """Upload a manifest or an index under a tag or a digest; its digest."""
        body = json.dumps(content).encode()
        reference = reference or digest_of(body)
        self.request("PUT", f"{repository}/manifests/{reference}", body, {"Content-Type": content["mediaType"]})
        return digest_of(body)

    def put_image(self, repository: str, architecture: str, tag: str = "") -> dict[str, Any]:
        """Upload an image without layers for one platform; its descriptor, as an index wants it."""
        platform = {"os": "linux", "architecture": architecture}
        config = json.dumps({**platform, "rootfs": {"type": "layers", "diff_ids": []}}).encode()
        content = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **self.put_blob(repository, config)},
            "layers": [],
        }
        digest = self.put_manifest(repository, tag, content)
        size = len(json.dumps(content).encode())
        return {"mediaType": MANIFEST, "digest": digest, "size": size, "platform": platform}

    def put_index(self, repository: str, tag: str) -> str:
        """Upload an image for amd64 and arm64 under a tag; the digest of its index."""
        manifests = [self.put_image(repository, architecture) for architecture in ("amd64", "arm64")]
        return self.put_manifest(repository, tag, {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})


def digest_of(content: bytes) -> str:
    """``sha256:...`` of some bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
