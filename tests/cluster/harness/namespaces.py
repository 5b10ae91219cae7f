"""The private namespaces that a cluster lives in, and the way into them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster.harness import keeper
from tests.cluster.harness.layout import NODE_ADDRESS, NODE_NAME
from tests.cluster.harness.process import ComponentFailed, tail

_SECONDS_TO_END = 20


def new_state(name: str | None) -> Path:
    """A state folder in the temporary folder, named after ``name`` or at random; leftovers of killed runs go first."""
    parent = Path(tempfile.gettempdir())
    keeper.sweep(parent)
    if name is None:
        return Path(tempfile.mkdtemp(prefix=keeper.STATE_PREFIX, dir=parent))
    state = parent / f"{keeper.STATE_PREFIX}{name}"
    try:
        state.mkdir(mode=0o700)
    except FileExistsError:
        raise ComponentFailed(f"{state} exists: a cluster named {name!r} runs already") from None
    return state


class Namespaces:
    """Namespaces held by a keeper process; they end with it, and it ends with this process."""

    def __init__(self, state: Path) -> None:
        """Make them; everything of the cluster that is a file lies in ``state``, which is removed at the end."""
        (state / "logs").mkdir()
        partial = state / f"{keeper.LOCK}.partial"
        with partial.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # A lock file that nobody holds means that the cluster is dead, so it appears when it is held.
            partial.rename(state / keeper.LOCK)
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(keeper.__file__)), str(state), NODE_NAME, NODE_ADDRESS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # The keeper inherits the lock and so holds it for as long as it lives.
                pass_fds=[lock.fileno()],
                start_new_session=True,
            )
        try:
            assert self._keeper.stdout is not None
            answer = self._keeper.stdout.readline().decode()
            word, _, rest = answer.partition(" ")
            if word != "ready":
                said = tail(json.loads(rest)) if word == "failed" else "their keeper ended at once"
                raise ComponentFailed(f"the namespaces could not be prepared\n{said}")
        except BaseException:
            self.close()
            raise
        self.pid = int(rest)

    @property
    def enter(self) -> list[str]:
        """Prefix of a command that shall run inside; the command starts in the root folder."""
        return ["nsenter", f"--target={self.pid}", "--net", "--mount", "--uts", "--ipc", "--pid", "--"]

    def close(self) -> None:
        """End every process inside; mounts, interfaces, cgroups and the state folder go with them."""
        for stream in (self._keeper.stdin, self._keeper.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            self._keeper.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
