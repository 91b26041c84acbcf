"""docs/troubleshooting.md, made from the table."""

from __future__ import annotations

from pathlib import Path

from tests.bad_input import eyes, files, gaze, gazehub, heads, layouts, models, persons, pictures, tables, targets

GROUPS = (gaze, heads, eyes, pictures, files, tables, layouts, persons, targets, gazehub, models)
PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
HEAD = """# Troubleshooting

What gazeaug says when an input is not as it should be, what that means, and what to do. "…" stands for names and
numbers. Every sentence is tested: this page is made from `tests/bad_input` by `python -m tests.bad_input`.

Exit status: 2 where an input or an option is refused (nothing has been written), 1 where something failed on the way,
0 where the work was done and the sentence is a note. `--debug` anywhere on the line shows the traceback.
"""


def text() -> str:
    """The whole page."""
    parts = [HEAD]
    for group in GROUPS:
        rows = "".join(
            f"| {case.given} | {case.said.replace('|', '/')} | {case.means} | {case.do} |\n" for case in group.CASES
        )
        parts.append(f"## {group.TITLE}\n\n| given | gazeaug says | it means | what to do |\n|---|---|---|---|\n{rows}")
    return "\n".join(parts)
