"""What a target is: a layout of another trainer, with its writer and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.persons import FIRST
from gazeaug.converting.rows import Rows, is_plain
from gazeaug.eyefile.labels import Label
from gazeaug.output_kinds import Kind


def says_nothing(rows: Rows, how: ConvertOptions) -> list[str]:
    """Nothing to say of a layout."""
    return []


def no_facts(rows: Rows, how: ConvertOptions) -> dict[str, Any]:
    """Nothing more to keep of a layout."""
    return {}


def as_it_is(target: Target, how: ConvertOptions) -> Target:
    """A layout that is one whatever the options."""
    return target


def says_grey(rows: Rows, how: ConvertOptions) -> list[str]:
    """Said of grey pictures where readers hand them out as they are."""
    if rows.channels != 1 or how.color is False:
        return []
    return ["pictures: grey, of one channel; loaders that normalise three (mean and std of RGB) need --rgb"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A layout that an eye file can be brought into."""

    write: Callable[[Rows, Path, ConvertOptions], None]
    holds: Callable[[str, Label], bool]
    """Whether a label goes over under its own name, value for value."""
    check: Callable[[Rows, ConvertOptions], list[str]] = says_nothing
    """Refuses what its readers would not take, before anything is written; what they should know, a sentence each."""
    options: tuple[str, ...] = ()
    """Those of `ConvertOptions` that are for this target and others which name them."""
    variant: Callable[[Target, ConvertOptions], Target] = as_it_is
    """The target as the options want it, where they change what it holds."""
    facts: Callable[[Rows, ConvertOptions], dict[str, Any]] = no_facts
    """What the hidden file of a folder says beside what it says of every one."""
    uses_persons: bool = False
    """Whether persons go over in another form than a label: as groups, files or lines."""
    nobody: str = FIRST
    """What the one person of a source that names none is called."""
    needs_gaze: bool = False
    """Whether it is nothing without gaze, which goes over as angles."""
    is_folder: bool = False
    folder_options: tuple[str, ...] = ()
    """Those of its options that, once given, make it a folder."""
    has_head: bool = False
    """Whether readers expect the head's angles."""
    kind: Kind = Kind.EYES
    """Of its file, where it is one."""
    channels: int | None = None
    """1 or 3, where the layout knows nothing else."""

    def makes_folder(self, how: ConvertOptions) -> bool:
        """Whether the output is a folder, with these options."""
        return self.is_folder or any(getattr(how, name) is not None for name in self.folder_options)


def holds_none(name: str, label: Label) -> bool:
    """The layout has no place for further labels."""
    return False


def holds_plain(name: str, label: Label) -> bool:
    """Numbers and text."""
    return is_plain(label)
