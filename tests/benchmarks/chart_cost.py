"""What the chart costs the people who install it, as far as that needs no cluster."""

from __future__ import annotations

import statistics
import time
from typing import Any

from tests.support import chart, helm
from tests.support.modes import MODES
from tools.progress import ProgressBar

EXAMPLES = chart.CHART.parents[1] / "values-examples"
# The release Secret of KEDA's official chart 2.20.2, installed with its defaults by the same Helm: base64 as kubectl prints it.
OFFICIAL_RELEASE = 498_800
_TIMES = 7


def measure(progress: ProgressBar) -> list[dict[str, Any]]:
    """One entry a mode: objects, bytes of the manifest and of the stored release, seconds of `helm template`."""
    found = []
    for number, name in enumerate(MODES):
        progress.show(number, len(MODES), f"cost of the chart: {name}")
        files = [EXAMPLES / f"{name}.yaml"]
        rendering = chart.render(files=files)
        seconds = []
        for _ in range(_TIMES):
            started = time.monotonic()
            printed = helm.template("helm4", files=files)
            seconds.append(time.monotonic() - started)
            assert printed.code == 0, printed.log
        stored = chart.stored_release(files=files)
        found.append(
            {
                "mode": name,
                "objects": len(rendering.objects),
                "manifest_bytes": len(rendering.text.encode()),
                "release_bytes": stored,
                # base64 of what is base64 already: what kubectl prints.
                "release_bytes_in_api": -(-stored // 3) * 4,
                "template_seconds": [min(seconds), statistics.median(seconds), max(seconds)],
            }
        )
    return found
