"""What somebody may have meant who typed a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable

NEAR = 0.6  # of difflib's ratio: one or two letters apart


def nearest(typed: object, names: Iterable[str]) -> str | None:
    """The name that a misspelt one may be; None where none is near."""
    from difflib import get_close_matches  # here, so that nothing waits for it where all is well

    return next(iter(get_close_matches(str(typed), list(names), n=1, cutoff=NEAR)), None)


def did_you_mean(typed: object, names: Iterable[str]) -> str:
    """A clause for the end of a sentence, "; did you mean 'batch_size'?"; a full stop where no name is near."""
    near = nearest(typed, names)
    return "." if near is None else f"; did you mean '{near}'?"
