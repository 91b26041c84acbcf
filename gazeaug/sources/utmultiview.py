"""UT Multiview as it is distributed: sNN/test and sNN/synth, in each NNN_left.csv beside the pictures, NNN_left.zip.

Facts about the format: public loaders (docs/sources.md names what they agree on and what not). NNN is what was looked
at, `test` holds the picture of each of 8 cameras, `synth` 144 views rendered of their 3D reconstruction.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.file_kinds import but_found
from gazeaug.gaze.conventions import HEAD_ROTATION, OPENCV_ATTRIBUTES
from gazeaug.gaze.sides import BY_PREPARING
from gazeaug.keywords import with_options_of
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import Items, LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.options import PartsOptions
from gazeaug.preparing.pool import read_all
from gazeaug.preparing.source import Source, sha256_of
from gazeaug.preparing.walking import OTHER_NAME, find_files, instead
from gazeaug.sources.options import UtMultiviewOptions
from gazeaug.sources.utmultiview_files import files_of, read_recording
from gazeaug.sources.utmultiview_pictures import archive_of, folder_of

LABELS = {
    "gaze": Label.of(np.float64, (3,), OPENCV_ATTRIBUTES),
    "head_pose": Label.of(np.float64, (3,), {"units": "radians", "frame": "opencv_camera", "kind": HEAD_ROTATION}),
    "eye_position": Label.of(
        np.float64, (3,), {"units": "millimetres", "frame": "opencv_camera", "meaning": "where the camera sees the eye"}
    ),
    "subject": TEXT,
    "subset": TEXT,
    "side": TEXT,
    "target": Label.of(np.int32, (), {"meaning": "number of what was looked at"}),
    "view": Label.of(np.int32, (), {"meaning": "number of the picture: the camera, in the set test"}),
    "path": TEXT,
    "mirrored": Label.of(np.uint8, (), {"meaning": "1: flipped left to right, with gaze and head_pose"}),
}
RECORDING = re.compile(r"s[0-9]+/(test|synth)/[0-9]+_(left|right)\.(csv|CSV)")
UNTOLD = (
    "{n:,} files of right eyes in synth are left out: public loaders pair their lines and pictures in two ways, see "
    "docs/sources.md."
)
NOT_ONE = f"{OTHER_NAME}: not sNN/test/NNN_left.csv or the like"
RECORDINGS_PER_UNIT = 64  # what a kill can cost: 9,216 eyes of synth
RECORDINGS_AT_ONCE = 4  # a task of the pool
SMALL = 16  # recordings that are not worth a pool


@dataclass(frozen=True, kw_only=True)
class Recordings(Source[Path]):
    """Files of labels, each read with its pictures in a pool of processes."""

    parts: Items
    workers: int | None
    """Processes; as many as cores where None."""

    def read_units(self, units: Iterator[Sequence[Path]], n_parts: int) -> Generator[Any, None, None]:
        """Each recording with what it holds: those of all units in one stream, so that the pool never runs dry."""
        workers = (self.workers or os.cpu_count() or 1) if n_parts > SMALL else 1
        step = RECORDINGS_AT_ONCE
        tasks = (parts[start : start + step] for parts in units for start in range(0, len(parts), step))
        return read_all(tasks, self.read, workers)

    def blocks_of(self, contents: Iterable[Any]) -> Iterator[Block | LeftOut]:
        """The eyes of recordings, and what is left out."""
        for _, content in contents:
            yield from [content] if isinstance(content, LeftOut) else content

    def identity(self, options: PartsOptions) -> dict[str, Any]:
        """As of any source, its parts by their names below the folder."""
        return {**super().identity(options), "parts_sha256": sha256_of(self.parts.names)}


@with_options_of(UtMultiviewOptions, after=2)
def prepare_utmultiview(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring eyes of UT Multiview into an eye file: by person, set, what was looked at, left before right, camera.

    Args:
        folder: the data set with its sNN, one person's folder, or one set of it; the zips of the pictures may be
            unpacked or not.
        output: the eye file.
        options: those of `UtMultiviewOptions`.

    With `keep_going`, eyes are left out, or a file of labels that cannot be read.

    Raises:
        InputError: no such files, or one that is not as it should be.
    """
    how = UtMultiviewOptions(**options)
    found, n_untold = find_recordings(Path(folder), how)
    source = Recordings(
        parts=found,
        given=[Path(folder).resolve()],
        left_out=found.left_out,
        notes=notes_on(found, n_untold),
        read=partial(read_recording, mirror_right=how.mirror == "right"),
        files_of=files_of,
        parts_per_unit=RECORDINGS_PER_UNIT,
        labels=LABELS,
        facts={
            "source": "UT Multiview",
            "folder": Path(folder).name,
            "subset": how.subset,
            "eye": how.eye,
            "mirror_right": how.mirror == "right",
        },
        mirrored_by=BY_PREPARING,
        workers=how.workers,
    )
    return prepare(source, Path(output), how)


def find_recordings(folder: Path, how: UtMultiviewOptions) -> tuple[Items, int]:
    """The files of labels in or below a folder that are wanted, in natural order; how many cannot be told from others.

    Raises:
        InputError: no such folder, none in it, or one of them in two places.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with UT Multiview's sNN/test, {but_found(folder)}.")
    found = find_files(folder.resolve(), is_like_a_recording)
    names = [name for name in found.names if RECORDING.fullmatch(three_names(found.folder / name))]
    if not names:
        zips = sorted(path.name for path in folder.glob("s*.zip"))
        unpack = f"; unpack {zips[0]} first" if zips else ""
        expected = "expected UT Multiview's sNN/test/NNN_left.csv in it or below"
        raise InputError(f"{folder}: {expected}, found none{instead(found)}{unpack}.")
    refuse_twice([found.folder / name for name in names])
    others = [LeftOut(str(found.folder / name), NOT_ONE, on_purpose=True) for name in set(found.names) - set(names)]
    wanted = [name for name in names if is_wanted(three_names(found.folder / name), how)]
    told = [name for name in wanted if not is_untold(three_names(found.folder / name))]
    told.sort(key=lambda name: natural_order(three_names(found.folder / name)))
    if not told:
        raise InputError(f"{folder}: holds no eyes of --subset {how.subset} --eye {how.eye}.")
    left_out = [*found.left_out, *sorted(others, key=lambda left: left.item)]
    return Items(found.folder, told, left_out), len(wanted) - len(told)


def three_names(path: Path) -> str:
    """A person, a set and a file: s00/test/000_left.csv."""
    return "/".join(path.parts[-3:])


def is_like_a_recording(path: Path) -> bool:
    """Whether a name is that of a file of labels."""
    return re.fullmatch(r"[0-9]+_(left|right).*\.csv", path.name.lower()) is not None


def refuse_twice(paths: Iterable[Path]) -> None:
    """Refuse what lies in two places; a person's sets, and files of a set, may. Raises InputError."""
    places: dict[str, Path] = {}
    for path in paths:
        person, name = path.parent.parent, three_names(path)
        if (place := places.setdefault(name.lower(), person)) != person:
            raise InputError(
                f"{person}: the person is also in {place}, so the rows would be there twice (both hold {name}); give "
                "the folder of one of the two, or move the other elsewhere."
            )


def is_wanted(name: str, how: UtMultiviewOptions) -> bool:
    """Whether the options ask for a file of labels."""
    _, subset, file = name.split("/")
    return how.subset in (subset, "both") and (how.eye == "both" or f"_{how.eye}." in file)


def is_untold(name: str) -> bool:
    """Whether public loaders contradict each other on which line of it belongs to which picture."""
    return "/synth/" in name and "_right." in name


def notes_on(recordings: Items, n_untold: int) -> list[str]:
    """What should be known of how they are read."""
    notes = [UNTOLD.format(n=n_untold)] if n_untold else []
    twice = [path for path in recordings if archive_of(path).is_file() and folder_of(path).is_dir()]
    if twice:
        notes.append(
            f"{three_names(archive_of(twice[0]))} is read and not the folder beside it, as of {len(twice):,} in all."
        )
    return notes
