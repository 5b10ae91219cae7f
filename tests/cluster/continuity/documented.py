"""Commands of docs/certificates.md, run as they stand there, so that a reader does what was measured."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.targets import REPOSITORY, Target
from tests.docs.documents import blocks

_PAGE = REPOSITORY / "docs" / "certificates.md"
_SECONDS = 60


def follow(target: Target, comment: str, folder: Path, names: Mapping[str, str] = {}) -> str:
    """Run the one block that begins with ``# comment``, in ``folder``, and return what it prints.

    ``names``: word in the block -> what a reader has in its place. Raises CommandFailed when one of its commands fails.
    """
    found = [place.text for place in blocks("sh") if place.file == _PAGE and place.text.startswith(f"# {comment}")]
    assert len(found) == 1, f"{len(found)} blocks of {_PAGE.name} begin with {comment!r}"
    text = found[0]
    for word, own in names.items():
        assert word in text, f"{word} is not in the block"
        text = text.replace(word, own)
    script = f"set -euo pipefail\ncd {shlex.quote(str(folder))}\n{text}"
    return target.run(["bash", "-c", script], seconds=_SECONDS).stdout
