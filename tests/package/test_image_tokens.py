"""A registry that gives a token to anybody is asked with one; an answer that cannot be trusted is no digest.

The registry of the other tests lets everybody in and never lies, so this one is made of canned answers.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.package.loopback import INDEX, digest_of
from tools.images import NoDigest, Reference, Registry

IMAGE = Reference("ghcr.io", "kedacore/keda", "1")
PATH = "/v2/kedacore/keda/manifests/1"
SCOPE = "repository:kedacore/keda:pull"


def _index(*architectures: str) -> bytes:
    manifests = [{"platform": {"os": "linux", "architecture": name}} for name in architectures]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()


@contextmanager
def _registry(
    content: bytes, kind: str = INDEX, said: str = "", *, asks: str = ""
) -> Iterator[tuple[Registry, list[str]]]:
    """A registry with one manifest, and the paths it was asked for. ``asks`` is the challenge's scheme, "" for none."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            host = self.headers["Host"]
            if self.path.startswith("/token"):
                question = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                assert question == {"service": ["registry"], "scope": [SCOPE]}
                self._send(200, "application/json", b'{"token": "for-anybody"}')
            elif asks and self.headers.get("Authorization") != "Bearer for-anybody":
                self._send(
                    401,
                    "application/json",
                    b"{}",
                    {"WWW-Authenticate": f'{asks} realm="http://{host}/token",service="registry",scope="{SCOPE}"'},
                )
            else:
                self._send(200, kind, content, {"Docker-Content-Digest": said} if said else {})

        def _send(self, code: int, media_type: str, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(code)
            for name, value in {
                "Content-Type": media_type,
                "Content-Length": str(len(body)),
                **(headers or {}),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class calls it so
            """Nothing: the tests look at what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Registry(f"127.0.0.1:{server.server_port}", plain=True), asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_registry_that_wants_a_token_gets_the_one_it_gives_to_anybody() -> None:
    content = _index("amd64", "arm64")
    with _registry(content, said=digest_of(content), asks="Bearer") as (registry, asked):
        assert registry.digest(IMAGE) == digest_of(content)
    assert [path.partition("?")[0] for path in asked] == [PATH, "/token", PATH]


def test_no_password_is_asked_for_and_none_is_made_up() -> None:
    with (
        _registry(_index("amd64"), asks="Basic") as (registry, asked),
        pytest.raises(NoDigest, match="wants to know who asks"),
    ):
        registry.digest(IMAGE)
    assert asked == [PATH]


def test_no_token_is_fetched_without_encryption_for_a_registry_with_it() -> None:
    registry = Registry()
    with pytest.raises(NoDigest, match="wants to know who asks"):
        registry._token(IMAGE, 'Bearer realm="http://127.0.0.1:1/token",service="registry"')


def test_a_registry_that_says_another_digest_than_its_answer_has_is_not_believed() -> None:
    lie = digest_of(b"another")
    with (
        _registry(_index("amd64"), said=lie) as (registry, _),
        pytest.raises(NoDigest, match=f"says {lie}, its answer has the digest"),
    ):
        registry.digest(IMAGE)


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"<html>", "text/html", "answered with text/html, which is no image index"),
        (b"<html>", INDEX, "is no JSON object"),
        (_index(), INDEX, "names no platform"),
        (b" " * (4 * 1024 * 1024 + 1), INDEX, "more than 4194304 bytes"),
    ],
    ids=["page", "no JSON", "empty", "endless"],
)
def test_what_is_no_index_of_platforms_has_no_digest(content: bytes, kind: str, said: str) -> None:
    with _registry(content, kind) as (registry, _), pytest.raises(NoDigest, match=said):
        registry.digest(IMAGE)
