"""Kinds of outputs, and whether a file's name says that it is another one."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from gazeaug.errors import InputError


class Kind(Enum):
    """What an output is: in words, and the endings of its name, the usual one first."""

    EYES = "an eye file (HDF5)", (".h5", ".hdf5", ".hdf", ".he5")
    MODEL = "an ONNX model", (".onnx",)
    PAGE = "an HTML page", (".html", ".htm")
    ARRAYS = "a NumPy archive", (".npz",)
    TABLE = "a Parquet file", (".parquet",)

    def __init__(self, text: str, endings: tuple[str, ...]) -> None:
        self.text = text
        self.endings = endings


OTHERS = frozenset(
    [
        *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".svg", ".pdf"),
        *(".zip", ".tar", ".gz", ".tgz", ".xz", ".bz2", ".7z", ".rar"),
        *(".csv", ".tsv", ".json", ".jsonl", ".txt", ".md", ".yaml", ".yml", ".py"),
        *(".mat", ".npy", ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".safetensors"),
        *(".mp4", ".avi", ".mov", ".mkv", ".webm"),
    ]
)
TAKEN = OTHERS | {ending for kind in Kind for ending in kind.endings}


def check_kind(output: Path, kind: Kind) -> None:
    """Refuse a name whose ending is that of other files; one that says nothing is taken.

    Raises:
        InputError: naming the path, the kind and a name that would do.
    """
    ending = output.suffix.lower()
    if ending in TAKEN and ending not in kind.endings:
        raise InputError(
            f"{output}: {kind.text} is written here, but its name ends in {output.suffix}; give a name such as "
            f"{output.with_suffix(kind.endings[0]).name}."
        )


def check_folder_name(output: Path) -> None:
    """Refuse the name of a new folder that ends as that of a file.

    Raises:
        InputError: naming the path and a name that would do.
    """
    if output.suffix.lower() in TAKEN and not output.exists():
        raise InputError(
            f"{output}: a folder is written here, but its name ends in {output.suffix}; give a name such as "
            f"{output.with_suffix('').name}."
        )
