"""Whether a refined file is still what was written, and whether its labels are those of the input, bit for bit.

Labels in pixels of pictures that were resized must be, bit for bit, those of the input moved along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.eyefile.rows import EyeRows, Span
from gazeaug.file_kinds import but_found, kind_of
from gazeaug.outputs import is_same_file
from gazeaug.pictures.crops import resizing_of
from gazeaug.refining.joining import one_network
from gazeaug.runtime.identity import ModelIdentity, file_sha256
from gazeaug.units.checksums import ROWS_AT_ONCE, UNITS_SHA256, changed_units, first_unlike, original_labels
from gazeaug.units.worklog import Worklog


@dataclass(frozen=True)
class Verified:
    """What was found to be right."""

    n_images: int
    n_units: int
    labels: list[str]
    """Labels that equal the input's; empty without one."""
    moved: list[str]
    """Those among them that equal it once they are moved along with the resized pictures."""


def verify(
    path: Path | str,
    *,
    against: Path | str | Sequence[Path | str] | None = None,
    model: Path | str | None = None,
) -> Verified:
    """Check a refined file.

    Args:
        path: what `refine-dataset` wrote.
        against: its input, or its inputs in their order, to compare every label with.
        model: the ONNX file that is said to have refined it.

    Returns:
        What was found to be right: rows, units, and the labels that equal the input's.

    Raises:
        InputError: not an eye file, no checksums in it and nothing to compare with, rows that cannot be read, shards of
            several networks, or the file itself to compare it with.
        RunError: rows have changed since they were written, are missing, have labels other than the input's, or were
            refined by another network.

    Example:
        >>> report = gazeaug.refine("unityeyes.h5", model="refiner.onnx", output="verified.h5", device="cpu")
        >>> gazeaug.verify("verified.h5", against="unityeyes.h5").labels
        ['look_vec']
    """
    with open_eyes(path) as eyes:
        if shards := sorted(Worklog(Path(path), {}).shards_folder.glob("unit-*.h5")):
            one_network(shards)
        if model is not None:
            same_network(eyes, Path(model))
        n_units = 0
        if against is None or UNITS_SHA256 in eyes.attributes:
            for index, start, stop in changed_units(eyes):
                raise RunError(
                    f"{eyes.path}: unit {index}, rows {start} to {stop - 1}, is no longer what was written; refine the "
                    "input again."
                )
            n_units = len(eyes.attributes[UNITS_SHA256])
        labels: list[str] = []
        moved: list[str] = []
        if against is not None:
            paths = [against] if isinstance(against, str | Path) else against
            if any(is_same_file(Path(given), eyes.path) for given in paths):
                raise InputError(
                    f"{eyes.path}: is given as its own input, which proves nothing; name what was refined."
                )
            left_out = [Span(*span) for span in eyes.provenance.get("left_out", [])]
            with EyeRows([Path(path) for path in paths], left_out=left_out) as given:
                moved = moved_along(eyes, given)
                labels = same_labels(eyes, given, moved)
        return Verified(eyes.n_images, n_units, labels, moved)


def moved_along(eyes: EyeFile, given: EyeRows) -> list[str]:
    """The labels that resizing has moved, which `given` gives as they are in the refined pictures from here on."""
    if eyes.image_shape[:2] == given.image_shape[:2]:
        return []
    names = [name for name in original_labels(eyes) if name in given.labels]
    return given.move_labels(names, resizing_of(given.image_shape, eyes.image_shape))


def same_network(eyes: EyeFile, model: Path) -> None:
    """Whether a file was refined by a model, weights beside it and all.

    Raises:
        InputError: the file does not say what refined it, or there is no such model.
        RunError: it was another network.
    """
    written = eyes.provenance.get("model_sha256")
    if written is None:
        raise InputError(f"{eyes.path}: does not say which model refined it, so --model has nothing to compare with.")
    if not model.is_file():
        raise InputError(f"{model}: expected an ONNX model, {but_found(model)}.")
    if not (kind := kind_of(model)).startswith(("an ONNX model", "no known kind")):
        raise InputError(f"{model}: expected an ONNX model, found {kind}.")
    identity = ModelIdentity.of(model)
    if written == identity.sha256:
        return
    if identity.weights and written == file_sha256(model):
        names = ", ".join(each.path.name for each in identity.weights)
        raise RunError(
            f"{eyes.path}: was written by a version of gazeaug that looked at {model.name} alone, so nobody knows "
            f"which weights ({names}) refined it; refine the input again."
        )
    raise RunError(
        f"{eyes.path}: was refined by another network than {model} (SHA-256 {str(written)[:12]}, not "
        f"{identity.sha256[:12]}); refine the input again, or name the model that did it."
    )


def same_labels(eyes: EyeFile, given: EyeRows, moved: Sequence[str] = ()) -> list[str]:
    """The labels of a file, each found equal to the input's, rows that were left out passed over."""
    limit = eyes.provenance.get("limit")
    expected = given.n_images if limit is None else min(limit, given.n_images)
    if eyes.n_images != expected:
        raise RunError(f"{eyes.path}: holds {eyes.n_images} rows, {given.path} has {expected} for it.")
    names = original_labels(eyes)
    for name in names:
        if name not in given.labels:
            raise RunError(f"{eyes.path}: label '{name}' is not in {given.path}.")
        if not eyes.labels[name].h5_type.equal(given.labels[name].h5_type):
            raise RunError(f"{eyes.path}: label '{name}' is {eyes.labels[name].dtype}, not as in {given.path}.")
        for start in range(0, eyes.n_images, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, eyes.n_images)
            found, wanted = (file.read_label(name, start, stop) for file in (eyes, given))
            if found.shape != wanted.shape:
                raise RunError(f"{eyes.path}: label '{name}' has rows of {found.shape[1:]}, not {wanted.shape[1:]}.")
            if (row := first_unlike(found, wanted)) is not None:
                along = ", moved along with the resized pictures" if name in moved else ""
                raise RunError(f"{eyes.path}: row {start + row} of '{name}' is not that of {given.path}{along}.")
    if not names:
        raise InputError(f"{eyes.path}: holds no labels to compare.")
    return sorted(names)
