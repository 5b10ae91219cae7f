"""`.ci/run` gets a fresh machine ready for what it runs."""

from __future__ import annotations

import re

from tests.cluster.harness.preflight import DEBIAN_PROGRAMS
from tests.docs.documents import ROOT


def test_a_fresh_machine_gets_every_debian_package_that_the_embedded_cluster_asks_for() -> None:
    listed = re.search(r"<<'PACKAGES'\n(.*?)\nPACKAGES\n", (ROOT / ".ci" / "run").read_text(), re.DOTALL)
    assert listed is not None
    rows = [line.split() for line in listed[1].splitlines()]
    assert {package for package, _ in rows} >= set(DEBIAN_PROGRAMS.values())
    # A package is looked for by one of its programs.
    known = {program: package for package, program in rows if program in DEBIAN_PROGRAMS}
    assert known, "no program of the list is one that the preflight looks for"
    assert {program: DEBIAN_PROGRAMS[program] for program in known} == known
