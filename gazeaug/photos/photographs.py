"""Photographs and videos into an eye file: the eyes that are kept, and a list of what is not, with the reason.

pictures, clips of videos -> faces -> eyes -> filters -> near twins of a video -> shards -> one file
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gazeaug.drawing.sheets import check_sheet
from gazeaug.errors import InputError
from gazeaug.keywords import with_options_of
from gazeaug.options import narrowed
from gazeaug.outputs import check_output
from gazeaug.photos.eyes import REASONS, PhotoEye, eyes_in, photo_labels
from gazeaug.photos.grid import Outcome, draw_photo_grid
from gazeaug.photos.mediapipe_faces import find_mediapipe, open_finder
from gazeaug.photos.options import HASH_BITS, PhotoOptions, PhotosOptions
from gazeaug.photos.quality import bits_apart, difference_hash
from gazeaug.photos.videos import Clip, index_video, is_video, read_frames
from gazeaug.pictures.decoding import is_picture, read_upright
from gazeaug.preparing.items import Eye, Items, LeftOut
from gazeaug.preparing.job import PrepareReport, write_items
from gazeaug.preparing.shards import counted
from gazeaug.preparing.source import Finish, ItemSource
from gazeaug.preparing.twice import refuse_twice
from gazeaug.preparing.walking import OTHER_PICTURES, OTHER_VIDEOS, WORDS, find_files, instead
from gazeaug.provenance import folders_out_of, is_absolute, short_names

TWINS_REMEMBERED = 32  # eyes of one side and video that a new one is compared with
ITEMS_PER_UNIT = 1024  # a kill costs a minute or so
NO_FACE = "no face: none was found"


@with_options_of(PhotosOptions, after=2)
def prepare_photos(inputs: Sequence[Path | str], output: Path | str, **options: Any) -> PrepareReport:
    """Find and cut out the eyes of photographs and videos.

    Args:
        inputs: pictures, videos, and folders in and below which both are found.
        output: the eye file; what is left out is listed in `<output>.rejected.csv`.
        options: those of `PhotosOptions`.

    Returns:
        The report; its `left_out` also counts eyes, and pictures without a face, by the words of `REASONS`.

    Raises:
        InputError: an extra is missing, an input is not there or damaged, or no eye is kept; there is no output then.
    """
    how = PhotosOptions(**options)
    chosen, grid, every, twin_bits = narrowed(how, PhotoOptions), how.grid, how.every, how.twin_bits
    find_mediapipe(chosen.face_model)
    found = [files_of_input(Path(given)) for given in inputs]
    paths = [path for items in found for path in items]
    refuse_twice(map(Path, inputs), paths if len(inputs) > 1 else [])
    check_output(Path(output), overwrite=True, inputs=paths)
    if grid is not None:
        check_sheet(grid, inputs=[*paths, Path(output)])
    source = ItemSource(
        parts=Items(Path(), list(item_names(paths, every=every, keep_going=how.keep_going))),
        left_out=[left for items in found for left in items.left_out],
        read=partial(read_item, options=chosen, every=every),
        files_of=lambda item: [item if (clip := Clip.of(item)) is None else clip.video],
        new_finish=lambda: named(inputs, None if twin_bits < 0 else twin_sieve(twin_bits)),
        given=[Path(given) for given in inputs],
        parts_per_unit=ITEMS_PER_UNIT,
        nothing="not one of {n} items gave an eye that is kept",
        labels=photo_labels(chosen),
        image_shape=(*chosen.size, 3) if chosen.color else chosen.size,
        facts={"source": "photographs", "every": every, "twin_bits": twin_bits, **stated(chosen)},
    )
    report = write_items(source, Path(output), how)
    left_out = counted(report.output, [*REASONS, *WORDS]) if report.rejected else {}
    if grid is not None:
        names = {name: path for path, name in short_names(inputs).items() if is_absolute(path)}
        outcome = Outcome(output=report.output, rejected=report.rejected, left_out=left_out, given=names)
        draw_photo_grid(outcome, grid, chosen)
    return replace(report, left_out=left_out)


def stated(options: PhotoOptions) -> dict[str, Any]:
    """The options as attributes of the output."""
    known = {each.name: getattr(options, each.name) for each in fields(options)}
    known |= {name: value.name for name, value in known.items() if isinstance(value, Path)}
    return {name: value if isinstance(value, (int, float)) else str(value) for name, value in known.items()}


def named(inputs: Iterable[Path | str], finish: Finish | None) -> Finish:
    """Finishes an eye, whose label `path` then begins with the name of its input, not with the folders above that."""
    paths = [Path(given).as_posix() for given in inputs]

    def name(item: Path, eye: Eye) -> Eye | LeftOut:
        found = eye if finish is None else finish(item, eye)
        if isinstance(found, LeftOut):
            return found
        return Eye(found.image, {**found.labels, "path": folders_out_of(found.labels["path"], paths)})

    return name


def files_of_input(given: Path) -> Items:
    """The pictures and videos of an input, in natural order.

    Raises:
        InputError: it is not there, or neither a folder with any, nor one itself.
    """
    if given.is_dir():
        found = find_files(given, is_wanted, other_endings=OTHER_PICTURES | OTHER_VIDEOS)
        if not len(found):
            raise InputError(f"{given}: expected pictures or videos in it, found none{instead(found)}.")
        return found
    if not given.exists():
        raise InputError(f"{given}: expected a picture, a video or a folder of them, there is nothing of that name.")
    if not is_wanted(given):
        raise InputError(f"{given}: expected a picture, a video or a folder of them; its ending is of neither.")
    return Items(given.parent, [given.name])


def is_wanted(path: Path) -> bool:
    """Whether a name ends as a picture's or a video's does."""
    return is_picture(path) or is_video(path)


def item_names(paths: Iterable[Path], *, every: int, keep_going: bool) -> Iterator[str]:
    """The items of files: a picture is one; a video as many as it has clips, and itself where it is damaged.

    Raises:
        InputError: a video that does not open. With `keep_going` it becomes an item, which then cannot be read.
    """
    for path in paths:
        if is_video(path):
            try:
                index = index_video(path, every=every)
            except InputError:
                if not keep_going:
                    raise
            else:
                yield from (clip.name for clip in index.clips)
                if index.missing is None:
                    continue
        yield path.as_posix()


def read_item(item: Path, *, options: PhotoOptions, every: int) -> list[Eye | LeftOut]:
    """The eyes of a picture, or of the frames of a clip, and what is left out of it.

    Raises:
        InputError: the file is damaged.
    """
    clip = Clip.of(item)
    if clip is not None:
        return eyes_of_frames(clip.video, read_frames(clip, every=every), options)
    if is_video(item):  # something is wrong with it: says what
        missing = f"ends early: {index_video(item, every=every).missing}"
        return [LeftOut(item.as_posix(), missing, on_purpose=True)]
    picture = read_upright(item, color=True, max_megapixels=options.max_megapixels)
    return eyes_of_frames(item, [(-1, picture)], options)


def eyes_of_frames(path: Path, frames: Iterable[tuple[int, Image.Image]], options: PhotoOptions) -> list[Eye | LeftOut]:
    """The eyes of numbered frames of a video, or of a picture, whose number is -1."""
    finder = open_finder(options.face_model, thorough=options.thorough)
    kept: list[Eye] = []
    left_out: list[LeftOut] = []
    for number, picture in frames:
        found = [(labelled(eye, path, number), eye.left_out) for eye in eyes_in(picture, finder, options)]
        kept += [eye for eye, reason in found if reason is None]
        left_out += [LeftOut(name_of(eye), reason, on_purpose=True) for eye, reason in found if reason is not None]
        if not found:
            left_out.append(LeftOut(place(path.as_posix(), number), NO_FACE, on_purpose=True))
    return [*left_out, *kept]


def labelled(eye: PhotoEye, path: Path, number: int) -> Eye:
    """An eye with the labels that say where it is from."""
    return Eye(eye.image, {**eye.labels, "path": path.as_posix(), "frame": number})


def place(path: str, number: int) -> str:
    """A picture, or a frame of a video, by name."""
    return path if number < 0 else f"{path}#{number}"


def name_of(eye: Eye) -> str:
    """An eye by name, for lists."""
    return f"{place(eye.labels['path'], eye.labels['frame'])} {eye.labels['eye']}"


def twin_sieve(twin_bits: int) -> Finish:
    """A sieve that leaves out eyes of a video that look like one of the last kept ones of that side."""
    remembered: dict[tuple[str, str], deque[int]] = defaultdict(lambda: deque(maxlen=TWINS_REMEMBERED))

    def sieve(item: Path, eye: Eye) -> Eye | LeftOut:
        if eye.labels["frame"] < 0:
            return eye
        known = remembered[eye.labels["path"], eye.labels["eye"]]
        grey = np.asarray(Image.fromarray(eye.image).convert("L"))
        own = difference_hash(grey)
        nearest = min((bits_apart(own, other) for other in known), default=HASH_BITS)
        if nearest <= twin_bits:
            reason = f"twin: {nearest} of {HASH_BITS} bits from an eye shortly before it"
            return LeftOut(name_of(eye), reason, on_purpose=True)
        known.append(own)
        return eye

    return sieve
