"""Parts of a labelled set: split by subject, hash or count, or drawn so that its gaze is spread as a target's is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.origin import same_files, settle_aloud
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.file_kinds import kind_of
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.label import PITCHYAW, KnownGaze, needed_gaze
from gazeaug.output_kinds import Kind
from gazeaug.outputs import check_output, real_path
from gazeaug.preparing.blocks import Block, write_blocks
from gazeaug.preparing.options import BlocksOptions
from gazeaug.renames import renamed

ROWS_AT_ONCE = 1024
BIN_DEGREES = 2.0
ALL = 1 - 1e-9  # shares that sum to it are the whole, up to rounding


@dataclass(frozen=True)
class Matched:
    """A set drawn anew."""

    n_images: int
    effective: float
    """Effective sample size: so many different rows would tell as much as the weighted ones do (Kish 1965)."""
    n_outside: int
    """Rows of the source whose gaze the target never has."""
    share_covered: float
    """Share of the target's gaze that the source has rows for."""


def split(
    path: Path | str,
    outputs: Sequence[Path | str],
    shares: Sequence[float],
    *,
    by: str = "row",
    seed: int = 0,
    overwrite: bool = False,
) -> list[int]:
    """Split a file into several, every row in one of them at most, in its order, labels bit for bit.

    Args:
        path: the eye file.
        outputs: one file a share.
        shares: parts of the whole that sum to 1 at most (or: numbers of rows, where any is above 1); rows that are
            left over are in none of the outputs.
        by: "row" draws single rows; the name of a label keeps rows with one value of it together (subjects, days);
            "hash" decides by the picture itself, so that equal pictures stay together and a grown set keeps its split.
        seed: of the draw.
        overwrite: replace existing outputs.

    Returns:
        Rows of each output.

    Raises:
        InputError: shares and outputs do not go together, no such label, or a part without rows.

    Example:
        >>> gazeaug.split("unityeyes.h5", ["train.h5", "test.h5"], [0.75, 0.25])
        [18, 6]
    """
    if len(outputs) != len(shares) or min(shares, default=0) <= 0:
        raise InputError(f"one share above 0 for each output is needed, got {len(shares)} for {len(outputs)}.")
    if len({real_path(Path(output)) for output in outputs} | {real_path(Path(path))}) <= len(outputs):
        raise InputError("the outputs and the input must be different files.")
    check_shares(shares)
    for output in outputs:
        check_output(Path(output), overwrite=overwrite, kind=Kind.EYES)
    with open_eyes(path) as eyes:
        part = parts_of(eyes, np.asarray(shares, float), by, seed)
        written = []
        for i, output in enumerate(outputs):
            facts = {"part": i, "shares": list(shares), "by": by, "seed": seed}
            written.append(take(eyes, (part == i).astype(int), Path(output), facts, overwrite=overwrite))
    return written


def check_shares(shares: Sequence[float]) -> None:
    """Refuse shares that are more than the whole; numbers of rows, where any is above 1, are checked with the file.

    Raises:
        InputError: naming the shares and their sum.
    """
    if max(shares) <= 1 and sum(shares) > 1 + 1e-9:
        given = ", ".join(f"{share:g}" for share in shares)
        raise InputError(f"the shares {given} sum to {sum(shares):g}; they must sum to 1 or less.")


def parts_of(eyes: EyeFile, shares: NDArray[np.float64], by: str, seed: int) -> NDArray[np.int64]:
    """The part that each row belongs to; -1 for rows that counts leave over."""
    if by == "hash":
        places = hashes(eyes, seed)
        edges = np.cumsum(shares if shares.sum() < ALL else shares / shares.sum())
        part = np.searchsorted(edges, places, side="right")
        last = -1 if shares.sum() < ALL else len(shares) - 1  # the last edge may fall a rounding short of 1
        return np.where(part < len(shares), part, last)
    dice = np.random.default_rng(seed)
    if by == "row":
        return dealt(dice.permutation(eyes.n_images), shares)
    values = label_texts(eyes, by)
    names = sorted(set(values))
    if len(names) < len(shares):
        raise InputError(f"{eyes.path}: '{by}' has {len(names)} values, too few for {len(shares)} parts.")
    group = dealt(dice.permutation(len(names)), shares)
    of_name = dict(zip(names, group, strict=True))
    return np.array([of_name[value] for value in values])


def dealt(order: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Deal things in a random order to parts, by share, or by count where one is above 1; each gets one at least."""
    n = len(order)
    counts = shares if shares.max() > 1 else shares * n / max(1.0, shares.sum())
    if counts.sum() > n + 1e-6:
        raise InputError(f"{int(counts.sum())} rows are asked for, there are {n}.")
    edges = np.rint(np.cumsum(counts)).astype(int)
    edges = np.clip(edges, np.arange(1, len(edges) + 1), n - np.arange(len(edges))[::-1])
    part = np.full(n, -1)
    part[order] = np.where(np.arange(n) < edges[-1], np.searchsorted(edges, np.arange(n), side="right"), -1)
    return part


def hashes(eyes: EyeFile, seed: int) -> NDArray[np.float64]:
    """A number from 0 to 1 for each row, of its picture and the seed alone."""
    found = np.empty(eyes.n_images)
    key = seed.to_bytes(8, "little", signed=True)
    for start in range(0, eyes.n_images, ROWS_AT_ONCE):
        for i, image in enumerate(eyes.read_images(start, min(start + ROWS_AT_ONCE, eyes.n_images))):
            digest = hashlib.blake2b(image.tobytes(), digest_size=8, key=key).digest()
            found[start + i] = int.from_bytes(digest, "little") / 2**64
    return found


def label_texts(eyes: EyeFile, name: str) -> list[str]:
    """A label's values as text."""
    eyes.choose_labels([name])
    values = eyes.read_label(name, 0, eyes.n_images)
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


@renamed(n="rows")
def match_gaze(
    path: Path | str,
    target: Path | str,
    output: Path | str,
    *,
    rows: int | None = None,
    bin_degrees: float = BIN_DEGREES,
    convention: str | None = None,
    target_convention: str | None = None,
    seed: int = 0,
    force: bool = False,
    overwrite: bool = False,
) -> Matched:
    """Draw rows of a labelled set, some several times, so that its pitch and yaw are spread as the target's are.

    Args:
        path: the eye file to draw from.
        target: an eye file with gaze, or an .npz with `gaze_pitchyaw` (radians, MPIIGaze's signs).
        output: the eye file to write; its rows keep the source's order.
        rows: how many to draw; as many as the source has where None.
        bin_degrees: width of the histogram's bins.
        convention: of the gaze of `path`, where its attributes do not say.
        target_convention: of the gaze of `target`.
        seed: of the draw.
        force: draw although input and target are one file.
        overwrite: replace an existing output.

    Returns:
        Rows of the output, and how well the two go together.

    Raises:
        InputError: one file as input and target, no gaze, an unknown convention, an option out of range,
            or sets whose gaze nowhere meets.

    Example:
        >>> gazeaug.match_gaze("unityeyes.h5", "real.h5", "matched.h5", bin_degrees=45, rows=40).n_images
        40
    """
    if not 0.1 <= bin_degrees <= 45:
        raise InputError(f"--bin-degrees must be from 0.1 to 45, got {bin_degrees:g}.")
    if rows is not None and rows < 1:
        raise InputError(f"--rows must be at least 1, got {rows}.")
    check_output(Path(output), overwrite=overwrite, kind=Kind.EYES)
    settle_aloud(same_files([("input", path), ("--target", target)]), force=force)
    wanted = target_angles(Path(target), target_convention)
    with open_eyes(path) as eyes:
        bins, counts = np.unique(np.floor(wanted / bin_degrees).astype(int), axis=0, return_counts=True)
        goal = {tuple(place): count / len(wanted) for place, count in zip(bins.tolist(), counts, strict=True)}
        own = [tuple(place) for place in np.floor(file_angles(eyes, convention) / bin_degrees).astype(int).tolist()]
        places, crowd = np.unique(np.array(own), axis=0, return_counts=True)
        here = {tuple(place): int(count) for place, count in zip(places.tolist(), crowd, strict=True)}
        weights = np.array([goal.get(place, 0.0) / here[place] for place in own])
        if not weights.any():
            raise InputError(f"{path}: no row has a gaze in the range of {target}; there is nothing to draw.")
        weights /= weights.sum()
        drawn = np.random.default_rng(seed).multinomial(rows or eyes.n_images, weights)
        facts = {"target": Path(target).name, "bin_degrees": bin_degrees, "seed": seed}
        n_written = take(eyes, drawn, Path(output), facts, overwrite=overwrite)
        covered = sum(share for place, share in goal.items() if place in here)
        return Matched(n_written, float(1 / (weights**2).sum()), int((weights == 0).sum()), covered)


def target_angles(path: Path, convention: str | None) -> NDArray[np.float64]:
    """Pitch and yaw in degrees of an eye file or an .npz."""
    if path.suffix != ".npz":
        with open_eyes(path) as eyes:
            return file_angles(eyes, convention)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = np.asarray(arrays["gaze_pitchyaw"], np.float64)
    except (OSError, KeyError, ValueError) as error:
        kind = kind_of(path)
        why = f" without it ({error})" if kind.startswith("NumPy arrays") else ""
        raise InputError(f"{path}: expected an .npz with gaze_pitchyaw (N, 2), found {kind}{why}.") from error
    if found.ndim != 2 or found.shape[1] != 2 or not len(found):
        raise InputError(f"{path}: gaze_pitchyaw must be numbers of shape (N, 2), found {found.shape}.")
    return np.rad2deg(KnownGaze("gaze_pitchyaw", PITCHYAW, f"{path}: gaze_pitchyaw").pitchyaw(found))


def file_angles(eyes: EyeFile, convention: str | None) -> NDArray[np.float64]:
    """Pitch and yaw in degrees, (N, 2)."""
    gaze = needed_gaze(eyes.labels, str(eyes.path), convention=convention)
    return CONVENTIONS["degrees"].of_look_vec(gaze.look_vec(eyes.read_label(gaze.label, 0, eyes.n_images)))


def take(eyes: EyeFile, counts: NDArray[np.int64], output: Path, facts: dict[str, Any], *, overwrite: bool) -> int:
    """Write each row as often as it is counted, in order, labels bit for bit."""

    def blocks() -> Any:
        for start in range(0, eyes.n_images, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, eyes.n_images)
            rows = np.repeat(np.arange(stop - start), counts[start:stop])
            if len(rows):
                labels = {name: eyes.read_label(name, start, stop) for name in eyes.labels}
                yield Block(eyes.read_images(start, stop), labels)[rows]

    eyes.choose_labels(None)
    source = str(eyes.attributes.get("source", "eye file"))
    facts = {"source": source, "input": eyes.path.name, "input_provenance": eyes.provenance, **facts}
    return write_blocks(blocks(), output, eyes.labels, facts, BlocksOptions(overwrite=overwrite), eyes.copied)
