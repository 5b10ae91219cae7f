"""Digests of the images that the chart installs: charts/keda/images.yaml, the one file that has them.

Each name that the chart's defaults give is looked up in its registry; what comes back must be an index of several platforms,
and its digest is the one of its bytes, not just of what the registry says. The chart adds a digest to the image of that name,
tools/artifact_hub.py and the SBOM of `tox -e package` show it. A digest that nobody has looked up stays "".

    python -m tools.images                                write the digests (needs the registry)
    python -m tools.images --check                        write nothing, exit 1 when one differs from the registry's
    python -m tools.images --offline                      write the names alone; digests of names that stay are kept
    python -m tools.images --registry localhost:5000 --plain-http    ask a mirror that has the same paths and tags
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools import toolchain

CHART = toolchain.REPOSITORY / "charts" / "keda"
INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_SINGLE = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_LARGEST_MANIFEST_BYTES = 4 * 1024 * 1024  # what registries accept
_SECONDS = 30.0
_HEADER = """\
# Digests of the images that the chart installs when nothing else is said; written by `python -m tools.images`.
# The chart adds one to an image that is named exactly so. "" is not known: that image is asked for by its tag alone.
"""


class NoDigest(Exception):
    """A digest cannot be had; the message names the image and what to do."""


@dataclass(frozen=True)
class Reference:
    """An image by its name: ``registry/repository:tag``."""

    registry: str
    repository: str
    tag: str

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}:{self.tag}"


def references(chart: Path = CHART) -> list[Reference]:
    """The images of the chart's defaults, in the order of values.yaml."""
    try:
        version = str(yaml.load((chart / "Chart.yaml").read_text(), Loader=yaml.CSafeLoader)["appVersion"])
        images = yaml.load((chart / "values.yaml").read_text(), Loader=yaml.CSafeLoader)["image"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise NoDigest(f"{chart}: Chart.yaml must say appVersion and values.yaml image; {error!r}") from None
    found = [
        Reference(entry["registry"], entry["repository"], entry["tag"] or version)
        for entry in images.values()
        if isinstance(entry, dict)
    ]
    if not found:
        raise NoDigest(f"{chart / 'values.yaml'} names no image")
    return found


def load(chart: Path = CHART) -> dict[str, str]:
    """Image name -> digest, "" where it is not known, as images.yaml has them."""
    found: dict[str, str] = yaml.load((chart / "images.yaml").read_text(), Loader=yaml.CSafeLoader)
    return found


def text(digests: Mapping[str, str]) -> str:
    """Content of images.yaml for digests by name."""
    return _HEADER + "".join(f"{name}: {json.dumps(digest)}\n" for name, digest in digests.items())


def pinned(reference: Reference | str, digests: Mapping[str, str]) -> str:
    """The name with its digest, or alone when that is not known."""
    digest = digests.get(str(reference), "")
    return f"{reference}@{digest}" if digest else str(reference)


@dataclass(frozen=True)
class Registry:
    """Where to ask: ``host`` instead of the one an image names (None: that one), ``plain`` over HTTP."""

    host: str | None = None
    plain: bool = False

    def digest(self, image: Reference) -> str:
        """``sha256:...`` of the index that the tag names; NoDigest when there is none."""
        host = self.host or image.registry
        # Docker Hub's API has another name than its images.
        host = "registry-1.docker.io" if host == "docker.io" else host
        url = f"{'http' if self.plain else 'https'}://{host}/v2/{image.repository}/manifests/{image.tag}"
        content, media_type, said = self._manifest(image, url)
        if media_type in _SINGLE:
            raise NoDigest(
                f"{image}: {host} has one platform's manifest ({media_type}), no index: its digest would break nodes of other "
                "platforms. A mirror must be filled with all platforms (skopeo copy --all, crane copy)"
            )
        if media_type not in INDEXES:
            raise NoDigest(f"{image}: {url} answered with {media_type or 'no content type'}, which is no image index")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if said and said != digest:
            raise NoDigest(
                f"{image}: {host} says {said}, its answer has the digest {digest}; ask again, or another mirror"
            )
        platforms = self._platforms(image, content)
        if not platforms:
            raise NoDigest(f"{image}: the index {digest} at {host} names no platform")
        return digest

    @staticmethod
    def _platforms(image: Reference, index: bytes) -> set[str]:
        """``linux/arm64`` and so on; attestations, which lie in an index beside the images, are of an unknown one."""
        try:
            entries = json.loads(index).get("manifests", [])
        except (ValueError, AttributeError):
            raise NoDigest(f"{image}: the index is no JSON object: {index[:80]!r}") from None
        named = (entry.get("platform", {}) for entry in entries)
        return {f"{entry.get('os')}/{entry.get('architecture')}" for entry in named} - {"unknown/unknown", "None/None"}

    def _manifest(self, image: Reference, url: str) -> tuple[bytes, str, str]:
        """Body, media type and claimed digest; with an anonymous token where the registry asks for one."""
        headers = {"Accept": ", ".join((*INDEXES, *_SINGLE))}
        try:
            return self._get(url, headers)
        except urllib.error.HTTPError as refused:
            if refused.code != 401:
                raise NoDigest(f"{image}: GET {url} failed with {refused.code} {refused.reason}") from None
            challenge = refused.headers.get("WWW-Authenticate", "")
        except (OSError, http.client.HTTPException) as error:
            raise NoDigest(f"{image}: GET {url} failed: {error}") from None
        try:
            return self._get(url, headers | {"Authorization": f"Bearer {self._token(image, challenge)}"})
        except urllib.error.HTTPError as refused:
            raise NoDigest(f"{image}: GET {url} with a token failed with {refused.code} {refused.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise NoDigest(f"{image}: GET {url} with a token failed: {error}") from None

    def _token(self, image: Reference, challenge: str) -> str:
        """What the registry's own token service gives to anybody."""
        parameters = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm = parameters.pop("realm", "")
        if not challenge.lower().startswith("bearer ") or not realm.startswith(("https://", *self._plain_scheme())):
            raise NoDigest(
                f"{image}: the registry wants to know who asks ({challenge or 'no challenge'}); ask a public mirror"
            )
        url = f"{realm}?{urllib.parse.urlencode(parameters)}"
        try:
            answer: Any = json.loads(self._get(url, {})[0])
            return str(answer.get("token") or answer["access_token"])
        except (OSError, http.client.HTTPException, ValueError, KeyError, AttributeError) as error:
            raise NoDigest(f"{image}: GET {url} gives no token: {error!r}") from None

    def _plain_scheme(self) -> tuple[str, ...]:
        return ("http://",) if self.plain else ()

    @staticmethod
    def _get(url: str, headers: Mapping[str, str]) -> tuple[bytes, str, str]:
        request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310  # the scheme is ours
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            body = answer.read(_LARGEST_MANIFEST_BYTES + 1)
            kind = answer.headers.get_content_type()
            said = answer.headers.get("Docker-Content-Digest", "")
        if len(body) > _LARGEST_MANIFEST_BYTES:
            raise OSError(f"more than {_LARGEST_MANIFEST_BYTES} bytes")
        return body, kind, said


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.images",
        description="Write the digests of the chart's images to charts/keda/images.yaml.",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when the file is not what would be written"
    )
    parser.add_argument(
        "--offline",
        action="store_true",
        help="ask no registry: names of the present version, digests only of names that stay",
    )
    parser.add_argument("--registry", metavar="HOST[:PORT]", help="ask this one, which has the same paths and tags")
    parser.add_argument(
        "--plain-http", action="store_true", help="HTTP instead of HTTPS, for a registry on this machine"
    )
    parser.add_argument("--chart", type=Path, default=CHART, metavar="FOLDER", help="the chart (default: charts/keda)")
    options = parser.parse_args(arguments)
    if not (options.chart / "Chart.yaml").is_file():
        parser.error(f"{options.chart} is no chart: it has no Chart.yaml")
    if options.registry is not None and not re.fullmatch(r"[\w.-]+(:\d+)?", options.registry):
        parser.error(f"--registry {options.registry}: must be HOST or HOST:PORT, without a scheme")
    file = options.chart / "images.yaml"
    known = load(options.chart) if file.is_file() else {}
    try:
        if options.offline:
            digests = {str(image): known.get(str(image), "") for image in references(options.chart)}
        else:
            registry = Registry(options.registry, options.plain_http)
            digests = {str(image): registry.digest(image) for image in references(options.chart)}
    except NoDigest as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    if options.check:
        wrong = [
            f"{name}: {known.get(name, 'missing')!r}, must be {digest!r}"
            for name, digest in digests.items()
            if known.get(name) != digest
        ]
        wrong += [f"{name}: the chart has no such image" for name in known.keys() - digests.keys()]
        if wrong:
            print(f"{file} is stale; run: python -m tools.images\n" + "\n".join(wrong), file=sys.stderr)
        return 1 if wrong else 0
    file.write_text(text(digests))
    for name in digests:
        print(pinned(name, digests))
    return 0


if __name__ == "__main__":
    sys.exit(main())
