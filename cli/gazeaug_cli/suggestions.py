"""Misspelt options: which one may have been meant."""

from __future__ import annotations

from collections.abc import Sequence

from gazeaug.errors import InputError
from gazeaug.suggestions import nearest
from gazeaug_cli.global_flags import ANYWHERE


def check_spelling(words: Sequence[str], flags: Sequence[str], command: str) -> None:
    """Refuse a word that looks like an option and is none of this command's; short ones are left to the parser.

    Raises:
        InputError: naming the option that is nearest, or where all are listed.
    """
    end = words.index("--") if "--" in words else len(words)
    by_name = {flag.lstrip("-"): flag for flag in (*flags, *ANYWHERE) if flag.startswith("--")}
    for word in words[:end]:
        name = word.partition("=")[0]
        if name.startswith("--") and name not in flags:
            found = nearest(name.lstrip("-"), by_name)
            todo = f"type `{command} --help` for all of them." if found is None else f"did you mean {by_name[found]}?"
            raise InputError(f"there is no option {name}; {todo}")
