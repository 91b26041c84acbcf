"""The command lines and the Python of a page, and whether a line would be understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from gazeaug_cli.app import app
from gazeaug_cli.global_flags import take_global_flags

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.M | re.S)
INLINE = re.compile(r"(?<!`)`(gazeaug [^`]+)`(?!`)")
PLACEHOLDER = re.compile(r"(?<![\w.-])[A-Z]{1,10}(?![\w-])|\.\.\.")
# The command, whatever stands before it (a variable, torchrun, sbatch --wrap '), up to what ends it in a shell.
COMMAND = re.compile(r"(?:^|[\s'\"!/])(?:gazeaug|-m gazeaug_cli) +(?P<words>(?:'[^']*'|\"[^\"]*\"|[^'\"&|;#\n])*)")


def blocks_of(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in one of some languages; "" is one of no language."""
    found = FENCE.findall(page.read_text("utf-8"))
    return [re.sub(f"^{indent}", "", text, flags=re.M) for indent, name, text in found if name in languages]


def lines_of(page: Path) -> Iterator[str]:
    """What is typed behind `gazeaug` in the blocks of a page; a line that ends in a backslash goes on in the next."""
    for block in blocks_of(page, "", "bash", "console", "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            if found := COMMAND.search(line):
                yield found["words"].strip()


def named_in(page: Path) -> Iterator[str]:
    """What the text of a page names as a command, with flags that are spelled in full."""
    text = FENCE.sub("", page.read_text("utf-8"))
    for said in INLINE.findall(text):
        words = said.removeprefix("gazeaug ").strip()
        if PLACEHOLDER.search(words):
            continue
        if words.startswith(tuple(get_command(app).list_commands(None))):  # type: ignore[attr-defined, arg-type]
            yield " ".join(words.split())


def what_is_wrong(line: str, *, is_whole: bool = True) -> str | None:
    """Why the command line would refuse these words before it looks at any file; None where it would not.

    Args:
        line: what is typed behind `gazeaug`; $NAME stands for a number.
        is_whole: whether all that the command needs is given.
    """
    words, _ = take_global_flags(shlex.split(re.sub(r"\$\{?\w+\}?", "0", line)))
    command: Any = get_command(app)
    context = command.context_class(command, info_name="gazeaug")
    while hasattr(command, "get_command") and words and not words[0].startswith("-"):
        name, *words = words
        if (inner := command.get_command(context, name)) is None:
            return f"no command {name}"
        command, context = inner, type(context)(inner, info_name=name, parent=context)
    try:
        values, left, _ = command.make_parser(context).parse_args(list(words))
    except Exception as error:
        is_cut = "requires an argument" in str(error) and not is_whole
        return None if is_cut else f"{line}: {error}"
    if left:
        return f"{line}: nothing takes {left}"
    return next(filter(None, (refused(parameter, values, is_whole) for parameter in command.params)), None)


def refused(parameter: Any, values: dict[str, Any], is_whole: bool) -> str | None:
    """What is wrong with the value of an option: it is missing, or none of its choices."""
    value = values.get(parameter.name)
    if value is None or value == ():
        return f"{parameter.name} is missing" if is_whole and parameter.required else None
    choices = re.fullmatch(r"\[([\w.|-]+)\]", parameter.metavar or "")
    for each in value if isinstance(value, (list, tuple)) else [value]:
        if choices and str(each) not in choices[1].split("|"):
            return f"{parameter.name} is one of {choices[1]}, not {each}"
    return None
