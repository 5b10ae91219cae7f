"""What the node of the embedded cluster knows about a pod that the API does not tell: the files its containers see."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

# Not files of the container: the kernel's.
_KERNEL_FOLDERS = {"proc", "sys", "dev"}


@dataclass(frozen=True)
class Node:
    """A node, by the ``cgroup`` (absolute) below which its pods run."""

    cgroup: str

    def processes(self, pod_uid: str) -> list[int]:
        """Processes of a pod as the host counts them, its pause process among them."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                groups = (folder / "cgroup").read_text()
            except OSError:
                continue
            if self.cgroup in groups and f"pod{pod_uid}" in groups:
                found.append(int(folder.name))
        return sorted(found)

    def files(self, pod_uid: str) -> dict[str, bytes]:
        """Path as the containers name it -> first 64 KiB, of every file that a process of the pod can see.

        A symbolic link is listed without content: what it leads to inside the container is listed itself.
        """
        found: dict[str, bytes] = {}
        for pid in self.processes(pod_uid):
            root = Path(f"/proc/{pid}/root")
            for folder, folders, names in os.walk(root):
                inside = Path(folder).relative_to(root)
                if inside == Path():
                    folders[:] = [name for name in folders if name not in _KERNEL_FOLDERS]
                for name in names:
                    path = Path(folder) / name
                    if path.is_symlink() or not path.is_file():
                        found.setdefault(f"/{inside / name}", b"")
                        continue
                    with path.open("rb") as content:
                        found[f"/{inside / name}"] = content.read(65536)
        return found
