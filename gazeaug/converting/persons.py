"""Persons of an eye file, and the names that targets give them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from gazeaug.converting.rows import SUBJECT, Rows, names_persons
from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.reader import EyeFile
from gazeaug.gaze.checks import type_of
from gazeaug.notes import some

NOBODY = ""  # the one person of a source that names none
FIRST = "p00"
LONGEST_SHOWN = 40
IN_GROUP = "the attribute 'person' of a group"


def person_label(eyes: EyeFile, asked: str | None) -> str:
    """The label that names persons: the one asked for, else `subject`, whether it is there or not.

    Raises:
        InputError: the label asked for does not exist, or cannot name persons.
    """
    if asked is None:
        return SUBJECT
    eyes.choose_labels([asked])
    if not names_persons(eyes.labels[asked]):
        found = not_names(eyes, asked)
        raise InputError(f"{eyes.path}: --person takes a label of one text or whole number a row; {found}.")
    return asked


def not_names(eyes: EyeFile, name: str) -> str:
    """What a label that cannot name persons holds."""
    label = eyes.labels[name]
    return f"'{name}' holds {type_of(label)} in rows of shape {label.shape}"


def no_persons(rows: Rows) -> str:
    """Why a source names no persons."""
    if rows.person in rows.eyes.labels:
        return f"{not_names(rows.eyes, rows.person)}, not one text or whole number"
    return f"there is no label '{rows.person}'"


def count_persons(rows: Rows) -> dict[str, int]:
    """The rows of everybody in the source, in natural order; of one without a name where it names nobody."""
    if not rows.has_persons:
        return {NOBODY: rows.n_images}
    found = Counter[str]()
    for start, stop in rows.spans():
        found.update(rows.persons(start, stop))
    return {person: found[person] for person in in_order(found)}


def in_order(persons: Iterable[str]) -> list[str]:
    """Persons in natural order, whatever the order of their rows."""
    return sorted(persons, key=lambda person: (natural_order(person), person))


def persons_of(rows: Rows) -> list[str]:
    """Everybody in the source, in natural order; one without a name where it names nobody."""
    return list(count_persons(rows))


def numbered(
    persons: Iterable[str], pattern: str = r"p[0-9]{2}", form: str = "p{:02d}", first: int = 0
) -> dict[str, str]:
    """Persons to pXX, or another form: their own names where all have it, else p00, p01 in the order given."""
    given = list(persons)
    if all(re.fullmatch(pattern, person) for person in given):
        return {person: person for person in given}
    return {person: form.format(i) for i, person in enumerate(given, first)}


def group_name(person: str) -> str:
    """A person's own name where it names a group or a file: without slashes, and never empty."""
    return person.replace("/", "_") or FIRST


def distinct_names(rows: Rows, persons: Iterable[str], name_of: Callable[[str], str] = group_name) -> dict[str, str]:
    """The name that a target gives to each person.

    Args:
        rows: the source, for messages.
        persons: everybody in it.
        name_of: makes the name.

    Raises:
        InputError: two persons would become one, or a name can be none in a file; they are named.
    """
    names: dict[str, str] = {}
    holders: dict[str, str] = {}
    where = f"{rows.eyes.path}: label '{rows.person}'"
    do = "write other names there, or name another label with --person"
    for person in persons:
        name = name_of(person)
        if name in holders:
            both = f"{shown(holders[name])} and {shown(person)}"
            raise InputError(f"{where}: the persons {both} would both become {shown(name)}; {do}.")
        if name in (".", "..") or "\0" in name:
            raise InputError(f"{where}: no group or file can have the name of the person {shown(person)}; {do}.")
        names[person], holders[name] = name, person
    return names


def renaming_note(rows: Rows, names: Mapping[str, str], says: str, become: str = "are numbered") -> list[str]:
    """Said where persons got other names than their own.

    Args:
        rows: the source.
        names: persons to what they are called in the target.
        says: where the target says whose is whose.
        become: how the names were made.
    """
    others = {name: person for person, name in names.items() if person != name}
    if not rows.has_persons or not others:
        return []
    pairs = some(f"{name} is {shown(person)}" for name, person in others.items())
    return [f"persons: those of '{rows.person}' {become} ({pairs}); {says} says whose"]


def shown(person: str) -> str:
    """A person's name in a sentence: on one line, and not too long."""
    return repr(person if len(person) <= LONGEST_SHOWN else f"{person[:LONGEST_SHOWN]}...")
