"""What a conversion hands to its target: blocks of rows with the gaze as angles, and labels as each target holds them.

Shape suffixes: N rows, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.pictures import to_grey, to_rgb
from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.pixel_labels import Move
from gazeaug.eyefile.reader import EyeFile
from gazeaug.eyefile.row_checks import refuse
from gazeaug.gaze.head import KnownHead
from gazeaug.gaze.label import KnownGaze
from gazeaug.gaze.sides import in_words, side_label
from gazeaug.pictures.crops import resize_pictures
from gazeaug.progress import progress

ROWS_AT_ONCE = 512
SUBJECT = "subject"
GAZE = "gaze_pitchyaw"  # the column of a table that holds pitch and yaw, beside look_vec
TAKEN = ("image", "file_name", GAZE)
TEXT_CLASS = h5py.h5t.STRING
WHOLE = 2**53  # below it floats hold every whole number


@dataclass(frozen=True, kw_only=True)
class Block:
    """Consecutive rows of the source."""

    start: int
    images: NDArray[np.uint8]
    """uint8 (N, H, W) or (N, H, W, 3) RGB."""
    pitchyaw: NDArray[np.float64] | None
    """(N, 2) radians, up and image-left positive; None where the source has no gaze."""
    head: NDArray[np.float64]
    """(N, 2) pitch and yaw of the head in radians; zeros where the source does not have them."""
    persons: list[str] | None
    """The person of every row, where the source names them."""
    labels: dict[str, NDArray[Any]]
    """Those that the target holds under their own names, as stored, or moved along with the pictures."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """An open source as a target sees it."""

    eyes: EyeFile
    labels: tuple[str, ...]
    """Labels that the target holds under their own names."""
    gaze: KnownGaze | None
    """Where the gaze is and what its numbers mean; None where there is none, or it is not known."""
    head: KnownHead | None = None
    """The same of the pose of the head."""
    person: str = SUBJECT
    """The label that names persons."""
    size: tuple[int, int] | None = None
    """(H, W) that pictures are brought to; None leaves them."""
    color: bool | None = None
    """Whether pictures are brought to RGB, or to grey; None leaves them."""
    moves: Mapping[str, Move] = field(default_factory=dict)
    """Labels in pixels, which go along with the pictures."""

    @property
    def n_images(self) -> int:
        """Rows in all."""
        return self.eyes.n_images

    @property
    def image_shape(self) -> tuple[int, ...]:
        """(H, W) or (H, W, 3) of the pictures handed out."""
        size = self.eyes.image_shape[:2] if self.size is None else self.size
        return size if self.channels == 1 else (*size, self.channels)

    @property
    def channels(self) -> int:
        """1 or 3 of the pictures handed out."""
        return self.eyes.channels if self.color is None else 3 if self.color else 1

    @property
    def n_image_bytes(self) -> int:
        """Bytes of one picture, not encoded."""
        return int(np.prod(self.image_shape))

    @property
    def has_persons(self) -> bool:
        """Whether there is a label that names persons, with one value a row."""
        return self.person in self.eyes.labels and names_persons(self.eyes.labels[self.person])

    @property
    def side(self) -> str | None:
        """The label that says of each row whether it is a left or a right eye."""
        return side_label(self.eyes.labels)

    def spans(self, n_rows: int = ROWS_AT_ONCE) -> Iterator[tuple[int, int]]:
        """Start and stop of all rows, some at a time."""
        for start in range(0, self.n_images, n_rows):
            yield start, min(start + n_rows, self.n_images)

    def blocks(self) -> Iterator[Block]:
        """All rows in order, with a progress bar."""
        with progress("converting", self.n_images, unit="eyes") as bar:
            for start, stop in self.spans():
                yield self.block(start, stop)
                bar.update(stop - start)

    def block(self, start: int, stop: int) -> Block:
        """Rows start..stop-1."""
        return Block(
            start=start,
            images=self.images(start, stop),
            pitchyaw=None if self.gaze is None else self.pitchyaw(self.gaze, start, stop),
            head=self.head_pitchyaw(start, stop),
            persons=self.persons(start, stop) if self.has_persons else None,
            labels={name: self.read_label(name, start, stop) for name in self.labels},
        )

    def images(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Pictures of rows start..stop-1 in the size and with the channels that are wanted."""
        images = self.eyes.read_images(start, stop)
        if self.size is not None:
            images = resize_pictures(images, self.size)
        return images if self.color is None else to_rgb(images) if self.color else to_grey(images)

    def label(self, name: str) -> Label:
        """What a label that goes over looks like."""
        return self.moves[name].label if name in self.moves else self.eyes.labels[name]

    def read_label(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Rows start..stop-1 of a label that goes over."""
        values = self.eyes.read_label(name, start, stop)
        return self.moves[name](values) if name in self.moves else values

    def pitchyaw(self, gaze: KnownGaze, start: int, stop: int) -> NDArray[np.float64]:
        """Gaze of rows start..stop-1 as (N, 2) pitch (up positive) and yaw (image-left positive) in radians."""
        return gaze.pitchyaw(self.eyes.read_label(gaze.label, start, stop), start)

    def head_pitchyaw(self, start: int, stop: int) -> NDArray[np.float64]:
        """Pitch and yaw of the head in rows start..stop-1, (N, 2) radians; zeros where they are not known."""
        if self.head is None:
            return np.zeros((stop - start, 2))
        return self.head.pitchyaw(self.eyes.read_label(self.head.label, start, stop), start)

    def head_rotation(self, start: int, stop: int) -> NDArray[np.float64]:
        """Rotation vectors of the head in OpenCV's camera frame, (N, 3) radians; zeros where they are not known."""
        if self.head is None:
            return np.zeros((stop - start, 3))
        return self.head.rotation(self.eyes.read_label(self.head.label, start, stop), start)

    def sides(self, start: int, stop: int) -> list[str] | None:
        """What the label of the side says of each of these rows; None where there is none."""
        if self.side is None:
            return None
        values = in_words(self.eyes.read_label(self.side, start, stop), self.eyes.labels[self.side])
        return [str(as_text(value, self.side)) for value in values]

    def persons(self, start: int, stop: int) -> list[str]:
        """The person of each of these rows, as text.

        Raises:
            InputError: the label's rows are no UTF-8, or no whole numbers; they are named.
        """
        values, where = self.eyes.read_label(self.person, start, stop), f"{self.eyes.path}: label '{self.person}'"
        if values.dtype.kind == "f":
            named = f"{where} names persons, so its numbers must be whole"
            with np.errstate(invalid="ignore"):
                refuse(~(np.abs(values) < WHOLE) | (values != np.floor(values)), start, named, "others")
            values = values.astype(np.int64)
        try:
            return [value.decode() if isinstance(value, bytes) else str(value) for value in values]
        except UnicodeDecodeError as error:
            raise InputError(f"{where} must name persons in UTF-8, found {error.object!r}.") from None


def names_persons(label: Label) -> bool:
    """Whether a label can name persons: one text or number a row, which must be whole."""
    return label.shape == () and (is_text(label) or label.dtype.kind in "iuf")


def is_plain(label: Label) -> bool:
    """Whether a label is numbers of at most 8 bytes, true or false, or text: what tables and JSON can hold."""
    if 0 in label.shape:  # no value in any row
        return False
    return is_text(label) or (label.dtype.kind in "iufb" and label.dtype.itemsize <= 8)


def is_text(label: Label) -> bool:
    """Whether a label is text, of one length or of any."""
    return label.dtype.kind == "S" or (label.dtype.kind == "O" and label.h5_type.get_class() == TEXT_CLASS)


def flat_name(name: str) -> str:
    """A label's name where there are no groups."""
    return name.replace("/", "_")


def check_names(rows: Rows) -> None:
    """Refuse two labels for one column of a table.

    Raises:
        InputError: naming the column.
    """
    flat = [*TAKEN, *map(flat_name, rows.labels)]
    for name in flat:
        if flat.count(name) > 1:
            raise InputError(
                f"{rows.eyes.path}: two labels would become the column '{name}'; name others with --labels."
            )


def as_text(value: Any, label: str) -> Any:
    """Bytes of a label as text, anything else as it is.

    Raises:
        InputError: the bytes are no UTF-8; the label is named.
    """
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"label '{label}': expected text in UTF-8, found {value[:60]!r}; name the other labels with --labels."
        ) from None


def as_plain(value: Any, label: str) -> Any:
    """A label's value as numbers, text and lists of them, exact to the last bit; raises as `as_text`."""
    if isinstance(value, np.ndarray):
        return [as_plain(item, label) for item in value]
    return as_text(value.item() if isinstance(value, np.generic) else value, label)


def distinct(values: Iterable[str]) -> list[str]:
    """Each value once, in the order of first appearance."""
    return list(dict.fromkeys(values))
