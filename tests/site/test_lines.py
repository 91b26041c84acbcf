"""Every command line that the documents show is one that the commands understand, by today's names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site.lines import ROOT, lines_of, named_in, what_is_wrong

HISTORY = ("CHANGELOG.md", "docs/results/tried.md")
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if path.relative_to(ROOT).as_posix() not in HISTORY
)


@pytest.mark.parametrize("page", PAGES)
def test_every_line_is_understood(page: str) -> None:
    path = Path(ROOT / page)
    wrong = [(line, why) for line in lines_of(path) if (why := what_is_wrong(line))]
    wrong += [(line, why) for line in named_in(path) if (why := what_is_wrong(line, is_whole=False))]
    assert not wrong


def test_lines_are_found_and_wrong_ones_are_told() -> None:
    assert len(list(lines_of(ROOT / "docs/tutorials/first-refined-set.md"))) >= 10
    assert what_is_wrong("train --steps 3") is None
    assert what_is_wrong("refine-dataset in.h5 --unit-index $SLURM_ARRAY_TASK_ID") is None
    assert "no such option" in str(what_is_wrong("refine-dataset in.h5 --no-such-flag 3")).lower()
    assert "no such option" in str(what_is_wrong("refine-dataset in.h5 --limit 3")).lower()  # its name in 0.1
    assert what_is_wrong("refine-dataset") is not None
    assert what_is_wrong("refine-dataset in.h5 --layout round") is not None
    assert what_is_wrong("polish in.h5") is not None
