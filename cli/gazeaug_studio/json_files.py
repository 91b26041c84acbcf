"""Small JSON files: read as far as they are sound, written whole or not at all.

The worker imports this, so it stays light.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MOST_BYTES = 4 << 20


def read_json(path: Path) -> dict[str, Any] | None:
    """A mapping in a file; None where there is none, or none that is sound. NaN and endless numbers are None."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        found = json.loads(path.read_bytes(), parse_constant=lambda _: None, parse_float=finite)
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def finite(text: str) -> float | None:
    """A number that JSON can hold again."""
    value = float(text)
    return value if math.isfinite(value) else None


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(json.dumps(values), encoding="utf-8")
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
