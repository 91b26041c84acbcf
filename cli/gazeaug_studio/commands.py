"""What the studio knows of the commands: `gazeaug_cli` describes them, since the studio does not import it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gazeaug_studio.workspace import Workspace


@dataclass(frozen=True)
class Line:
    """A command line that can be run."""

    words: tuple[str, ...]
    """Behind `gazeaug`."""
    paths: tuple[str, ...]
    """Those of its values that name files or folders."""
    device: str | None
    """The value of --device, its default where it is not given; None for a command without it."""


class Commands(Protocol):
    """The commands of gazeaug, by names such as "train" and "prepare eyes"."""

    def listing(self) -> list[dict[str, Any]]:
        """Name, section and text of each command."""

    def describe(self, name: str) -> dict[str, Any]:
        """Arguments and options of a command with their sentences, types, defaults, ranges and choices.

        Raises:
            InputError: there is no such command.
        """

    def line(self, name: str, given: Mapping[str, Any]) -> Line:
        """The line of a command with values by the names of its parameters.

        Raises:
            InputError: a value is none that the command takes, or a needed one is missing.
        """

    def text(self, words: Sequence[str]) -> str:
        """A line as it is typed in a shell, `gazeaug` included."""


def line_in(workspace: Workspace, commands: Commands, name: str, given: Mapping[str, Any]) -> Line:
    """The line of a command whose files all lie in the folder.

    Raises:
        Refused: 403 for a file outside of the folder.
        InputError: the command does not take these values.
    """
    line = commands.line(name, given)
    for path in line.paths:
        workspace.path(path)
    return line
