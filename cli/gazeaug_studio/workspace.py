"""The folder that is served: no name leads out of it, neither by dots nor by links."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
            Refused: 400 for what is no name, 403 for a name that leads out of the folder.
        """
        if "\0" in name or len(name) > LONGEST_NAME:
            raise Refused(400, "That is no name of a file.")
        try:
            path = (self.root / name).resolve()
        except (OSError, RuntimeError) as error:  # links in a circle
            raise Refused(403, f"{name}: its links lead in a circle.") from error
        if not path.is_relative_to(self.root):
            raise Refused(403, f"{name}: outside of the folder {self.root.name} that the studio was started in.")
        return path

    def there(self, name: str) -> Path:
        """The same of a file or folder that is there; raises Refused with 404 where it is not."""
        path = self.path(name)
        if not path.exists():
            raise Refused(404, f"{name}: no such file in this folder; it may have been moved or deleted.")
        return path

    def name(self, path: Path) -> str:
        """The name of a path inside the folder, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def own(self, *parts: str) -> Path:
        """A path among the studio's own files; its folder is made."""
        path = self.root.joinpath(OWN, *parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
