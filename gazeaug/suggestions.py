"""What somebody may have meant who typed a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable

NEAR = 0.6  # of difflib's ratio: one or two letters apart


def did_you_mean(typed: object, names: Iterable[str]) -> str:
    """A clause for the end of a sentence, "; did you mean 'batch_size'?"; a full stop where no name is near."""
    from difflib import get_close_matches  # here, so that nothing waits for it where all is well

    near = get_close_matches(str(typed), list(names), n=1, cutoff=NEAR)
    return f"; did you mean '{near[0]}'?" if near else "."
