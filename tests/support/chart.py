"""The one door to rendering: a chart and values go in, what `helm template` prints comes out.

A worker on Helm's own SDK (tools/toolchain/helm4/renderer) is started with the first rendering of a process and keeps
the chart in memory; docs/decisions/0001-renderer.md tells why. tests/render/test_helm_equality.py proves that its
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
# Characters that JSON allows raw inside strings and Helm's YAML parser does not read as they are.
_ESCAPED_FOR_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class ChartRefused(Exception):
    """The chart did not render; the text is what `helm template` prints after "Error: "."""


class RendererCrashed(Exception):
    """The worker ended or hung; the text has its command, its exit code and the end of its log."""


@dataclass(frozen=True)
class Rendering:
    """One successful rendering.

    ``text`` is what `helm template` prints, ``notes`` the text of NOTES.txt, ``warnings`` what Helm logged meanwhile.
    """

    text: str
    notes: str
    warnings: tuple[str, ...]

    @functools.cached_property
    def documents(self) -> list[str]:
        """The YAML documents, each with its "# Source:" line and one line end; documents of comments only are left out."""
        parts = re.split(r"^---[ \t]*$", self.text, flags=re.MULTILINE)
        stripped = (part.strip("\n") + "\n" for part in parts)
        return [part for part in stripped if re.search(r"^[^#\s]", part, re.MULTILINE)]

    @functools.cached_property
    def objects(self) -> list[dict[str, Any]]:
        """The documents as objects; AssertionError when one is not strict YAML or not a mapping.

        Read only: equal documents of one process share one object. Copy before changing.
        """
        return [_object(document) for document in self.documents]


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
) -> Rendering:
    """Render ``chart`` like `helm template release chart -n namespace -f files... -f values`; raises ChartRefused.

    ``files`` are values files, later ones win, ``values`` wins over all. ``chart`` may be any chart folder; it is read
    anew when its files have changed.
    """
    request = {
        "chart": str(chart),
        "files": [str(file) for file in files],
        "release": release,
        "namespace": namespace,
        "kubernetes": kubernetes,
        "api_versions": list(api_versions),
        "is_upgrade": is_upgrade,
    }
    reply = _worker().ask(f'{json.dumps(request)[:-1]}, "values": {values_text(values)}}}\n')
    if reply["error"]:
        raise ChartRefused(reply["error"])
    return Rendering(reply["manifest"], reply["notes"], tuple(reply["warnings"]))


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


@functools.cache
def _object(document: str) -> dict[str, Any]:
    try:
        content = strict_yaml.parse(document)
    except yaml.YAMLError as error:
        raise AssertionError(f"not strict YAML: {error}\n{document}") from None
    assert isinstance(content, dict), f"not an object:\n{document}"
    return content


class _Worker:
    """One renderer process. ``ask`` may be called from several threads; a worker that ended is not used again."""

    def __init__(self) -> None:
        self._process = LineProcess([str(toolchain.program("renderer"))])
        self._turn = threading.Lock()
        atexit.register(self.close)

    @property
    def usable(self) -> bool:
        return self._process.running

    def ask(self, request: str) -> dict[str, Any]:
        """Send one line, return the reply; RendererCrashed when none comes."""
        with self._turn:
            try:
                return self._process.ask(request, _LONGEST_RENDERING_SECONDS)
            except ProcessEnded as ended:
                raise RendererCrashed(str(ended)) from None

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
