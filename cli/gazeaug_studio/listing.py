"""What the folder holds: eye files, models, runs, pages, folders of pictures; found within bounds, read by headers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from gazeaug.runs.folder import CONFIG, METRICS, STATE
from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.file_states import State
from gazeaug_studio.item_facts import PICTURES, Facts, facts_of, settings
from gazeaug_studio.studio import studio_of
from gazeaug_studio.workspace import Workspace, is_name, printable

DEEPEST = 3  # folders below the one that is served
MOST_NAMES, MOST_ITEMS = 200_000, 2_000
UNFINISHED = (".partial", ".parts", ".replaced", ".shards")  # what commands work in
KINDS = {".h5": "eyes", ".hdf5": "eyes", ".onnx": "model", ".html": "page", ".htm": "page"}
FEWEST_PICTURES = 4  # in a folder of pictures

NO_TEXT = Facts(
    "unreadable", {"problem": "Its name holds bytes that are no text (UTF-8), so no page can ask for it; rename it."}
)


@dataclass
class Found:
    """A folder as it was looked through; ask what it is once its names are complete."""

    path: Path
    names: list[str] = field(default_factory=list)
    """Of files."""
    folders: list[str] = field(default_factory=list)
    is_in_run: bool = False
    """Whether it is a folder of a run, whose sample grids are no pictures to prepare."""

    @cached_property
    def is_run(self) -> bool:
        """Whether a training writes here; one that has just begun has its settings alone."""
        return CONFIG in self.names and (STATE in self.names or METRICS in self.names or bool(settings(self.path)))

    @property
    def holds_pictures(self) -> bool:
        """Whether it is a folder of pictures, each perhaps with another file beside it, as UnityEyes writes them."""
        if self.is_in_run:
            return False
        n_pictures = sum(name.lower().endswith(PICTURES) for name in self.names)
        return n_pictures >= FEWEST_PICTURES and 2 * n_pictures >= 0.9 * len(self.names)


@dataclass
class Search:
    """Looks through a folder, what is near first, and remembers whether it came to its bounds."""

    workspace: Workspace
    names_left: int = field(default_factory=lambda: MOST_NAMES)
    is_cut: bool = False

    def folders(self) -> Iterator[Found]:
        """The folder and those in it."""
        waiting = deque([(self.workspace.root, 0, False)])
        while waiting and self.names_left > 0:
            path, depth, is_in_run = waiting.popleft()
            found = self.look_into(path)
            found.is_in_run = is_in_run
            yield found
            if depth < DEEPEST:
                is_in_run |= found.is_run
                waiting += [(path / name, depth + 1, is_in_run) for name in sorted(found.folders)]
        self.is_cut |= bool(waiting)

    def look_into(self, path: Path) -> Found:
        """A folder's names; nothing where it is gone or may not be read."""
        found = Found(path)
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if self.names_left <= 0:
                        self.is_cut = True
                        break
                    self.names_left -= 1
                    if not entry.name.startswith(".") and not entry.name.endswith(UNFINISHED):
                        self.take(entry, found)
        except OSError:
            return found
        found.names.sort()
        return found

    def take(self, entry: os.DirEntry[str], found: Found) -> None:
        """Take an entry of a folder; a link counts where it leads to a file inside the folder that is served."""
        if entry.is_symlink():
            target = Path(os.path.realpath(entry.path))
            if target.is_relative_to(self.workspace.root) and target.is_file():
                found.names.append(entry.name)
        elif entry.is_dir(follow_symlinks=False):
            found.folders.append(entry.name)
        elif entry.is_file(follow_symlinks=False):
            found.names.append(entry.name)


def things_in(found: Found) -> Iterator[tuple[Path, str]]:
    """What a folder holds, and what it is itself, with kinds."""
    if found.is_run:
        yield found.path, "run"
    elif found.holds_pictures:
        yield found.path, "pictures"
    for name in found.names:
        kind = KINDS.get(os.path.splitext(name)[1].lower())
        if kind is not None:
            yield found.path / name, kind


def items_in(workspace: Workspace) -> tuple[list[dict[str, Any]], bool]:
    """The things of a folder, and whether there are more than are listed."""
    search, items = Search(workspace), list[dict[str, Any]]()
    for found in search.folders():
        for path, kind in things_in(found):
            if len(items) == MOST_ITEMS:
                return items, True
            if (item := item_of(workspace, path, kind, found)) is not None:
                items.append(item)
    name_origins(items)
    return items, search.is_cut


def item_of(workspace: Workspace, path: Path, kind: str, found: Found) -> dict[str, Any] | None:
    """A thing as the page shows it; None where it is gone meanwhile."""
    name = workspace.name(path)
    try:
        status = path.stat()
        said = facts_of(path, kind, State.told(status), found.names) if is_name(name) else NO_TEXT
    except FileNotFoundError:
        return None
    except OSError as error:
        said = Facts("unreadable", {"problem": f"The system refuses: {error.strerror}."})
    return {
        "kind": said.kind,
        "path": printable(name),
        "name": printable(path.name if path != workspace.root else workspace.root.name),
        "bytes": status.st_size if path.is_file() else None,
        "modified": said.modified or status.st_mtime,
        "facts": said.facts,
    }


def name_origins(items: list[dict[str, Any]]) -> None:
    """Say where the file is that a refined one was made of: beside it, or the only one of that name."""
    by_path = {item["path"]: item for item in items if item["kind"] == "eyes"}
    for path, item in by_path.items():
        name = item["facts"]["refined_from"]
        if name is not None:
            folder = path.rpartition("/")[0]
            beside = f"{folder}/{name}".lstrip("/")
            others = [each for each in by_path if each.rpartition("/")[2] == name]
            item["facts"] = item["facts"] | {
                "refined_from": beside if beside in by_path else others[0] if len(others) == 1 else None
            }


def folder(request: Request) -> JSONResponse:
    """All things of the folder."""
    workspace = studio_of(request).workspace
    items, is_cut = items_in(workspace)
    note = f"The folder holds more than is listed here ({len(items):,} things)." if is_cut else None
    return JSONResponse({"name": workspace.root.name, "items": items, "left_out": note})


ROUTES = [Route("/api/folder", folder)]
