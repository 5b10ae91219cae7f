"""The memory of a tree of processes, watched while something runs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_PAGE = 4096
# A look costs some milliseconds, which those who are measured do not get.
_SECONDS_BETWEEN_LOOKS = 0.25


@dataclass
class Watched:
    """``peak``: the largest sum of resident memory seen, in bytes; ``course``: (seconds passed, bytes), once a second."""

    peak: int = 0
    course: list[tuple[float, int]] = field(default_factory=list)


@contextlib.contextmanager
def watch(root: int, *, with_root: bool) -> Iterator[Watched]:
    """Watch all processes below ``root``, and ``root`` itself where asked to. Shared pages count in each process."""
    found = Watched()
    stop = threading.Event()
    started = time.monotonic()

    def look() -> None:
        while not stop.wait(_SECONDS_BETWEEN_LOOKS):
            now = resident(root, with_root=with_root)
            found.peak = max(found.peak, now)
            passed = time.monotonic() - started
            if not found.course or passed - found.course[-1][0] >= 1:
                found.course.append((round(passed, 1), now))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def resident(root: int, *, with_root: bool) -> int:
    """Bytes of resident memory of the tree now."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            # A process may end between two looks.
            with contextlib.suppress(OSError, IndexError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                pages[int(folder.name)] = int((folder / "statm").read_text().split()[1])
    tree = {root}
    while True:
        more = {process for process, parent in parents.items() if parent in tree} - tree
        if not more:
            break
        tree |= more
    return sum(pages.get(process, 0) for process in tree if with_root or process != root) * _PAGE
