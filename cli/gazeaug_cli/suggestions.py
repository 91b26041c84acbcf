"""Misspelt options: which one may have been meant."""

from __future__ import annotations

from collections.abc import Sequence

from gazeaug.errors import InputError
from gazeaug.suggestions import nearest
from gazeaug_cli.global_flags import ANYWHERE


def check_spelling(words: Sequence[str], flags: Sequence[str]) -> None:
    """Refuse a word that is nearly an option and none; others are left to the parser.

    Raises:
        InputError: naming the option that is nearest.
    """
    end = words.index("--") if "--" in words else len(words)
    by_name = {flag.lstrip("-"): flag for flag in (*flags, *ANYWHERE) if flag.startswith("--")}
    for word in words[:end]:
        name = word.partition("=")[0]
        if name.startswith("--") and name not in flags and (found := nearest(name.lstrip("-"), by_name)):
            raise InputError(f"there is no option {name}; did you mean {by_name[found]}?")
