"""The command line's reference: a page for each command, written from the commands as the site is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from mkdocs.structure.files import File
from typer.main import get_command

from gazeaug.options import Panel
from gazeaug_cli.app import app

FOLDER = "reference/cli"
ARGUMENTS, REQUIRED, OTHERS = "Arguments", "Required options", "Options"
BOLD = "**{}**"  # a heading that the table of contents leaves out


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
    return "\n\n".join(
        [
            "# Command line",
            usage(group, context),
            prose(group.help or ""),
            listing(group, context, "{}.md"),
            *options(group, context, "## {}"),
        ]
    )


def page(command: Any, context: Any) -> str:
    """The page of a command, or of a group with its commands below one another."""
    title = f"# gazeaug {context.info_name}"
    if not hasattr(command, "list_commands"):
        return "\n\n".join([title, *described(command, context)])
    parts = [title, usage(command, context), prose(command.help or ""), listing(command, context, "#{}")]
    parts += examples_of(command, BOLD)
    for name, inner in commands_of(command, context):
        below = type(context)(inner, info_name=name, parent=context)
        parts += [f"## {name}", *described(inner, below, BOLD)]
    return "\n\n".join(parts)


def listing(group: Any, context: Any, target: str) -> str:
    """Tables of a group's commands, section by section as its help has them; each leads to a target with its name."""
    commands = dict(commands_of(group, context))
    blocks = []
    for heading, names in getattr(group, "sections", {"Commands": commands}).items():
        rows = [f"| [`{name}`]({target.format(name)}) | {first_paragraph(commands[name])} |" for name in names]
        blocks.append("\n".join([f"**{heading}**", "", "| command | what it does |", "|---|---|", *rows]))
    return "\n\n".join(blocks)


def described(command: Any, context: Any, heading: str = "## {}") -> list[str]:
    """Usage, text, options and examples of a command, each a block of Markdown."""
    return [
        usage(command, context),
        prose(command.help or ""),
        *options(command, context, heading),
        *examples_of(command, heading),
    ]


def examples_of(command: Any, heading: str) -> list[str]:
    """The examples of a command's help, under their heading; nothing where it has none."""
    examples = getattr(command, "examples", [])
    return [heading.format("Examples"), "\n".join(["```", *examples, "```"])] if examples else []


def usage(command: Any, context: Any) -> str:
    """The line that says how a command is called."""
    return "\n".join(["```", " ".join([context.command_path, *command.collect_usage_pieces(context)]), "```"])


def options(command: Any, context: Any, heading: str = BOLD) -> list[str]:
    """Arguments and options, panel by panel, each under its heading."""
    order = [ARGUMENTS, REQUIRED, *(panel.value for panel in Panel)]
    panels: dict[str, list[str]] = {name: [] for name in order}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record and "--help" not in parameter.opts:
            panels.setdefault(panel_of(parameter), []).append(entry(record, command, parameter))
    return [
        block
        for name, entries in panels.items()
        if entries
        for block in (heading.format(name), '<dl class="options">\n' + "\n".join(entries) + "\n</dl>")
    ]


def panel_of(parameter: Any) -> str:
    """Where a command's help shows a parameter."""
    if parameter.param_type_name == "argument":
        return ARGUMENTS
    return REQUIRED if parameter.required else parameter.rich_help_panel or OTHERS


def entry(record: tuple[str, str], command: Any, parameter: Any) -> str:
    """An option: its spellings, then what it does; other pages can link to it."""
    names, text = record
    place = f"{command.name}-{parameter.name}".replace("_", "-")
    return f'<dt id="{place}"><code>{escape(names)}</code></dt>\n<dd>{marked(escape(text))}</dd>'


def marked(text: str) -> str:
    """A text in which flags, and what stands between backquotes, stand out."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"(?<![\w-])(--?[a-zA-Z][\w-]*)", r"<code>\1</code>", part) for part in parts[::2]]
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    return "".join(parts)


def prose(text: str) -> str:
    """The paragraphs of a help text, as HTML that no character of it can disturb."""
    return "\n\n".join(f"<p>{marked(escape(' '.join(part.split())))}</p>" for part in text.split("\n\n"))


def first_paragraph(command: Any) -> str:
    """What a command is for, in a cell of a table."""
    text = (command.help or "").split("\n\n")[0]
    return marked(escape(" ".join(text.split()))).replace("|", "&#124;")
