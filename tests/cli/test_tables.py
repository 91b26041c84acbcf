"""Tables: drawn on a terminal, in its width and without colours; Markdown elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

from tests.makers.terminals import COLUMNS, off_terminal, on_terminal

TABLE = "before\n| trained on | error | gap closed |\n|---|---:|---:|\n| a [b] | 1.25 | 50% |\n| c | 12.5 | |\nafter"
CODE = f"from gazeaug_cli.tables import show; show({TABLE!r})"


def plain(text: str) -> str:
    """A text without bold face."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_off_a_terminal_a_table_is_markdown(tmp_path: Path) -> None:
    assert off_terminal(CODE, tmp_path).stdout == TABLE + "\n"


def test_on_a_terminal_a_table_is_drawn(tmp_path: Path) -> None:
    said = on_terminal(CODE, tmp_path, NO_COLOR="1")
    lines = [line.rstrip() for line in plain(said).splitlines()]
    assert lines[0] == "before"
    assert lines[-1] == "after"
    assert "|" not in said
    assert "\x1b[3" not in said  # no colours
    (row,) = [line for line in lines if line.startswith("a [b]")]
    assert row.split() == ["a", "[b]", "1.25", "50%"]


def test_a_wide_table_stays_within_the_terminal(tmp_path: Path) -> None:
    code = "from gazeaug_cli.tables import draw; draw([['a' * 50, 'b' * 50], ['c' * 60, 'd' * 60]])"
    assert max(map(len, plain(on_terminal(code, tmp_path, NO_COLOR="1")).splitlines())) <= COLUMNS
