"""Options by the names that they had in 0.1: replaced by today's before the line is read, each with a note."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from gazeaug.notes import note
from gazeaug.options import flag, old_names
from gazeaug.renames import NewName, check_given_once, notice

Command = TypeVar("Command", bound=Callable[..., Any])


def known_as(**new_names: str) -> Callable[[Command], Command]:
    """Let a command take options by old names: `@known_as(n="rows")` takes --n for --rows."""

    def with_old_flags(command: Command) -> Command:
        command.__dict__["old_flags"] = {flag(old): NewName(flag(new)) for old, new in new_names.items()}
        return command

    return with_old_flags


def old_flags_of(kinds: Sequence[type]) -> dict[str, NewName]:
    """The old flags of dataclasses of options."""
    found = {old: new for kind in kinds for old, new in old_names(kind).items()}
    return {flag(old): NewName(flag(new.name), new.meant) for old, new in found.items()}


def by_new_flags(words: Sequence[str], old_flags: Mapping[str, NewName]) -> list[str]:
    """The line with today's flags in the place of old ones; what follows `--` is left alone.

    Raises:
        InputError: an option is given by both names.
    """
    end = words.index("--") if "--" in words else len(words)
    given = {word.partition("=")[0] for word in words[:end]}
    line: list[str] = []
    for word in words[:end]:
        name, equals, value = word.partition("=")
        if name not in old_flags:
            line.append(word)
            continue
        new = old_flags[name]
        check_given_once(name, new.name, is_there=new.name in given)
        said = new.name if new.meant is None else f"{new.name} {new.meant}"
        note(notice(name, said))
        line += [new.name + equals + value] if new.meant is None else [new.name, new.meant]
    return [*line, *words[end:]]
