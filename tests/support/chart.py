"""The one door to rendering: a chart and values go in, what `helm template` prints comes out.

A worker on Helm's own SDK (tools/toolchain/helm4/renderer) is started with the first rendering of a process and keeps
the chart in memory; docs/decisions/0001-renderer.md tells why. tests/engine/test_helm_equality.py proves that its
output is Helm's.
"""

from __future__ import annotations

import atexit
import functools
import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support import strict_yaml
from tools import toolchain
from tools.line_process import LineProcess, ProcessEnded

CHART = Path(__file__).resolve().parents[2] / "charts" / "keda"
_LONGEST_RENDERING_SECONDS = 120.0
_MOST_CHARACTERS = 4_000_000
# Characters that JSON allows raw inside strings and Helm's YAML parser does not read as they are.
_ESCAPED_FOR_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class ChartRefused(Exception):
    """The chart did not render; the text is what `helm template` prints after "Error: "."""


class RendererCrashed(Exception):
    """The worker ended or hung; the text has its command, its exit code and the end of its log."""


class Document:
    """One YAML document as it was rendered, with what was found out about it.

    Renderings of one process share the documents of equal text: each is read and judged once. A process remembers only so many
    of them (``_Documents``), so that ten thousand combinations need no more memory than a thousand.
    """

    def __init__(self, raw: str, read: dict[str, Any] | None = None) -> None:
        """``raw`` stands between two lines of dashes; ``read`` is what it says, where the renderer has read it already."""
        self.raw = raw
        if read is not None:
            # The cached property.
            vars(self)["object"] = read
        self.text = raw.strip("\n") + "\n"
        # Kubernetes version -> problems; tests/support/schemas.py fills it.
        self.verdicts: dict[str, tuple[str, ...]] = {}
        # Identity of a schema -> what it found; several versions may have the same.
        self.found: dict[int, tuple[str, ...]] = {}

    @functools.cached_property
    def is_empty(self) -> bool:
        """Whether it has nothing but comments."""
        return re.search(r"^[^#\s]", self.raw, re.MULTILINE) is None

    @functools.cached_property
    def object(self) -> dict[str, Any]:
        """The document as Kubernetes reads it; AssertionError when it is not strict YAML or not a mapping. Read only."""
        try:
            content = strict_yaml.parse(self.text)
        except yaml.YAMLError as error:
            raise AssertionError(f"not strict YAML: {error}\n{self.text}") from None
        assert isinstance(content, dict), f"not an object:\n{self.text}"
        return content


class _Documents:
    """Documents by their text, of renderings that come as a whole."""

    def __init__(self) -> None:
        self._known: dict[str, Document] = {}
        self._characters = 0

    def of(self, raw: str) -> Document:
        if raw not in self._known:
            if self._characters > _MOST_CHARACTERS:
                self._known.clear()
                self._characters = 0
            self._known[raw] = Document(raw)
            self._characters += len(raw)
        return self._known[raw]


_DOCUMENTS = _Documents()


@dataclass(frozen=True)
class Rendering:
    """One successful rendering.

    ``parts`` are its documents in the order of `helm template`, ``notes`` the text of NOTES.txt, ``warnings`` what Helm logged
    meanwhile. ``from_memory``: what its templates have printed was remembered, and could be from an earlier rendering.
    """

    parts: tuple[Document, ...]
    notes: str
    warnings: tuple[str, ...]
    from_memory: bool = False

    @classmethod
    def of_text(cls, text: str, notes: str = "", warnings: Sequence[str] = ()) -> Rendering:
        """From what `helm template` printed."""
        first, *others = re.split(r"^---[ \t]*\n?", text, flags=re.MULTILINE)
        parts = tuple(_DOCUMENTS.of(part) for part in ([first] if first.strip() else []) + others)
        rendering = cls(parts, notes, tuple(warnings))
        # The cached property: these very bytes, whatever stands between the documents.
        vars(rendering)["text"] = text
        return rendering

    @functools.cached_property
    def text(self) -> str:
        """What `helm template` prints."""
        return "".join(f"---\n{part.raw}" for part in self.parts)

    @functools.cached_property
    def own_parts(self) -> tuple[Document, ...]:
        """The documents that hold more than comments."""
        return tuple(part for part in self.parts if not part.is_empty)

    @functools.cached_property
    def documents(self) -> list[str]:
        """The YAML documents, each with its "# Source:" line and one line end; documents of comments only are left out."""
        return [part.text for part in self.own_parts]

    @functools.cached_property
    def objects(self) -> list[dict[str, Any]]:
        """The documents as objects; AssertionError when one is not strict YAML or not a mapping.

        Read only: equal documents of one process share one object. Copy before changing.
        """
        return [part.object for part in self.own_parts]


def render(
    values: Mapping[str, Any] | None = None,
    *,
    files: Sequence[Path] = (),
    release: str = "keda",
    namespace: str = "keda",
    kubernetes: str = "1.36.0",
    api_versions: Sequence[str] = (),
    is_upgrade: bool = False,
    chart: Path = CHART,
    same_chart: bool = False,
    helm_only: bool = False,
) -> Rendering:
    """Render ``chart`` like `helm template release chart -n namespace -f files... -f values`; raises ChartRefused.

    ``files`` are values files, later ones win, ``values`` wins over all. ``chart`` may be any chart folder; it is read
    anew when its files have changed. ``same_chart`` spares that look when it cannot have changed since the last call.
    ``helm_only`` renders without the worker's shortcuts, to compare with.
    """
    request = {
        "chart": str(chart),
        "files": [str(file) for file in files],
        "release": release,
        "namespace": namespace,
        "kubernetes": kubernetes,
        "api_versions": list(api_versions),
        "is_upgrade": is_upgrade,
        "same_chart": same_chart,
        "helm_only": helm_only,
    }
    return _worker().render(f'{json.dumps(request)[:-1]}, "values": {values_text(values)}}}\n')


def stored_release(
    values: Mapping[str, Any] | None = None,
    *,
    files: Sequence[Path] = (),
    kubernetes: str = "1.36.0",
    chart: Path = CHART,
) -> int:
    """Bytes of the release as Helm's storage driver stores it: base64 of gzip of JSON; the API shows base64 of that."""
    request = {
        "chart": str(chart),
        "files": [str(file) for file in files],
        "release": "keda",
        "namespace": "keda",
        "kubernetes": kubernetes,
        "measure": True,
    }
    reply = _worker().ask(f'{json.dumps(request)[:-1]}, "values": {values_text(values)}}}\n')
    if reply["error"]:
        raise ChartRefused(reply["error"])
    return int(reply["release"])


def refusal(
    values: Mapping[str, Any] | None = None,
    *,
    files: Sequence[Path] = (),
    release: str = "keda",
    namespace: str = "keda",
    kubernetes: str = "1.36.0",
    api_versions: Sequence[str] = (),
    is_upgrade: bool = False,
    chart: Path = CHART,
) -> str:
    """The error with which the chart refuses these values; AssertionError when it renders. Arguments as in render."""
    try:
        render(
            values,
            files=files,
            release=release,
            namespace=namespace,
            kubernetes=kubernetes,
            api_versions=api_versions,
            is_upgrade=is_upgrade,
            chart=chart,
        )
    except ChartRefused as refused:
        return str(refused)
    raise AssertionError(f"the chart must refuse these values, but renders them: {values_text(values)}")


def values_text(values: Mapping[str, Any] | None) -> str:
    """Values as one line of JSON that is also YAML for Helm; what a values file with the same content would hold."""
    text = json.dumps(values or {}, ensure_ascii=False, allow_nan=False)
    return _ESCAPED_FOR_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class _Worker:
    """One renderer process. ``ask`` may be called from several threads; a worker that ended is not used again."""

    def __init__(self) -> None:
        self._process = LineProcess([str(toolchain.program("renderer"))])
        self._turn = threading.Lock()
        # The documents that the worker has sent, by its numbers; it says when they are to be forgotten.
        self._documents: dict[int, Document] = {}
        atexit.register(self.close)

    @property
    def usable(self) -> bool:
        return self._process.running

    def ask(self, request: str) -> dict[str, Any]:
        """Send one line, return the reply; RendererCrashed when none comes. One thread at a time."""
        try:
            return self._process.ask(request, _LONGEST_RENDERING_SECONDS)
        except ProcessEnded as ended:
            raise RendererCrashed(str(ended)) from None

    def render(self, request: str) -> Rendering:
        """Send one line, return the rendering of the reply; raises ChartRefused and RendererCrashed."""
        # The reply may number documents that an earlier one has brought: they are read in order.
        with self._turn:
            reply = self.ask(request)
            if reply["forget"]:
                self._documents.clear()
            objects = reply["objects"] or {}
            for number, raw in (reply["texts"] or {}).items():
                self._documents[int(number)] = Document(raw, objects.get(number))
            if reply["error"]:
                raise ChartRefused(reply["error"])
            if reply["documents"] is None:
                return Rendering.of_text(reply["manifest"], reply["notes"], reply["warnings"])
            parts = tuple(self._documents[number] for number in reply["documents"])
            return Rendering(parts, reply["notes"], tuple(reply["warnings"]), reply["remembers"])

    def close(self) -> None:
        """End the process: it stops when its input does."""
        if self.usable:
            self._process.close()


_workers: list[_Worker] = []
_starting = threading.Lock()


def _worker() -> _Worker:
    with _starting:
        if not _workers or not _workers[-1].usable:
            _workers[:] = [_Worker()]
        return _workers[-1]
