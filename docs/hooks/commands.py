"""The command line's reference: a page for each command, written from the commands as the site is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from mkdocs.structure.files import File

from gazeaug.options import Panel
from gazeaug_cli.app import app
from typer.main import get_command

FOLDER = "reference/cli"
ARGUMENTS, OTHERS = "Arguments", "Options"


def on_config(config: Any) -> Any:
    """Put the pages in the place that the nav has for them."""
    pages = [f"{FOLDER}/index.md", *(f"{FOLDER}/{name}.md" for name, _ in commands_of(*root()))]
    for section in config.nav:
        for entry in section.get("Reference", []):
            entry.update((title, pages) for title, place in entry.items() if place == FOLDER)
    return config


def on_files(files: Any, *, config: Any) -> Any:
    """Add the pages."""
    group, context = root()
    files.append(File.generated(config, f"{FOLDER}/index.md", content=overview(group, context)))
    for name, command in commands_of(group, context):
        inner = type(context)(command, info_name=name, parent=context)
        files.append(File.generated(config, f"{FOLDER}/{name}.md", content=page(command, inner)))
    return files


def root() -> tuple[Any, Any]:
    """The group of all commands, and the context in which they are called."""
    group: Any = get_command(app)
    return group, group.context_class(group, info_name="gazeaug")


def commands_of(group: Any, context: Any) -> Iterator[tuple[str, Any]]:
    """The commands of a group that its help lists."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if not command.hidden:
            yield name, command


def overview(group: Any, context: Any) -> str:
    """The page that lists all commands."""
    rows = [f"| [`{name}`]({name}.md) | {first_line(command)} |" for name, command in commands_of(group, context)]
    listing = "\n".join(["| command | what it does |", "|---|---|", *rows])
    return "\n\n".join(["# Command line", usage(group, context), group.help or "", *options(group, context), listing])


def page(command: Any, context: Any) -> str:
    """The page of a command, or of a group with its commands below one another."""
    parts = [f"# gazeaug {context.info_name}", *described(command, context)]
    if hasattr(command, "list_commands"):
        for name, inner in commands_of(command, context):
            below = type(context)(inner, info_name=name, parent=context)
            parts += [f"## {name}", *described(inner, below)]
    return "\n\n".join(parts)


def described(command: Any, context: Any) -> list[str]:
    """Usage, text, options and examples of a command, each a block of Markdown."""
    parts = [usage(command, context), prose(command.help or ""), *options(command, context)]
    if examples := getattr(command, "examples", None):
        parts += ["**Examples**", "\n".join(["```", *examples, "```"])]
    return parts


def usage(command: Any, context: Any) -> str:
    """The line that says how a command is called."""
    return "\n".join(["```", " ".join([context.command_path, *command.collect_usage_pieces(context)]), "```"])


def options(command: Any, context: Any) -> list[str]:
    """Arguments and options, panel by panel."""
    order = [ARGUMENTS, *(panel.value for panel in Panel)]
    panels: dict[str, list[str]] = {name: [] for name in order}
    for parameter in command.get_params(context):
        if record := parameter.get_help_record(context):
            panel = ARGUMENTS if parameter.param_type_name == "argument" else parameter.rich_help_panel or OTHERS
            panels.setdefault(panel, []).append(entry(*record, command, parameter))
    return [
        block
        for name, entries in panels.items()
        if entries
        for block in (f"**{name}**", '<dl class="options">\n' + "\n".join(entries) + "\n</dl>")
    ]


def entry(names: str, text: str, command: Any, parameter: Any) -> str:
    """An option: its spellings, then what it does; other pages can link to it."""
    place = f"{command.name}-{parameter.name}".replace("_", "-")
    return f'<dt id="{place}"><code>{escape(names)}</code></dt>\n<dd>{marked(escape(text))}</dd>'


def marked(text: str) -> str:
    """A text in which flags stand out."""
    return re.sub(r"(?<![\w-])(--?[a-z][\w-]*)", r"<code>\1</code>", text)


def prose(text: str) -> str:
    """The paragraphs of a help text, as HTML that no character of it can disturb."""
    return "\n\n".join(f"<p>{marked(escape(' '.join(part.split())))}</p>" for part in text.split("\n\n"))


def first_line(command: Any) -> str:
    """What a command is for, in a cell of a table."""
    return marked(escape(command.get_short_help_str(120))).replace("|", "&#124;")
