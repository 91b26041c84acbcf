"""Folders walked: the files that are wanted, in natural order, and a reason for every one that is passed over."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.preparing.items import Items, LeftOut
from gazeaug.preparing.twice import found_again, number_of, refuse_same, same_file

HIDDEN, OTHER_FORMAT, OTHER_NAME, OTHER_FOLDER = "hidden", "other format", "other name", "other folder"
WORDS = (HIDDEN, OTHER_FORMAT, OTHER_NAME, OTHER_FOLDER)
"""The reasons for which files that are no part of a source are left out on purpose."""

# What systems and servers keep in folders of their own: deleted files, and small copies of pictures.
SYSTEM_FOLDERS = ("$recycle.bin", "#recycle", "@eadir", "__macosx", "lost+found", "system volume information")
CAMERA_RAW = (".raw", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".dng", ".orf", ".rw2", ".raf", ".pef", ".srw")
DRAWN_OR_NEW = (".heic", ".heif", ".avif", ".jxl", ".jxr", ".psd", ".xcf", ".exr", ".hdr", ".svg", ".pcx", ".dds")
OTHER_PICTURES = frozenset(CAMERA_RAW + DRAWN_OR_NEW)
OTHER_VIDEOS = frozenset([".mpg", ".mpeg", ".3gp", ".flv", ".mts", ".m2ts", ".ogv", ".vob", ".y4m"])

Wanted = Callable[[Path], bool]


def find_files(folder: Path, is_wanted: Wanted, *, other_endings: Collection[str] = OTHER_PICTURES) -> Items:
    """The files in and below a folder whose names are wanted, in natural order of their paths (1, 2, 10).

    Links to folders are not followed. What is left out beside them: hidden files and folders, and files with
    `other_endings`, on purpose; folders that cannot be read, links that lead nowhere, and what is there twice, as
    things that cannot be read.

    Raises:
        InputError: the folder itself cannot be read.
    """
    walk = Walk(folder, is_wanted, other_endings)
    places = [""]
    while places:
        places += walk.enter(places.pop())
    order = sorted(range(len(walk.names)), key=lambda i: natural_order(walk.names[i]))
    names = [walk.names[i] for i in order]
    again = dict(found_again(Items(folder, names), np.array(walk.file_numbers, np.uint64)[order]))
    twice = [LeftOut(str(folder / names[i]), same_file(folder / names[i], first)) for i, first in again.items()]
    left_out = sorted([*walk.left_out, *twice], key=lambda left: natural_order(left.item))
    return Items(folder, [name for i, name in enumerate(names) if i not in again] if again else names, left_out)


class Walk:
    """What was found so far, folder by folder."""

    def __init__(self, folder: Path, is_wanted: Wanted, other_endings: Collection[str]) -> None:
        self._folder, self._is_wanted, self._other_endings = folder, is_wanted, other_endings
        self.names: list[str] = []
        self.file_numbers = array("Q")
        self.left_out: list[LeftOut] = []

    def enter(self, below: str) -> list[str]:
        """Note what lies in a folder, named by its path below the first with a slash at the end; the folders in it."""
        try:
            entries = entries_of(self._folder / below)
        except InputError as error:
            if below == "":
                raise
            self._leave_out(below, str(error), on_purpose=False)
            return []
        return [f"{below}{entry.name}/" for entry in entries if self._is_folder(entry, below + entry.name)]

    def _is_folder(self, entry: os.DirEntry[str], name: str) -> bool:
        """Note a file, or a link; whether the entry is a folder to walk on in."""
        try:
            if is_hidden(entry.name):
                self._hide(entry, name)
            elif entry.is_dir(follow_symlinks=False):
                return True
            elif entry.is_dir():
                self._refuse_linked_folder(entry, name)
            elif entry.is_file():
                self._note_file(entry, name)
            elif self._is_wanted(Path(name)) or (entry.is_symlink() and not Path(name).suffix):
                self._leave_out(name, f"{self._folder / name}: {instead_of_file(entry)}.", on_purpose=False)
        except OSError as error:  # of a link, into what may not be entered or in a circle
            if self._is_wanted(Path(name)) or not Path(name).suffix:
                reason = f"{self._folder / name}: cannot be read ({error.strerror})."
                self._leave_out(name, reason, on_purpose=False)
        return False

    def _note_file(self, entry: os.DirEntry[str], name: str) -> None:
        if self._is_wanted(Path(name)):
            self.names.append(name)
            self.file_numbers.append(file_number(entry))
        elif (ending := Path(name).suffix.lower()) in self._other_endings:
            self._leave_out(name, f"{OTHER_FORMAT}: {ending} is not read; convert it to JPEG, PNG or MP4")

    def _hide(self, entry: os.DirEntry[str], name: str) -> None:
        if not entry.is_dir(follow_symlinks=False):
            if self._is_wanted(Path(name)):
                self._leave_out(name, f"{HIDDEN}: its name begins with a dot")
        elif n := sum(1 for _ in wanted_below(entry.path, self._is_wanted)):
            self._leave_out(f"{name}/", why_hidden(n))

    def _refuse_linked_folder(self, entry: os.DirEntry[str], name: str) -> None:
        """A link to a folder: followed, it might lead anywhere, or give what is here once more."""
        if next(wanted_below(entry.path, self._is_wanted), None) is None:
            return
        target = Path(entry.path).resolve()
        is_inside = target.is_relative_to(self._folder.resolve())
        why = "which is here already" if is_inside else "out of its folder"
        what_to_do = "take the link away" if is_inside else "copy the folder, or give it by itself"
        reason = f"{self._folder / name}: a link to the folder {target}, {why}; links are not followed: {what_to_do}."
        self._leave_out(name, reason, on_purpose=False)

    def _leave_out(self, name: str, reason: str, *, on_purpose: bool = True) -> None:
        self.left_out.append(LeftOut(str(self._folder / name), reason, on_purpose=on_purpose))


def find_here(folder: Path, is_wanted: Wanted, *, like: Collection[str], but: Collection[str] = ()) -> Items:
    """The files of one folder, not of those in it, whose names are wanted, in natural order of their names.

    Left out on purpose are hidden files, files of other names with the endings `like`, and the wanted files in and
    below the folders in it, but for those of the names `but`; links that lead nowhere, as things that cannot be read.

    Raises:
        InputError: the folder cannot be read, or two of the wanted names, no JSON, are of one file.
    """
    found: dict[str, int] = {}
    left_out: list[LeftOut] = []
    for entry in entries_of(folder):
        path = Path(entry.name)
        if is_folder(entry):
            if entry.name not in but and (reason := reason_for_folder(entry, is_wanted)):
                left_out.append(LeftOut(f"{folder / path}/", reason, on_purpose=True))
        elif is_wanted(path):
            if not is_file(entry):  # reading a pipe would wait for ever
                left_out.append(LeftOut(str(folder / path), f"{folder / path}: {instead_of_file(entry)}."))
                continue
            found[entry.name] = 0 if path.suffix.lower() == ".json" else file_number(entry)
        elif path.suffix.lower() in like:
            word = HIDDEN if is_hidden(entry.name) else OTHER_NAME
            left_out.append(
                LeftOut(str(folder / path), f"{word}: not as the renderer names its files", on_purpose=True)
            )
    names = sorted(found, key=natural_order)
    refuse_same([folder / name for name in names], [found[name] for name in names])
    return Items(folder, names, left_out)


def instead_of_file(entry: os.DirEntry[str]) -> str:
    """What an entry is that has the name of a file and is none."""
    return "a link that leads nowhere" if entry.is_symlink() else "no file that can be read"


def why_hidden(n_files: int) -> str:
    """The reason for which a hidden folder with wanted files is left out."""
    return f"{HIDDEN}: a folder that is hidden or the system's own, with {n_files:,} files"


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link to one."""
    try:
        return entry.is_file()
    except OSError:  # a link in a circle
        return False


def reason_for_folder(entry: os.DirEntry[str], is_wanted: Wanted) -> str:
    """Why the wanted files in and below a folder are left out; nothing where it holds none."""
    try:
        os.scandir(entry.path).close()
    except OSError as error:
        return f"{OTHER_FOLDER}: cannot be read ({error.strerror})"
    n = sum(1 for _ in wanted_below(entry.path, is_wanted))
    if n and is_hidden(entry.name):
        return why_hidden(n)
    return f"{OTHER_FOLDER}: holds {n:,} such files; prepare it by itself, and gazeaug mix joins them" if n else ""


def file_number(entry: os.DirEntry[str]) -> int:
    """The number of a file on its disk, of a link that of what it leads to; it costs a call only for links."""
    return number_of(Path(entry.path)) if entry.is_symlink() else entry.inode()


def names_in(folder: str) -> list[Path]:
    """The names in a folder, as far as it can be read."""
    try:
        return [Path(name) for name in os.listdir(folder)]
    except OSError:
        return []


def instead(items: Items) -> str:
    """What to say of the first file that was left out, where not one was found."""
    if not items.left_out:
        return ""
    more = f" and {n:,} more" if (n := len(items.left_out) - 1) else ""
    return f"; left out: {items.left_out[0].item} ({items.left_out[0].reason}){more}"


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden, or a folder that a system keeps for itself."""
    return name.startswith(".") or name.lower() in SYSTEM_FOLDERS


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, by name.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{folder}: the folder cannot be read ({error.strerror}).") from error


def wanted_below(folder: str, is_wanted: Wanted) -> Iterator[str]:
    """The wanted files in and below a folder, as far as it can be read."""
    for _, _, names in os.walk(folder):
        yield from (name for name in names if is_wanted(Path(name)))
