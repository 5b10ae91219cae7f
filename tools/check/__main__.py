"""`python -m tools.check values.yaml [more layers]`; the exit code is 0 (ok), 1 (problems) or 2 (bad usage)."""

from __future__ import annotations

import sys

from tools.check.command import main

if __name__ == "__main__":
    sys.exit(main())
