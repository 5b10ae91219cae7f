"""The command: values files in, cleaned files and a report out, exit code back."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tools.migrate.arguments import Options, parse

OK, LEFT, BAD_USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Migrate what ``arguments`` name (default: those of the process); returns the exit code."""
    options = parse(arguments)
    # The renderer and the schemas are loaded only now: --help and a missing file are answered at once.
    from tools import toolchain
    from tools.migrate import report
    from tools.migrate.document import CannotEdit
    from tools.migrate.engine import Unreadable, migrate

    try:
        result = migrate(options.files, under=options.under, pin_defaults=options.pin_defaults)
        if not options.check:
            _write(options, result.texts)
    except OSError as error:
        print(f"python -m tools.migrate: error: {error.filename}: {error.strerror}", file=sys.stderr)
        return BAD_USAGE
    except (Unreadable, CannotEdit, toolchain.ToolchainError) as error:
        print(f"python -m tools.migrate: error: {error}", file=sys.stderr)
        return BAD_USAGE
    sys.stderr.write(report.write(result))
    return LEFT if result.left or (options.check and result.edits) else OK


def _write(options: Options, texts: Sequence[str]) -> None:
    if options.output is None:
        sys.stdout.write(texts[0])
        sys.stdout.flush()
        return
    folder = len(texts) > 1 or options.output.is_dir()
    if folder:
        options.output.mkdir(parents=True, exist_ok=True)
    for file, text in zip(options.files, texts, strict=True):
        target = options.output / file.name if folder else options.output
        target.write_text(text, encoding="utf-8", newline="")
