"""docs/troubleshooting.md, made from the table."""

from __future__ import annotations

from pathlib import Path

from tests.bad_input import eyes, files, gaze, gazehub, heads, layouts, models, persons, pictures, tables, targets

GROUPS = (gaze, heads, eyes, pictures, files, tables, layouts, persons, targets, gazehub, models)
PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
HEAD = """# Troubleshooting

Messages about wrong inputs, what they mean, and what to do. Search this page for a part of your message. "…" stands for
names and numbers.

Exit status: 2 if an input or an option was refused and nothing was written, 1 if something failed during the work, 0
if the work was done and the message is a note. `--debug`, anywhere on the command line, shows the traceback.

Every message is tested. This page is generated from `tests/bad_input` by `python -m tests.bad_input`.
"""


def sentence(words: str) -> str:
    """Words with a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"


def text() -> str:
    """The whole page."""
    parts = [HEAD]
    for group in GROUPS:
        rows = "".join(
            f"| {case.given} | {case.said.replace('|', '/')} | {sentence(case.means)} | {sentence(case.do)} |\n"
            for case in group.CASES
        )
        parts.append(f"## {group.TITLE}\n\n| input | message | meaning | what to do |\n|---|---|---|---|\n{rows}")
    return "\n".join(parts)
