"""The chart's archive, made by the pinned Helm 4: the same bytes from the same files, wherever and whenever it is made.

`helm package` of Helm 4 stamps every entry with SOURCE_DATE_EPOCH, when that is set, and with the files' own times otherwise;
Helm 3 always takes the time of day. Modes and owners are the same in every archive of Helm's; what is in .helmignore stays out.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools import git_files, toolchain

# 1980-01-01T00:00:00Z, the first moment that every format of archives can hold. The time of a commit would not do: a clone
# without history knows another one.
DEFAULT_EPOCH = 315_532_800
# 2106-02-07T06:28:15Z, the last one that gzip can hold.
_LAST_EPOCH = 2**32 - 1


class CannotPackage(Exception):
    """No archive can be made; the message says why and what to do."""


@dataclass(frozen=True)
class Signing:
    """Who signs: ``key`` is a part of the key's name in ``keyring``, ``passphrase_file`` has its passphrase (None: no such)."""

    key: str
    keyring: Path
    passphrase_file: Path | None = None


def epoch() -> int:
    """SOURCE_DATE_EPOCH, or the default; CannotPackage when it is no time."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not said:
        return DEFAULT_EPOCH
    if not said.isdecimal() or int(said) > _LAST_EPOCH:
        raise CannotPackage(
            f"SOURCE_DATE_EPOCH is {said!r}; it must be a number of seconds since 1970, before the year 2106, or unset"
        )
    return int(said)


def package(chart: Path, folder: Path, signing: Signing | None = None) -> Path:
    """Write ``<name>-<version>.tgz`` of ``chart`` to ``folder``, with a provenance file beside it when signed; its path.

    The archive's own time is the epoch, too: `helm push` writes it into the manifest of the registry.
    """
    unknown = [str(file) for file in git_files.strangers(chart)]
    if unknown:
        raise CannotPackage(
            f"{chart}: git does not know {', '.join(unknown[:5])}{' and more' if len(unknown) > 5 else ''}; "
            "add to git what belongs to the chart, delete the rest"
        )
    seconds = epoch()
    command = [str(toolchain.program("helm4")), "package", str(chart), "--destination", str(folder)]
    if signing is not None:
        if not signing.keyring.is_file():
            raise CannotPackage(
                f"--keyring {signing.keyring}: no such file; gpg --export-secret-keys NAME > FILE makes one"
            )
        command += ["--sign", "--key", signing.key, "--keyring", str(signing.keyring)]
        if signing.passphrase_file is not None:
            command += ["--passphrase-file", str(signing.passphrase_file)]
    with tempfile.TemporaryDirectory() as home:
        # Helm's settings of this machine must not matter.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HELM_")}
        places = {f"HELM_{kind}_HOME": f"{home}/{kind.lower()}" for kind in ("CACHE", "CONFIG", "DATA")}
        answer = subprocess.run(
            command,
            env=kept | places | {"SOURCE_DATE_EPOCH": str(seconds)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if answer.returncode != 0:
        hint = ""
        if signing is not None and "private key" in answer.stderr:
            hint = (
                f"\n{signing.keyring} must hold the secret key of {signing.key!r}: gpg --export-secret-keys NAME > FILE"
            )
        raise CannotPackage(f"`{' '.join(command)}` failed with exit code {answer.returncode}\n{answer.stderr}{hint}")
    metadata = yaml.load((chart / "Chart.yaml").read_text(), Loader=yaml.CSafeLoader)
    archive = folder / f"{metadata['name']}-{metadata['version']}.tgz"
    os.utime(archive, (seconds, seconds))
    return archive
