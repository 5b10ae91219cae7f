"""What a release of the chart consists of, in one folder.

keda-<version>.tgz                   the chart; equal files give equal bytes
keda-<version>.tgz.prov              Helm's provenance, with --sign: `helm verify`, `helm install --verify`
keda-<version>.values.schema.json    the JSON schema of the values, for editors
keda-<version>.spdx.json             SPDX 2.3: the chart, and the images it installs
keda-<version>.sha256                sums of the others, for `sha256sum --check`

python -m tools.package                                        write them to dist/
python -m tools.package --sign "NAME" --keyring secret.gpg     with provenance
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import images, toolchain
from tools.package.archive import CannotPackage, Signing, epoch, package
from tools.package.bill import document

# What a release is made of, beside the templates.
_CHART_FILES = ("Chart.yaml", "values.yaml", "values.schema.json", "images.yaml")


def publish(chart: Path, folder: Path, signing: Signing | None = None) -> list[Path]:
    """Write everything to ``folder``, which is made when it is missing; the files, the archive first, the sums last."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = package(chart, folder, signing)
    name = archive.name.removesuffix(".tgz")
    written = [archive]
    provenance = archive.with_name(f"{archive.name}.prov")
    if signing is not None:
        written.append(provenance)
    else:
        # One of an earlier run is not that of this archive.
        provenance.unlink(missing_ok=True)
    schema = folder / f"{name}.values.schema.json"
    shutil.copyfile(chart / "values.schema.json", schema)
    bill = folder / f"{name}.spdx.json"
    bill.write_text(json.dumps(document(chart, archive, epoch()), indent=2, ensure_ascii=False) + "\n")
    written += [schema, bill]
    sums = folder / f"{name}.sha256"
    sums.write_text("".join(f"{_sha256(file)}  {file.name}\n" for file in written))
    return [*written, sums]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.package",
        description="Package the chart: archive, values schema, SPDX bill of materials, sums and, signed, provenance.",
        epilog="SOURCE_DATE_EPOCH, in seconds since 1970, is the time of every entry of the archive (default: 1980-01-01).",
    )
    parser.add_argument(
        "--output", type=Path, default=toolchain.REPOSITORY / "dist", metavar="FOLDER", help="where to (default: dist)"
    )
    parser.add_argument(
        "--chart", type=Path, default=images.CHART, metavar="FOLDER", help="the chart (default: charts/keda)"
    )
    parser.add_argument(
        "--sign", metavar="NAME", help="sign with the key of this name: a part of it that only one key has"
    )
    parser.add_argument("--keyring", type=Path, metavar="FILE", help="OpenPGP keyring with the secret key; with --sign")
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="file with the key's passphrase; with --sign"
    )
    options = parser.parse_args(arguments)
    if (options.sign is None) != (options.keyring is None):
        parser.error("--sign NAME and --keyring FILE belong together")
    if options.passphrase_file is not None and options.sign is None:
        parser.error("--passphrase-file needs --sign NAME and --keyring FILE")
    missing = [name for name in _CHART_FILES if not (options.chart / name).is_file()]
    if missing:
        parser.error(f"--chart {options.chart}: no chart of this kind, it has no {' and no '.join(missing)}")
    if options.output.exists() and not options.output.is_dir():
        parser.error(f"--output {options.output}: must be a folder")
    signing = Signing(options.sign, options.keyring, options.passphrase_file) if options.sign is not None else None
    try:
        written = publish(options.chart, options.output, signing)
    except (CannotPackage, images.NoDigest, toolchain.ToolchainError) as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"package: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    for line in written[-1].read_text().splitlines():
        print(line)
    print(f"written to {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
