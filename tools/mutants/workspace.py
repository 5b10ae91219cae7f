"""A copy of the repository in which one file at a time is changed.

Everything that the suite reads, it finds relative to its own files: run inside of the copy, it judges the copy. Nobody who
works on the repository meanwhile is disturbed, or disturbs.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tools import toolchain

_LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".toolchain",
    ".tox",
    ".mutants",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
)


class Workspace:
    """The copy, in a temporary folder that is gone after ``close``."""

    def __init__(self, source: Path = toolchain.REPOSITORY) -> None:
        # In memory where there is such a folder: a thousand mutants are a thousand times a few files.
        memory = Path("/dev/shm")  # noqa: S108 (a name of our own below it)
        self._folder = tempfile.TemporaryDirectory(
            prefix="keda-mutants-",
            dir=memory if memory.is_dir() else None,
            # A judge that is ended may still write.
            ignore_cleanup_errors=True,
        )
        self.root = Path(self._folder.name) / "repository"
        shutil.copytree(source, self.root, ignore=_LEFT_OUT, symlinks=True)
        built = self.root / ".toolchain"
        if not built.exists():
            built.symlink_to(toolchain.BUILT)
        self._originals: dict[str, bytes | None] = {}

    @staticmethod
    def source() -> Path:
        """The repository that is copied."""
        return toolchain.REPOSITORY

    @property
    def chart(self) -> Path:
        return self.root / "charts" / "keda"

    def close(self) -> None:
        self._folder.cleanup()

    def text(self, file: str) -> str:
        return (self.root / file).read_text(encoding="utf-8")

    def write(self, files: Mapping[str, str]) -> None:
        """Change files until ``restore``; names are paths below the repository."""
        for name, text in files.items():
            path = self.root / name
            self._originals.setdefault(name, path.read_bytes() if path.exists() else None)
            path.write_text(text, encoding="utf-8")

    def remember(self, names: Iterable[str]) -> None:
        """Let ``restore`` bring these files back, too, whoever writes them."""
        for name in names:
            self._originals.setdefault(name, (self.root / name).read_bytes())

    def restore(self) -> None:
        """Take all changes back."""
        for name, content in self._originals.items():
            path = self.root / name
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        self._originals.clear()

    @contextlib.contextmanager
    def original(self) -> Iterator[None]:
        """The files as they were, until the end of the block."""
        changed = {name: (self.root / name).read_bytes() for name in self._originals}
        originals = dict(self._originals)
        self.restore()
        try:
            yield
        finally:
            self._originals = originals
            for name, content in changed.items():
                (self.root / name).write_bytes(content)

    def digest(self) -> str:
        """Changes with every file that may change a verdict; the judges themselves are not among them."""
        digest = hashlib.sha256()
        judges = {self.root / folder for folder in ("tools/mutants", "tools/coverage", "tests/mutants")}
        for folder in ("charts", "schemas", "values-examples", "docs", "tests", "tools"):
            for path in sorted((self.root / folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts and not judges & set(path.parents):
                    content = path.read_bytes()
                    digest.update(f"{path.relative_to(self.root)} {len(content)}\n".encode() + content)
        return digest.hexdigest()[:16]
