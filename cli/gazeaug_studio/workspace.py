"""The folder that is served: no name leads out of it, neither by dots nor by links.

A name is checked, then opened. Who can swap a link between the two can write in the folder, and so is trusted.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gazeaug.errors import InputError
from gazeaug_studio.errors import Refused

OWN = ".gazeaug-studio"  # the studio's own state in the folder: jobs, tags, the token
LONGEST_NAME = 4096


@dataclass(frozen=True)
class Workspace:
    """A folder; all names are relative to it."""

    root: Path
    """Absolute, without links."""

    @classmethod
    def at(cls, folder: Path | str) -> Workspace:
        """The workspace in a folder that is there."""
        return cls(Path(folder).resolve(strict=True))

    def path(self, name: str) -> Path:
        """Where a name stands, whether it is there or not; links are followed, and must end inside the folder.

        Raises:
            Refused: 400 for what is no name, 403 for a name that leads out of the folder or to the studio's own files.
        """
        if not is_name(name):
            raise Refused(400, "That is no name of a file.")
        if os.name == "nt" and name[:2].replace("/", "\\") == "\\\\":  # to look at it would call another machine
            raise self.outside(name)
        try:
            path = (self.root / name).resolve()
        except (OSError, RuntimeError) as error:  # links in a circle
            raise Refused(403, f"{name}: its links lead in a circle.") from error
        if not path.is_relative_to(self.root):
            raise self.outside(name)
        if self.is_own(path):
            raise Refused(403, f"{name}: the studio's own files are not shown.")
        return path

    def outside(self, name: str) -> Refused:
        """What is said of a name that leads out."""
        return Refused(403, f"{name}: outside of the folder {self.root.name} that the studio was started in.")

    def is_own(self, path: Path) -> bool:
        """Whether a path is among the studio's own files, by whatever spelling the file system takes."""
        own = self.root / OWN
        if path.is_relative_to(own):
            return True
        first = self.root.joinpath(*path.relative_to(self.root).parts[:1])
        try:
            return os.path.samefile(first, own)
        except (OSError, ValueError):
            return False

    def there(self, name: str) -> Path:
        """The same of a file or folder that is there; raises Refused with 404 where it is not."""
        path = self.path(name)
        if not os.path.exists(path):  # unlike Path.exists, also of a name that is too long for the system
            raise Refused(404, f"{name}: no such file in this folder; it may have been moved or deleted.")
        return path

    def name(self, path: Path) -> str:
        """The name of a path inside the folder, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def in_folder(self, sentence: str) -> str:
        """A sentence of the library with names as they are in the folder."""
        return sentence.replace(f"{self.root}{os.sep}", "").replace(str(self.root), self.root.name)

    def own(self, *parts: str) -> Path:
        """A path among the studio's own files; its folder is made, where the served one is there."""
        own = self.root / OWN
        if not own.is_dir():
            own.mkdir(0o700, exist_ok=True)  # jobs in it are commands that the server runs
            own.joinpath(".gitignore").write_text("*\n")  # the token is no part of a project
        path = self.root.joinpath(OWN, *parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def check_owner(self) -> None:
        """Refuse own files of another user: jobs among them would be run with the rights of this one.

        Raises:
            InputError: they belong to another user, or are a link.
        """
        own = self.root / OWN
        try:
            found = own.lstat()
        except OSError:
            return
        if own.is_symlink() or (os.name != "nt" and found.st_uid != os.getuid()):
            raise InputError(
                f"{own}: {'is a link' if own.is_symlink() else 'belongs to another user'}, and jobs in it would run "
                "with your rights; serve a folder of your own, or delete it."
            )
        if os.name != "nt" and found.st_mode & 0o077:
            own.chmod(0o700)


def is_name(name: str) -> bool:
    """Whether a text can be a name of a file: not too long, no NUL, no halves of characters."""
    try:
        return "\0" not in name and len(name.encode()) <= LONGEST_NAME
    except UnicodeEncodeError:
        return False


def printable(name: str) -> str:
    """A name as text; bytes of it that are none are written as such."""
    return name.encode("utf-8", "backslashreplace").decode()


def keep_newest(folder: Path, pattern: str, most: int) -> None:
    """Delete the files that were not written for longest, where there are very many."""
    found = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime_ns)
    for path in found[:-most]:
        path.unlink(missing_ok=True)
