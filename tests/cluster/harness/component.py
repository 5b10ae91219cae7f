"""What a component is: a command, the files it reads, and how to see that it is ready.

Each file in components/ has a typed configuration and a pure function that makes a Component of it.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.cluster.harness.network import PrivateNetwork
from tests.cluster.harness.pki import KeyPair
from tests.cluster.harness.process import NotReady


class Probe(Protocol):
    """Raises NotReady, saying what it saw, until its component is ready."""

    def __call__(self, network: PrivateNetwork, /) -> None: ...


@dataclass(frozen=True)
class Component:
    """One program of the cluster. ``files`` (path -> text) are written before it starts."""

    name: str
    command: tuple[str, ...]
    ready: Probe
    files: Mapping[Path, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Http:
    """Ready when a GET is answered with 200; over TLS when ``authority``, the CA's PEM file, is given."""

    address: tuple[str, int]
    path: str
    authority: Path | None = None
    client: KeyPair | None = None

    def __call__(self, network: PrivateNetwork, /) -> None:
        tls = None
        if self.authority is not None:
            tls = ssl.create_default_context(cafile=str(self.authority))
            if self.client is not None:
                tls.load_cert_chain(self.client.certificate, self.client.key)
        try:
            answer = network.request("GET", self.address, self.path, tls=tls, seconds=5)
        except (OSError, http.client.HTTPException) as error:
            raise NotReady(f"{self.address[0]}:{self.address[1]}{self.path}: {error}") from error
        if answer.status != 200:
            raise NotReady(f"{self.path}: status {answer.status}: {answer.body.decode(errors='replace')}")


@dataclass(frozen=True)
class UnixSocket:
    """Ready when the socket takes a connection."""

    path: Path

    def __call__(self, network: PrivateNetwork, /) -> None:
        try:
            network.connect_unix(self.path).close()
        except OSError as error:
            raise NotReady(f"{self.path}: {error}") from error
