"""What the tests of this folder share: a package of the chart, a key that lives as long as the tests, a registry on loopback."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package.loopback import Registry
from tests.support.chart import CHART
from tools import toolchain
from tools.package.__main__ import publish
from tools.package.archive import Signing

KEY = "Chart tests, of no worth"


@pytest.fixture(scope="session", autouse=True)
def _no_time_of_the_machine() -> Iterator[None]:
    """SOURCE_DATE_EPOCH is what some tests set."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("SOURCE_DATE_EPOCH", raising=False)
        yield


@pytest.fixture(scope="session")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Signing:
    """A key that nobody has seen before or will use again; ``public.gpg`` lies beside its keyring."""
    folder = tmp_path_factory.mktemp("keys")
    subprocess.run([toolchain.program("keyring"), "--name", KEY, "--folder", folder], check=True)
    return Signing(KEY, folder / "secret.gpg")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory, signing: Signing) -> Path:
    """The chart's archive, signed, with the other files of a release beside it."""
    return publish(CHART, tmp_path_factory.mktemp("package"), signing)[0]


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The reference registry on a free port of loopback, empty."""
    folder = tmp_path_factory.mktemp("registry")
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [toolchain.program("registry"), "--root", folder], stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"127\.0\.0\.1:\d+", address), f"no address but {address!r}; log: {log.read_text()}"
        yield Registry(address)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
