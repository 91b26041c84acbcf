"""`python -m tests.cuda.stand_ins FOLDER`: builds them; `LD_LIBRARY_PATH=FOLDER` then shows any program a GPU."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.cuda.stand_ins import build, why_not

if __name__ == "__main__":
    if reason := why_not():
        sys.exit(reason)
    build(Path(sys.argv[1]))
