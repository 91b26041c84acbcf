"""Gaze and other labels: wrong inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from gazeaug.eyefile.pixel_labels import IN_CROP
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES
from gazeaug.gaze.conventions import CONVENTIONS
from tests.bad_input.case import Case
from tests.makers import models

TITLE = "Gaze and other labels"
N, SIZE = 8, (35, 55)
AHEAD = np.tile([0.0, 0, -1], (N, 1))


def eyes(attributes: dict[str, dict[str, Any]] | None = None, **labels: ArrayLike) -> Callable[[Path], None]:
    """Makes in.h5 with some labels and their attributes."""

    def make(folder: Path) -> None:
        with h5py.File(folder / "in.h5", "w") as file:
            file["image"] = np.random.default_rng(0).integers(0, 256, (N, *SIZE), dtype=np.uint8)
            for name, values in labels.items():
                file[name] = np.asarray(values)
                file[name].attrs.update((attributes or {}).get(name, {}))

    return make


def with_row(values: ArrayLike, row: int, bad: ArrayLike) -> np.ndarray:
    """The values with another row in the place of one."""
    changed = np.array(values, np.float64)
    changed[row] = bad
    return changed


def xgaze_of_vectors(folder: Path) -> None:
    """A file of ETH-XGaze whose gaze is vectors."""
    with h5py.File(folder / "in.h5", "w") as file:
        file["face_patch"], file["face_gaze"] = np.zeros((N, 24, 24, 3), np.uint8), AHEAD


def landmarks_and_model(attributes: dict[str, Any]) -> Callable[[Path], None]:
    """Makes in.h5 with points, and a refiner of another size."""

    def make(folder: Path) -> None:
        eyes({"iris_2d": attributes}, look_vec=AHEAD, iris_2d=np.ones((N, 4, 2)))(folder)
        models.inverting(folder / "refiner.onnx", 16, 18)

    return make


def pictures_and_table(*lines: str, size: tuple[int, int] = SIZE) -> Callable[[Path], None]:
    """Makes a folder of one picture, and a table."""

    def make(folder: Path) -> None:
        (folder / "crops").mkdir()
        Image.fromarray(np.zeros(size, np.uint8)).save(folder / "crops" / "1.png")
        (folder / "t.csv").write_text("\n".join(lines) + "\n")

    return make


ANGLES = CONVENTIONS["mpiigaze"].attributes
CASES = (
    Case(
        given="vectors read as angles",
        make=eyes(gaze=AHEAD),
        command="convert in.h5 --to xgaze -o out.h5 --convention mpiigaze",
        said="in.h5: label 'gaze' has 3 numbers a row, mpiigaze has 2 (pitch, yaw); state the convention that it is in",
        means="A convention for vectors has three numbers a row, one for angles has two. The label has another number.",
        do="State the right convention: three numbers are a vector (`unityeyes`, `opencv`, `opengl`), two are angles.",
    ),
    Case(
        given="vectors read as angles, by `inspect`",
        make=eyes(gaze=AHEAD),
        command="inspect in.h5 --convention mpiigaze",
        said="in.h5: label 'gaze' has 3 numbers a row, mpiigaze has 2",
        means="As above.",
        do="As above; `inspect --grid` draws the arrows for a convention.",
    ),
    Case(
        given="angles read as vectors",
        make=eyes(gaze=np.zeros((N, 2))),
        command="match in.h5 --target in.h5 -o out.h5 --convention opencv --target-convention opencv --force",
        said="in.h5: label 'gaze' has 2 numbers a row, opencv has 3 or 4 (x, y, z)",
        means="A convention for vectors has three numbers a row, one for angles has two. The label has another number.",
        do="State an angle convention: `mpiigaze`, `gazehub`, `degrees`, ...",
    ),
    Case(
        given="attributes of angles at vectors",
        make=eyes({"gaze": ANGLES}, gaze=AHEAD),
        command="prepare eyes in.h5 -o out.h5",
        said="in.h5: label 'gaze' has 3 numbers a row, mpiigaze has 2",
        means="The label's attributes do not agree with its number of columns.",
        do="Correct the attributes, with h5py or where the file is made.",
    ),
    Case(
        given="an ETH-XGaze file with vectors",
        make=xgaze_of_vectors,
        command="prepare xgaze in.h5 -o out.h5",
        said="in.h5: label 'face_gaze' has 3 numbers a row, mpiigaze has 2 (pitch, yaw)",
        means="ETH-XGaze's files hold pitch and yaw there.",
        do="This is not a file of ETH-XGaze: rename the pictures to `image`, mark the gaze, and use `prepare eyes`.",
    ),
    Case(
        given="degrees stated to be radians against an attribute",
        make=eyes({"gaze": {"units": "degrees"}}, gaze=np.full((N, 2), 3.0)),
        command="convert in.h5 --to xgaze -o out.h5 --convention mpiigaze",
        said="its attribute units says 'degrees', --convention mpiigaze says 'radians'.",
        means="The option contradicts the label's attributes.",
        do="State the convention with those units (`degrees`), or correct the attribute.",
    ),
    Case(
        given="degrees read as radians",
        make=eyes(gaze=np.full((N, 2), 10.5)),
        command="convert in.h5 --to xgaze -o out.h5 --convention mpiigaze",
        said="angles in radians, found more than a full turn (10.5, 10.5) in rows 0, 1, 2 and more; are they degrees?",
        means="No angle is larger than a full turn: the numbers are in another unit.",
        do="State `degrees`, or another convention with the right unit.",
    ),
    Case(
        given="text in the place of a gaze",
        make=eyes(gaze=np.array([b"left"] * N)),
        command="inspect in.h5 --convention mpiigaze",
        said="in.h5: label 'gaze' must be numbers to be mpiigaze, found text or objects.",
        means="The label holds no numbers.",
        do="Rename that label, and store the gaze under this name.",
    ),
    Case(
        given="a zero vector in look_vec",
        make=eyes({"look_vec": LOOK_VEC_ATTRIBUTES}, look_vec=with_row(AHEAD, 5, 0)),
        command="convert in.h5 --to gazehub -o out",
        said="in.h5: 'look_vec' must be directions, found vectors of length 0 in row 5; correct such rows",
        means="A vector of length 0 has no direction. Every command refuses it when it opens the file.",
        do="`gazeaug prepare eyes in.h5 -o clean.h5 --keep-going` leaves such rows out and lists them.",
    ),
    Case(
        given="a zero vector in look_vec that is left out",
        make=eyes({"look_vec": LOOK_VEC_ATTRIBUTES}, look_vec=with_row(AHEAD, 5, 0)),
        command="prepare eyes in.h5 -o clean.h5 --keep-going",
        said="listed in clean.h5.rejected.csv: 1 item that cannot be read",
        means="The row is not in the output.",
        do="Nothing.",
        status=0,
    ),
    Case(
        given="a zero vector in another gaze",
        make=eyes(gaze=with_row(AHEAD, 5, 0)),
        command="convert in.h5 --to gazehub -o out --convention opencv",
        said="in.h5: label 'gaze' must be directions, found vectors of length 0 in row 5;",
        means="As above, for another label than `look_vec`.",
        do="As above.",
    ),
    Case(
        given="NaN in a gaze",
        make=eyes({"gaze": ANGLES}, gaze=with_row(np.zeros((N, 2)), 3, np.nan)),
        command="convert in.h5 --to mpiigaze-h5 --size 36x60 -o out.h5",
        said="in.h5: label 'gaze' must be finite, found NaN or infinity in row 3; correct such rows",
        means="The row has no gaze.",
        do="`gazeaug prepare eyes in.h5 -o clean.h5 --keep-going` leaves such rows out and lists them.",
    ),
    Case(
        given="NaN in a gaze that is copied",
        make=eyes({"gaze": ANGLES}, gaze=with_row(np.zeros((N, 2)), 3, np.nan)),
        command="prepare eyes in.h5 -o out.h5",
        said="found NaN or infinity in row 3; … (--keep-going leaves such items out)",
        means="As above.",
        do="`--keep-going` leaves such rows out and lists them.",
    ),
    Case(
        given="an infinite gaze in a file whose drift is measured",
        make=eyes({"gaze": ANGLES}, gaze=with_row(np.zeros((N, 2)), 3, np.inf)),
        command="drift in.h5 in.h5 --force",
        said="in.h5: label 'gaze' must be finite, found NaN or infinity in row 3;",
        means="As above.",
        do="As above.",
    ),
    Case(
        given="vectors of other lengths",
        make=eyes(gaze=AHEAD * 600),
        command="convert in.h5 --to xgaze -o out.h5 --convention opencv",
        said="gaze: vectors are 600 long and not 1; only their direction is taken",
        means="The numbers may be positions or angles. They are used as directions all the same.",
        do="Check the convention with `inspect --grid`.",
        status=0,
    ),
    Case(
        given="a table of degrees stated to be radians",
        make=pictures_and_table("file,pitch,yaw", "1.png,10.5,20"),
        command="prepare folder crops -o out.h5 --labels t.csv --convention mpiigaze",
        said="t.csv: label 'gaze' is read as mpiigaze, angles in radians, found more than a full turn",
        means="No angle is larger than a full turn.",
        do="`--convention degrees`.",
    ),
    Case(
        given="a table with a zero vector",
        make=pictures_and_table("file,look_vec_0,look_vec_1,look_vec_2", "1.png,0,0,0"),
        command="prepare folder crops -o out.h5 --labels t.csv",
        said="t.csv: line 2: 'look_vec' of 1.png must be a direction, found [0, 0, 0].",
        means="The picture has no gaze.",
        do="Delete its line, and leave such pictures out with `--keep-going`.",
    ),
    Case(
        given="a head pose that does not say its unit",
        make=eyes({"gaze": ANGLES}, gaze=np.zeros((N, 2)), head_pose=np.full((N, 2), 10.5)),
        command="convert in.h5 --to xgaze -o out.h5",
        said="head pose: zeros, as 'head_pose' says nothing of its numbers; --head-convention states it",
        means="The numbers may be degrees or radians, so the target gets no head pose.",
        do="`--head-convention degrees` (or `rotation-vector`, ...), or give the label the attribute `units`.",
        status=0,
    ),
    Case(
        given="a head pose in degrees stated to be radians",
        make=eyes({"gaze": ANGLES}, gaze=np.zeros((N, 2)), head_pose=np.full((N, 2), 10.5)),
        command="convert in.h5 --to xgaze -o out.h5 --head-convention mpiigaze",
        said="label 'head_pose' is read as mpiigaze, angles in radians, found more than a full turn (10.5, 10.5)",
        means="No angle is larger than a full turn.",
        do="`--head-convention degrees`.",
    ),
    Case(
        given="UnityEyes' head pose stated to be a rotation vector",
        make=eyes(
            {"gaze": ANGLES, "head_pose": {"units": "degrees"}}, gaze=np.zeros((N, 2)), head_pose=np.full((N, 3), 10.5)
        ),
        command="convert in.h5 --to faze -o out.h5 --head-convention rotation-vector",
        said="label 'head_pose': its attribute units says 'degrees', --head-convention rotation-vector says 'radians'.",
        means="The option contradicts the label's attributes.",
        do="`--head-convention unityeyes`.",
    ),
    Case(
        given="a rotation vector in degrees",
        make=eyes({"gaze": ANGLES}, gaze=np.zeros((N, 2)), head_pose=np.full((N, 3), 10.5)),
        command="convert in.h5 --to faze -o out.h5 --head-convention rotation-vector",
        said="label 'head_pose' is read as a rotation vector in radians, found more than a full turn (10.5,",
        means="The length of a rotation vector is its angle in radians, and no angle is larger than a full turn.",
        do="Convert it to radians when you make the file.",
    ),
    Case(
        given="a head convention for a target without a head pose",
        make=eyes({"gaze": ANGLES}, gaze=np.zeros((N, 2))),
        command="convert in.h5 --to npz -o out.npz --head-convention degrees",
        said="--head-convention is for targets with a head pose (mpiigaze-h5, xgaze, gazehub, faze), not for npz.",
        means="The option would have no effect.",
        do="Leave it out.",
    ),
    Case(
        given="landmarks without units and axes",
        make=eyes(look_vec=AHEAD, iris_2d=np.ones((N, 4, 2))),
        command="prepare eyes in.h5 -o out.h5 --size 70x110",
        said="in.h5: label 'iris_2d' seems to hold positions in pixels, which resizing would not move; say by",
        means="If pictures are resized, the label must be scaled too; `drift` and `train` also use it.",
        do='Give it `units` and `axes` (see docs/sources.md, "Labels in pixels"), or its true units; or leave it out.',
    ),
    Case(
        given="the same, refined with --resize",
        make=landmarks_and_model({}),
        command="refine-dataset in.h5 -m refiner.onnx --resize",
        said="in.h5: label 'iris_2d' seems to hold positions in pixels, which resizing would not move",
        means="As above.",
        do="As above; `--labels look_vec` leaves it out.",
    ),
    Case(
        given="a mask for each picture",
        make=eyes(look_vec=AHEAD, mask=np.zeros((N, 35, 55), np.uint8)),
        command="prepare eyes in.h5 -o out.h5 --size 70x110",
        said="in.h5: label 'mask' has a value for each pixel of the pictures of 35x55, and resizing would not",
        means="Labels with a value for each pixel, such as masks, are not resized with the pictures.",
        do="Leave it out, or resize it when you make the file.",
    ),
    Case(
        given="the pupil in pixels, a label each for x and y",
        make=eyes(look_vec=AHEAD, pupil_x=np.ones(N), pupil_y=np.ones(N)),
        command="prepare eyes in.h5 -o out.h5 --size 70x110",
        said="in.h5: label 'pupil_x' seems to hold positions in pixels, which resizing would not move; say by",
        means="As for landmarks.",
        do="Combine the two into one label with two numbers a row, and give it `units` and `axes`; or give it "
        "its true units.",
    ),
    Case(
        given="landmarks in pixels with y up",
        make=eyes({"iris_2d": {"units": "pixels", "axes": "x right, y up"}}, iris_2d=np.ones((N, 4, 2))),
        command="convert in.h5 --to npz -o out.npz --size 36x60",
        said="label 'iris_2d' is in pixels, and resizing would not move it: its attributes say no axes",
        means="Positions can be moved only if y goes down and the attributes say whether centres or edges of "
        "pixels are at whole numbers.",
        do='Convert them, and give them the attributes of docs/sources.md, "Labels in pixels".',
    ),
    Case(
        given="landmarks in pixels, refined with --resize",
        make=landmarks_and_model(IN_CROP),
        command="refine-dataset in.h5 -m refiner.onnx --resize --device cpu",
        said="labels in pixels, moved along with the resized pictures: iris_2d",
        means="They are scaled with the picture; all other labels are copied bit for bit.",
        do="Nothing. `verify --against` checks them too.",
        status=0,
    ),
    Case(
        given="landmarks in a table for pictures of another size",
        make=pictures_and_table("file,iris_2d_0,iris_2d_1", "1.png,27,17", size=(70, 110)),
        command="prepare folder crops -o out.h5 --labels t.csv",
        said="t.csv: 'iris_2d' seems to hold positions in pixels, and …1.png of 70x110 would be resized or turned",
        means="A table does not say the meaning of its numbers, so they cannot be scaled with the pictures.",
        do="`--size 70x110`; then mark the label and `gazeaug prepare eyes --size`.",
    ),
)
