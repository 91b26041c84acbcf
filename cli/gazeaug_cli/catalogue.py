"""The commands as data, for the studio: what they take, and the line that given values make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gazeaug.provenance import command_line
from gazeaug_cli.app import Commands as Group
from gazeaug_studio.commands import Line


class Catalogue:
    """See `gazeaug_studio.commands.Commands`."""

    def listing(self) -> list[dict[str, Any]]:
        """Name, section and text of each command."""
        return [
            {"name": name, "section": section, "text": text}
            for section, texts in Group.sections.items()
            for name, text in texts.items()
        ]

    def describe(self, name: str) -> dict[str, Any]:
        """Arguments and options of a command."""
        raise NotImplementedError

    def line(self, name: str, given: Mapping[str, Any]) -> Line:
        """The line of a command."""
        raise NotImplementedError

    def text(self, words: Sequence[str]) -> str:
        """A line as it is typed."""
        return command_line("gazeaug", *words)
