"""What a GitOps tool sees: the difference between a release's manifest and the cluster, by server-side apply."""

from __future__ import annotations

from tests.cluster.releases import RELEASE, helm
from tests.cluster.targets import Target

_FEWEST_OBJECTS = 20


def manifest(target: Target) -> str:
    """What the installed release consists of, as Helm rendered it."""
    text = helm(target, "get", "manifest", RELEASE)
    assert text.count("\nkind: ") > _FEWEST_OBJECTS, "the release has many objects"
    return text


def difference(target: Target, wanted: str, *, force: bool = False) -> str:
    """The difference between the cluster and ``wanted`` as another manager would see it; empty when there is none.

    Conflicts over fields that Helm owns and ``wanted`` has otherwise are part of the text, unless ``force``.
    """
    conflicts = ["--force-conflicts"] if force else []
    answer = target.run(
        ["kubectl", "diff", "--server-side", "--field-manager=gitops", *conflicts, "--filename=-"],
        stdin=wanted,
        check=False,
    )
    assert answer.returncode in (0, 1) or "Apply failed with" in answer.stderr, answer.stderr
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr
