"""Container images made of one static program each, as archives that containerd imports; no registry is asked.

KEDA's three carry the entrypoints, the user and the references of its release: manifests that name those run unchanged.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.layout import PAUSE_IMAGE
from tools.toolchain import PROGRAMS, program

NONROOT = "65532:65532"
# Where a base image without a distribution has them, too: Go programs look here.
_HOST_FILES = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/usr/share/zoneinfo"))
_ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnonroot:x:65532:\n",
}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Image:
    """An image of one program.

    ``program`` is its name in tools/toolchain.py, ``path`` where it lies in the image. ``with_host_files`` adds the
    public CAs and the time zones of this machine, as far as it has them.
    """

    reference: str
    program: str
    path: str
    arguments: tuple[str, ...] = ()
    user: str = NONROOT
    with_host_files: bool = False


def _keda(repository: str, program_name: str, *arguments: str) -> Image:
    version = PROGRAMS[program_name].version.removeprefix("v")
    return Image(
        f"ghcr.io/kedacore/{repository}:{version}",
        program_name,
        f"/{program_name}",
        (*arguments, "--zap-log-level=info", "--zap-encoder=console"),
        with_host_files=True,
    )


PAUSE = Image(PAUSE_IMAGE, "pause", "/pause", user="65535:65535")
WORKLOAD = Image("localhost/workload:embedded", "workload", "/workload")
KEDA_OPERATOR = _keda("keda", "keda")
KEDA_METRICS_APISERVER = _keda("keda-metrics-apiserver", "keda-adapter", "--secure-port=6443")
KEDA_ADMISSION_WEBHOOKS = _keda("keda-admission-webhooks", "keda-admission-webhooks")
KEDA = (KEDA_OPERATOR, KEDA_METRICS_APISERVER, KEDA_ADMISSION_WEBHOOKS)


@contextmanager
def archive(image: Image, directory: Path) -> Iterator[Path]:
    """A docker-archive of ``image`` in ``directory``, removed afterwards; the program is built when it is missing."""
    with tempfile.TemporaryDirectory(dir=directory) as temporary:
        layer = Path(temporary) / "layer.tar"
        write_layer(image, layer)
        with layer.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        config = json.dumps(image_config(image, digest)).encode()
        manifest = [{"Config": "config.json", "RepoTags": [image.reference], "Layers": ["layer.tar"]}]
        path = Path(temporary) / "image.tar"
        with tarfile.open(path, "w") as tar:
            _add(tar, "manifest.json", json.dumps(manifest).encode())
            _add(tar, "config.json", config)
            tar.add(layer, "layer.tar")
        layer.unlink()
        yield path


def image_config(image: Image, layer_digest: str) -> dict[str, object]:
    """The OCI image configuration; ``layer_digest`` is the SHA-256 of the layer's tar in hexadecimal digits."""
    return {
        "architecture": _ARCHITECTURES[platform.machine()],
        "os": "linux",
        "created": _EPOCH,
        "config": {
            "User": image.user,
            "Entrypoint": [image.path, *image.arguments],
            "WorkingDir": "/",
            "Env": ["PATH=/", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
    }


def write_layer(image: Image, path: Path) -> None:
    """Write the image's only layer; the same program gives the same bytes."""
    with tarfile.open(path, "w") as tar:
        for name, text in _ACCOUNTS.items():
            _add(tar, name, text.encode())
        temporary = tarfile.TarInfo("tmp")
        temporary.type, temporary.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(temporary)
        for source in _HOST_FILES if image.with_host_files else ():
            if source.exists():
                tar.add(source.resolve(), str(source.relative_to("/")), filter=_plain)
        binary = program(image.program)
        entry = tarfile.TarInfo(image.path.lstrip("/"))
        entry.mode, entry.size = 0o755, binary.stat().st_size
        with binary.open("rb") as content:
            tar.addfile(entry, content)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size = 0o644, len(content)
    tar.addfile(entry, io.BytesIO(content))
