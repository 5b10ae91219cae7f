"""The proof that the chart accepts a result: the check of values files (tools/check) judges it, for every Kubernetes version."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tools.check.arguments import KUBERNETES
from tools.check.arguments import Options as CheckOptions
from tools.check.findings import Verdict
from tools.check.judging import judge
from tools.migrate.document import Document


def prove(documents: Sequence[Document], kubernetes: Sequence[str] = KUBERNETES) -> Verdict:
    """What the check says about the values as they are now, in files of their own; sources are named as the user named them."""
    with tempfile.TemporaryDirectory(prefix="migrate-") as name:
        folder = Path(name)
        files: dict[str, str] = {}
        for number, document in enumerate(documents):
            file = folder / f"{number}.yaml"
            # Below the key of a parent chart the values have no file of their own.
            whole = document.text if not document.under else json.dumps(document.values)
            file.write_text(whole, encoding="utf-8")
            files[file.name] = document.source
        verdict = judge(
            CheckOptions(
                files=tuple(files),
                sets=(),
                kubernetes=tuple(kubernetes),
                kubernetes_given=False,
                api_versions=(),
                release="keda",
                namespace="keda",
                output="text",
                strict=False,
                each=False,
                folder=folder,
            )
        )
    verdict.findings = [
        replace(finding, place=replace(finding.place, source=files.get(finding.place.source, finding.place.source)))
        if finding.place
        else finding
        for finding in verdict.findings
    ]
    return verdict
