"""JSON as people's programs write it: in any of Unicode's encodings, with no key of an object twice."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: bytes | str) -> Any:
    """Parse one JSON document; bytes may be UTF-8, UTF-16 or UTF-32, with a byte-order mark or without.

    Raises:
        ValueError: it is none, or an object has a key twice.
        RecursionError: it is nested too deeply.
    """
    return json.loads(text, object_pairs_hook=without_repeats)


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object that some keys and values make.

    Raises:
        ValueError: a key is there twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"the key {twice!r} is there twice")
    return found
