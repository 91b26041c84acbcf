"""Tables: drawn on a terminal, Markdown where the output is a file or another program."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence

RULE = "|---"


def show(text: str) -> None:
    """Print a text; on a terminal its Markdown tables are drawn in the terminal's width."""
    if not sys.stdout.isatty():
        print(text)
        return
    for is_table, lines in itertools.groupby(text.splitlines(), lambda line: line.startswith("|")):
        if is_table:
            draw([cells(line) for line in lines if not line.startswith(RULE)])
        else:
            print("\n".join(lines))


def cells(line: str) -> list[str]:
    """The cells of a row of a Markdown table."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def draw(rows: Sequence[Sequence[str]]) -> None:
    """Draw a table, its first row the titles, its numbers to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number, title in enumerate(rows[0]):
        # Names stay whole as long as figures can give way.
        table.add_column(Text(title), justify="right" if number else "left", overflow="fold", no_wrap=number == 0)
    for row in rows[1:]:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)
