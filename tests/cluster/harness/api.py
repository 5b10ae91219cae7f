"""The Kubernetes API, spoken to from this process: in milliseconds where kubectl takes a tenth of a second."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.cluster.harness.layout import API_PORT, NODE_ADDRESS
from tests.cluster.harness.network import PrivateNetwork
from tests.cluster.harness.pki import KeyPair


class ApiError(Exception):
    """The API server refused; ``status`` is the HTTP status, the message what the server said."""

    def __init__(self, request: str, status: int, text: str) -> None:
        super().__init__(f"{request}: status {status}: {text}")
        self.status = status


class Api:
    """Requests as one user. Paths are those of the API server, such as ``/api/v1/nodes/node``."""

    def __init__(self, network: PrivateNetwork, authority: Path, client: KeyPair) -> None:
        """``client`` names the user; ``authority`` is the PEM file of the CA that signed the server's certificate."""
        self._network = network
        self._tls = ssl.create_default_context(cafile=str(authority))
        self._tls.load_cert_chain(client.certificate, client.key)

    def get(self, path: str) -> Any:
        """The object or list at ``path``; raises ApiError, OSError."""
        return json.loads(self.text(path))

    def text(self, path: str) -> str:
        """What the server answers to a GET, such as a pod's log; raises ApiError, OSError."""
        return self._request("GET", path, None)

    def create(self, path: str, content: dict[str, Any]) -> Any:
        """Create an object in the collection at ``path`` and return it as stored; raises ApiError, OSError."""
        return json.loads(self._request("POST", path, content))

    def create_all(self, path: str, contents: Iterable[dict[str, Any]]) -> Iterator[Any]:
        """Create objects one after another in the collection at ``path``, over one connection; raises ApiError, OSError.

        For thousands of reviews, of which each takes a millisecond.
        """
        with self._network.conversation((NODE_ADDRESS, API_PORT), tls=self._tls, seconds=30) as ask:
            for content in contents:
                answer = ask("POST", path, json.dumps(content).encode(), {"Content-Type": "application/json"})
                if answer.status >= 300:
                    raise ApiError(f"POST {path}", answer.status, answer.body.decode(errors="replace"))
                yield json.loads(answer.body)

    def delete(self, path: str) -> Any:
        """Delete the object at ``path``; raises ApiError, OSError."""
        return json.loads(self._request("DELETE", path, None))

    def _request(self, method: str, path: str, content: dict[str, Any] | None) -> str:
        answer = self._network.request(
            method,
            (NODE_ADDRESS, API_PORT),
            path,
            tls=self._tls,
            body=None if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
            seconds=30,
        )
        text = answer.body.decode(errors="replace")
        if answer.status >= 300:
            raise ApiError(f"{method} {path}", answer.status, text)
        return text
