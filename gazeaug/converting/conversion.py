"""Eye files in the layouts of other trainers: one source, one writer for each target, what was lost said by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeaug.converting import faze, folder, gazehub, kaggle, mpiigaze, npz, parquet, webdataset, xgaze
from gazeaug.converting.facts import write_mark
from gazeaug.converting.options import ConvertArguments, ConvertOptions
from gazeaug.converting.persons import no_persons, person_label
from gazeaug.converting.rows import Rows, check_names
from gazeaug.converting.targets import Target, holds_plain
from gazeaug.errors import InputError
from gazeaug.eyefile.pixel_labels import moves_of
from gazeaug.eyefile.reader import GAZE_LABELS, EyeFile, open_eyes
from gazeaug.gaze.head import known_head, notes_on_head
from gazeaug.gaze.label import SCAN_ROWS, known_gaze, needed_gaze, scan_gaze
from gazeaug.keywords import with_options_of
from gazeaug.options import Option, names_in, options_of
from gazeaug.outputs import check_free_space, check_output, check_output_folder, replacing, replacing_folder, writing_to
from gazeaug.pictures.crops import resizing_of
from gazeaug.sources.own_folders import MARKS

TARGETS = {
    "mpiigaze-h5": mpiigaze.TARGET,
    "xgaze": xgaze.TARGET,
    "gazehub": gazehub.TARGET,
    "faze": faze.TARGET,
    "kaggle": kaggle.TARGET,
    "webdataset": webdataset.TARGET,
    "parquet": parquet.TARGET,
    "npz": npz.TARGET,
    "folder": folder.TARGET,
}


@dataclass(frozen=True, kw_only=True)
class ConvertReport:
    """What was written, and what was not."""

    output: Path
    n_images: int
    left_out: tuple[str, ...]
    """Labels that the target does not hold."""
    notes: tuple[str, ...]
    """What else differs from the source, a sentence each."""


@with_options_of(ConvertArguments, after=2)
def convert(source: Path | str, output: Path | str, **options: Any) -> ConvertReport:
    """Bring an eye file into another trainer's layout, in constant memory, whole or not at all.

    Args:
        source: the eye file.
        output: file or folder to write.
        options: those of `ConvertOptions`.

    The gaze goes along whatever the labels; a folder is only replaced where a conversion made it.

    Returns:
        What was written, and which labels the layout does not hold.

    Raises:
        InputError: naming the file, label or option.
        RunError: the disk is full or refuses.

    Example:
        >>> report = gazeaug.convert("unityeyes.h5", "eyes.npz", to="npz", labels=["look_vec"])
        >>> report.n_images
        24
    """
    how, output = ConvertOptions(**options), Path(output)
    target = TARGETS[how.to].variant(TARGETS[how.to], how)
    check_options(how, target, options)
    is_folder = target.makes_folder(how)
    if is_folder:
        check_output_folder(output, marks=MARKS, overwrite=how.overwrite)
    else:
        check_output(output, overwrite=how.overwrite, inputs=[Path(source)], kind=target.kind)
    with open_eyes(source, image=how.image) as eyes:
        rows = rows_for(eyes, how, target)
        said = target.check(rows, how)
        if target.holds is holds_plain:
            check_names(rows)
        row_bytes = sum(eyes.labels[name].row_bytes for name in rows.labels) + rows.n_image_bytes
        check_free_space(output, rows.n_images * row_bytes)
        notes = (*notes_on(rows, target, how), *said, *checked_rows(rows))
        lost = left_out(rows, target, eyes.choose_labels(names_in(how.labels)))
        with replacing_folder(output, marks=MARKS) if is_folder else replacing(output) as made, writing_to(output):
            target.write(rows, made, how)
            if is_folder:
                write_mark(made, rows, how, lost, notes, **target.facts(rows, how))
        return ConvertReport(output=output, n_images=rows.n_images, left_out=lost, notes=notes)


def rows_for(eyes: EyeFile, how: ConvertOptions, target: Target) -> Rows:
    """The source as a target sees it.

    Raises:
        InputError: a label that is named does not exist, the target needs a gaze and there is none that is known, or a
            label in pixels cannot go along with resized pictures.
    """
    where = str(eyes.path)
    held = tuple(name for name in eyes.choose_labels(names_in(how.labels)) if target.holds(name, eyes.labels[name]))
    find = needed_gaze if target.needs_gaze else known_gaze
    size, moves = None if how.size == eyes.image_shape[:2] else how.size, {}
    gaze = find(eyes.labels, where, convention=how.convention)
    head = known_head(eyes.labels, where, convention=how.head_convention) if target.has_head else None
    if size is not None:
        moves = moves_of({name: eyes.labels[name] for name in held}, resizing_of(eyes.image_shape, size), where)
    person = person_label(eyes, how.person)
    return Rows(eyes=eyes, labels=held, gaze=gaze, head=head, person=person, size=size, color=how.color, moves=moves)


def check_options(how: ConvertOptions, target: Target, given: Mapping[str, Any]) -> None:
    """Refuse options of other targets, also where what is given is what they are anyway.

    Raises:
        InputError: naming the option, and the targets that take it.
    """
    if how.head_convention is not None and not target.has_head:
        takers = ", ".join(name for name, each in TARGETS.items() if each.has_head)
        raise InputError(f"--head-convention is for targets with a head pose ({takers}), not for {called(how)}.")
    if how.person is not None and TARGETS[how.to].uses_persons and not target.uses_persons:
        raise InputError(f"--person is for layouts that name persons, not for {called(how)}.")
    if how.color is not None and target.channels is not None:
        takers = ", ".join(name for name, each in TARGETS.items() if each.channels is None)
        flag, kind = "--rgb" if how.color else "--grey", "grey" if target.channels == 1 else "RGB"
        raise InputError(f"{flag} is for {takers}; the pictures of {how.to} are always {kind}.")
    for option in options_of(ConvertOptions):
        meant = [name for name, each in TARGETS.items() if option.name in each.options or takes_person(each, option)]
        if meant and how.to not in meant and given.get(option.name) not in (None, False):
            raise InputError(f"{option.flag} is for --to {', '.join(meant)}, not for {how.to}.")


def called(how: ConvertOptions) -> str:
    """A target, and which of its layouts."""
    return f"{how.to} --columns {how.columns}" if "columns" in TARGETS[how.to].options else how.to


def takes_person(target: Target, option: Option) -> bool:
    """Whether an option is the one that names persons, and a target has them."""
    return option.name == "person" and target.uses_persons


def left_out(rows: Rows, target: Target, wanted: list[str]) -> tuple[str, ...]:
    """Labels that were wanted and are not in the output in any form."""
    there = {
        *rows.labels,
        rows.person if target.uses_persons and rows.has_persons else None,
        rows.head.label if target.has_head and rows.head is not None else None,
    }
    if target.needs_gaze and rows.gaze is not None:
        there.add(rows.gaze.label)
    return tuple(name for name in wanted if name not in there)


def checked_rows(rows: Rows) -> list[str]:
    """What makes the gaze's convention doubtful, after all rows of gaze and head pose have been found to be such.

    Raises:
        InputError: rows that are not; they are named.
    """
    if rows.head is not None:
        for start, stop in rows.spans(SCAN_ROWS):
            rows.head_pitchyaw(start, stop)
    return [] if rows.gaze is None else [f"gaze: {doubt}" for doubt in scan_gaze(rows.eyes, rows.gaze)]


def notes_on(rows: Rows, target: Target, how: ConvertOptions) -> list[str]:
    """What a reader of the output should know."""
    notes = []
    channels = rows.channels if target.channels is None else target.channels
    if channels != rows.eyes.channels:
        notes.append(f"pictures: {'RGB became grey' if channels == 1 else 'grey repeated in 3 channels'}")
    if rows.gaze is None and any(name in rows.eyes.labels for name in GAZE_LABELS):
        notes.append("gaze: its convention is not known, so only as it is; --convention states it")
    if rows.size is not None:
        notes.append(f"pictures: resized to {rows.size[0]}x{rows.size[1]}")
    if rows.moves:
        notes.append(f"labels in pixels moved along: {', '.join(rows.moves)}")
    if target.has_head:
        notes += notes_on_head(rows.eyes.labels, rows.head)
    if target.uses_persons and not rows.has_persons and not how.for_trainer:
        notes.append(f"persons: all rows are {target.nobody}, as {no_persons(rows)}")
    return notes
