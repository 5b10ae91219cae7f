"""Connections from this process into the cluster's network namespace, for TLS handshakes and HTTP requests by tests.

A socket belongs to the namespace in which it was made, whichever thread uses it later. So a thread that lives only as
long as it takes to connect enters the namespace; the rest of the process stays where it is.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


# method, path, body, headers -> answer
Ask = Callable[[str, str, bytes | None, Mapping[str, str]], Answer]


class PrivateNetwork:
    """The network of the namespaces that a process lives in."""

    def __init__(self, pid: int) -> None:
        """``pid``: process number, as the host counts, of any process in the namespaces."""
        self._namespace = Path(f"/proc/{pid}/ns/net")
        self._root = Path(f"/proc/{pid}/root")

    def connect(self, address: tuple[str, int], seconds: float = 5) -> socket.socket:
        """TCP connection from the node to an IP address (names are not resolved); raises OSError."""
        return self._inside(lambda: socket.create_connection(address, timeout=seconds))

    def connect_unix(self, path: Path, seconds: float = 5) -> socket.socket:
        """Connection to a Unix socket that lies at ``path`` on the node; raises OSError."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        try:
            connection.connect(str(self._root / path.relative_to("/")))
        except BaseException:
            connection.close()
            raise
        return connection

    def request(
        self,
        method: str,
        address: tuple[str, int],
        path: str,
        *,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = 10,
    ) -> Answer:
        """One HTTP request, over TLS when ``tls`` is given; ``server_name`` (default: the address) is what is checked.

        Raises OSError (ssl.SSLError among them) or http.client.HTTPException.
        """
        with self.conversation(address, tls=tls, server_name=server_name, seconds=seconds) as ask:
            return ask(method, path, body, dict(headers or {}))

    @contextlib.contextmanager
    def conversation(
        self,
        address: tuple[str, int],
        *,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
        seconds: float = 10,
    ) -> Iterator[Ask]:
        """One connection for several HTTP requests, as ``request`` makes them one by one; raises the same."""
        connection = http.client.HTTPConnection(*address, timeout=seconds)
        raw = self.connect(address, seconds)
        # As http.client does for sockets of its own: head and body would wait 40 ms for each other.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def ask(method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

        try:
            connection.sock = tls.wrap_socket(raw, server_hostname=server_name or address[0]) if tls else raw
            yield ask
        finally:
            connection.close()
            raw.close()

    def _inside(self, connect: Callable[[], socket.socket]) -> socket.socket:
        made: list[socket.socket] = []
        failures: list[OSError] = []

        def enter_and_connect() -> None:
            try:
                self._enter()
                made.append(connect())
            except OSError as error:
                failures.append(error)

        # Never from a pool: the thread cannot be let loose on other work after it has changed its namespace.
        thread = threading.Thread(target=enter_and_connect, name="inside the cluster's network")
        thread.start()
        thread.join()
        if failures:
            raise failures[0]
        return made[0]

    def _enter(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = os.open(self._namespace, os.O_RDONLY)
        try:
            if libc.setns(descriptor, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns into {self._namespace}")
        finally:
            os.close(descriptor)
