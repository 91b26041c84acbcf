"""Persons of an eye file, and the names that targets give them."""

from __future__ import annotations

import re

from gazeaug.converting.rows import ROWS_AT_ONCE, Rows
from gazeaug.eyefile.images import natural_order


def persons_of(rows: Rows) -> list[str]:
    """Everybody in the source, in natural order; one without a name where it names nobody."""
    if not rows.has_persons:
        return [""]
    starts = range(0, rows.n_images, ROWS_AT_ONCE)
    return sorted({name for at in starts for name in rows.persons(at, at + ROWS_AT_ONCE)}, key=natural_order)


def person_names(rows: Rows) -> dict[str, str]:
    """Persons to pXX: their own names where all have that form, else p00, p01 in natural order."""
    persons = persons_of(rows)
    if all(re.fullmatch(r"p\d\d", person) for person in persons):
        return {person: person for person in persons}
    return {person: f"p{i:02d}" for i, person in enumerate(persons)}
