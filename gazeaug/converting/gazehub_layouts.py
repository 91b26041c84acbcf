"""GazeHub's layouts: columns, names of files and folders, and which public readers take columns by these numbers.

Source: GazeHub's scripts, which write them (headers, names, signs), and its readers, which pick columns by number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIELDS_OF_L2CS = {"gaze360": ("Gaze360", 5, 6), "face": ("Mpiigaze", 7, 9)}
"""L2CS-Net's classes, the field that each takes for two angles whatever stands there, and how many fields it needs."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How one of the sets lies on the disk."""

    header: str
    picture: str
    """Where a picture goes below `root`, from `person`, `n` of the person from 1, `row` from 1 and `split`."""
    readers: str
    """The repositories whose readers fit."""
    root: str = "Image"
    label: str = "Label/{name}.label"
    person: str = "p{:02d}"
    """The name of person k where their own names have not this form."""
    pattern: str = r"p[0-9]{2}"
    more: tuple[str, ...] = ()
    """Columns behind those of the header, where the source has labels for all of them."""
    first: int = 0
    """The number of the first person."""
    splits: tuple[str, ...] = ()
    """Parts of the set, a label file each, where a label `split` names them."""
    n_folds: int = 1
    """Into how many of them, from the first, persons go where no label names their part."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that are always there."""
        return tuple(self.header.split())

    def file_of(self, name: str) -> str:
        """The label file of a person or a part of the set."""
        return self.label.format(name=name, folder="valid" if name == "valid" else "train")

    @property
    def by_person(self) -> bool:
        """Whether each person has a file."""
        return not self.splits

    @property
    def has_persons(self) -> bool:
        """Whether they are named at all."""
        return "{person}" in self.picture

    @property
    def has_head(self) -> bool:
        """Whether there is a column for the pose of the head."""
        return "head" in self.header.lower()


NORMALISATION = ("Rmat", "Smat", "GazeOrigin")
LAYOUTS: Mapping[str, Layout] = {
    "eye": Layout(
        header="Image Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead",
        more=NORMALISATION,
        picture="{person}/{n}.png",
        readers="GazeHub's Gaze-Net and Mnist",
    ),
    "face": Layout(
        header="Face Left Right Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead",
        more=NORMALISATION,
        picture="{person}/face/{n}.png",
        readers="the MPIIFaceGaze readers of GazeHub's Full-face, Dilated-Net, RT-Gene, Gaze360, GazeTR and PureGaze, "
        "and L2CS-Net's class Mpiigaze",
    ),
    "eyediap": Layout(
        header="Face Left Right metapath 3DGaze 3DHead 2DGaze 2DHead",
        more=("Rvec", "Svec", "GazeOrigin"),
        picture="{person}/face/{n}.png",
        person="p{}",
        pattern=r"p[0-9]+",
        first=1,
        readers="the EyeDiap readers of GazeHub's Full-face, Dilated-Net, RT-Gene, Gaze360, GazeTR and PureGaze",
    ),
    "gaze360": Layout(
        header="Face Left Right Origin 3DGaze 2DGaze",
        picture="{split}/Face/{row}.png",
        splits=("train", "val", "test", "unused"),
        readers="the Gaze360 readers of GazeHub's Full-face, Dilated-Net, RT-Gene, Gaze360, GazeTR and PureGaze, and "
        "L2CS-Net's class Gaze360",
    ),
    "eth": Layout(
        header="face gaze head origin cam_index frame_index normmat",
        root="Image/train",
        picture="{person}/{row}.png",
        person="subject{:04d}",
        pattern=r"subject[0-9]{4}",
        splits=("train", "valid"),
        readers="the ETH-XGaze readers of GazeHub's GazeTR, PureGaze and Full-face from Label/trainYP.label (yaw "
        "first); Label/train.label has pitch first, as GazeHub's script writes it",
    ),
    "rt-gene": Layout(
        header="Face Left Right Origin 3DGaze 3DHead 2DGaze 2DHead",
        picture="{person}_glasses/original/face/face_{n}_rgb.png",
        label="Label/{folder}/{name}.label",
        person="s{:03d}",
        pattern=r"s[0-9]{3}",
        n_folds=3,
        splits=("train1", "train2", "train3", "valid"),
        readers="the RT-Gene readers of GazeHub's Full-face, Dilated-Net and GazeTR (that of RT-Gene itself takes the "
        "head for the gaze: it reads fields 6 and 7 the other way round)",
    ),
}


def misread(columns: Sequence[str]) -> list[str]:
    """A sentence for each class of L2CS-Net that would take other numbers of these columns for the gaze's angles."""
    return [
        f"L2CS-Net's class {name} takes field {field} for yaw and pitch, which is {columns[field]} here: for it write "
        f"--columns {layout}"
        for layout, (name, field, least) in FIELDS_OF_L2CS.items()
        if least <= len(columns) and columns[field] not in ("2DGaze", "frame_index")
    ]
