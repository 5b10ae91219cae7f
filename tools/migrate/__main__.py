"""`python -m tools.migrate old-values.yaml`; the exit code is 0 (done), 1 (something is left to you) or 2 (bad usage)."""

from __future__ import annotations

import sys

from tools.migrate.command import main

if __name__ == "__main__":
    sys.exit(main())
