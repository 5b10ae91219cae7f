"""The command: options in, report out, exit code back."""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from tools.check.arguments import BadUsage, Options, parse
from tools.check.findings import Verdict

OK, PROBLEMS, BAD_USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report of ``arguments`` (default: those of the process); returns the exit code."""
    options = parse(arguments)
    # Schemas and the renderer are loaded only now: --help and a missing file are answered at once.
    from tests.support import chart
    from tools import toolchain

    try:
        toolchain.program("renderer")
        _warm_up(chart.render)
        # This takes as long as the renderer takes for the chart.
        from tools.check.judging import judge

        verdicts = [judge(part) for part in _parts(options)]
    except (BadUsage, toolchain.ToolchainError) as error:
        print(f"python -m tools.check: error: {error}", file=sys.stderr)
        return BAD_USAGE
    write: Callable[[Sequence[Verdict]], str] = importlib.import_module(f"tools.check.report_{options.output}").write
    sys.stdout.write(write(verdicts))
    failed = any(verdict.problems or (options.strict and verdict.warnings) for verdict in verdicts)
    return PROBLEMS if failed else OK


@functools.cache
def _warm_up(render: Callable[[], object]) -> None:
    """The renderer reads the chart while Python reads its modules; once in a process."""

    def start() -> None:
        # A crash is told by the rendering that comes after.
        with contextlib.suppress(Exception):
            render()

    threading.Thread(target=start, daemon=True).start()


def _parts(options: Options) -> list[Options]:
    if not options.each or len(options.files) < 2:
        return [options]
    return [replace(options, files=(file,)) for file in options.files]
