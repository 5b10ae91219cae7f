"""The SPDX 2.3 bill of materials of a chart's archive: the chart, and the images that it installs when nothing else is said.

What is inside the images is their publisher's to tell; here they are named, with digests where charts/keda/images.yaml has them.
The bill has no time of its own and no random number, so that equal archives have equal bills.
"""

from __future__ import annotations

import hashlib
import json
import urllib.parse
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tools import images

_CHART = "SPDXRef-Chart"


def purl(image: images.Reference, digest: str) -> str:
    """Package URL of an image, of the type oci; without a version as long as the digest is not known."""
    name = image.repository.rpartition("/")[2].lower()
    qualifiers = urllib.parse.urlencode(
        {"repository_url": f"{image.registry}/{image.repository}", "tag": image.tag},
        quote_via=urllib.parse.quote,
        safe="/",
    )
    version = f"@{urllib.parse.quote(digest, safe='')}" if digest else ""
    return f"pkg:oci/{name}{version}?{qualifiers}"


def document(chart: Path, archive: Path, epoch: int) -> dict[str, Any]:
    """The bill of ``archive``, which was made of the folder ``chart``; ``epoch`` in seconds is what it calls its creation."""
    metadata = yaml.load((chart / "Chart.yaml").read_text(), Loader=yaml.CSafeLoader)
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    digests = images.load(chart)
    packages: list[dict[str, Any]] = [
        {
            "SPDXID": _CHART,
            "name": metadata["name"],
            "versionInfo": metadata["version"],
            "packageFileName": archive.name,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "checksums": [{"algorithm": "SHA256", "checksumValue": checksum}],
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": metadata["annotations"]["artifacthub.io/license"],
            "copyrightText": "NOASSERTION",
            "primaryPackagePurpose": "INSTALL",
            "summary": metadata["description"],
        }
    ]
    relationships = [_relationship("SPDXRef-DOCUMENT", "DESCRIBES", _CHART)]
    for image in images.references(chart):
        digest = digests.get(str(image), "")
        name = image.repository.rpartition("/")[2]
        packages.append(
            {
                "SPDXID": f"SPDXRef-Image-{name}",
                "name": f"{image.registry}/{image.repository}",
                "versionInfo": image.tag,
                "downloadLocation": "NOASSERTION",
                "filesAnalyzed": False,
                # An index has the sum that its digest says.
                **({"checksums": [_checksum(digest)]} if digest else {}),
                "licenseConcluded": "NOASSERTION",
                "licenseDeclared": "NOASSERTION",
                "copyrightText": "NOASSERTION",
                "primaryPackagePurpose": "CONTAINER",
                "externalRefs": [
                    {
                        "referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": purl(image, digest),
                    }
                ],
            }
        )
        relationships.append(_relationship(f"SPDXRef-Image-{name}", "RUNTIME_DEPENDENCY_OF", _CHART))
    content = json.dumps([packages, relationships])
    name = f"{metadata['name']}-{metadata['version']}"
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        # A name of its own for each content, without an address that would belong to somebody.
        "documentNamespace": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}",
        "creationInfo": {
            "created": datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: tools.package"],
        },
        "documentDescribes": [_CHART],
        "packages": packages,
        "relationships": relationships,
    }


def _checksum(digest: str) -> dict[str, str]:
    algorithm, _, value = digest.partition(":")
    return {"algorithm": algorithm.upper(), "checksumValue": value}


def _relationship(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
