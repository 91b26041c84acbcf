"""HDF5 files and where they lie: wrong inputs."""

from __future__ import annotations

import fcntl
import gzip
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from tests.bad_input.case import Case
from tests.makers import models
from tests.makers.eye_files import HEIGHT, WIDTH, write_eyes

TITLE = "HDF5 files and links"
REFINE = "refine-dataset in.h5 -m refiner.onnx"
LATIN = "Müller".encode("latin-1")


def eyes(folder: Path) -> h5py.File:
    """An eye file to spoil, and a refiner for it."""
    models.inverting(folder / "refiner.onnx", HEIGHT, WIDTH)
    return h5py.File(write_eyes(folder / "in.h5", 20), "r+")


def held_by_a_writer(folder: Path) -> None:
    eyes(folder).close()
    fcntl.flock(os.open(folder / "in.h5", os.O_RDWR), fcntl.LOCK_EX)  # as HDF5 does where it writes


def left_by_a_writer(folder: Path) -> None:
    with h5py.File(folder / "open.h5", "w", libver="v110") as file:
        file["image"] = np.zeros((2, 4, 4), "u1")
        file.flush()
        (folder / "in.h5").write_bytes((folder / "open.h5").read_bytes())


def cut_short(folder: Path) -> None:
    eyes(folder).close()
    os.truncate(folder / "in.h5", (folder / "in.h5").stat().st_size // 2)


def zipped(folder: Path) -> None:
    with zipfile.ZipFile(folder / "in.h5", "w") as archive:
        archive.writestr("eyes.h5", b"")


def written(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "in.h5").write_bytes(content)


def other_length(folder: Path) -> None:
    with eyes(folder) as file:
        file["mean_image"] = file["image"][:].mean(0)


def lost_a_row(folder: Path) -> None:
    eyes(folder).close()
    with h5py.File(write_eyes(folder / "in.h5", 150), "r+") as file:
        file["pupil"] = np.zeros((149, 2))


def latin1_attribute(folder: Path) -> None:
    with eyes(folder) as file:
        file.attrs.create("author", LATIN, dtype=h5py.string_dtype("ascii"))


def references(folder: Path) -> None:
    with eyes(folder) as file:
        file["links"] = np.array([file["image"].ref] * 20, dtype=h5py.ref_dtype)
        file["look_vec"].attrs["see"] = file["image"].ref


def latin1_name(folder: Path) -> None:
    with eyes(folder) as file:
        h5py.h5d.create(file.id, LATIN, h5py.h5t.STD_I32LE, h5py.h5s.create_simple((20,)))


def scales(folder: Path) -> None:
    with eyes(folder) as file:
        file["time"] = np.arange(20)
        file["time"].make_scale()
        file["look_vec"].dims[0].attach_scale(file["time"])


def a_group_of_groups(folder: Path) -> None:
    with h5py.File(folder / "in.h5", "w") as file:
        file["image/p00/left"] = np.zeros((2, 4, 4), "u1")


def a_group_of_angles(folder: Path) -> None:
    with h5py.File(folder / "in.h5", "w") as file:
        file["p00/image"] = np.zeros((2, 36, 60), "u1")
        file["p00/gaze/left"] = file["p00/pose"] = np.zeros((2, 2))


def beyond_white(folder: Path) -> None:
    with h5py.File(folder / "in.h5", "w") as file:
        file["image"] = np.linspace(0.04, 1.02, 32).reshape(2, 4, 4)


def never_written(folder: Path) -> None:
    """A gaze of which the last rows are those of HDF5."""
    with eyes(folder) as file:
        del file["look_vec"]
        file.create_dataset("look_vec", (20, 3), "f4", chunks=(4, 3))[:8] = (0, 0, -1)


def of_a_filter(folder: Path) -> None:
    """Pictures in a compression that nobody has."""
    with eyes(folder) as file:
        del file["image"]
        created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        created.set_chunk((20, HEIGHT, WIDTH))
        created.set_filter(305, h5py.h5z.FLAG_OPTIONAL)
        space = h5py.h5s.create_simple((20, HEIGHT, WIDTH))
        made = h5py.h5d.create(file.id, b"image", h5py.h5t.STD_U8LE, space, created)
        made.write_direct_chunk((0, 0, 0), bytes(20 * HEIGHT * WIDTH))


def link_to_itself(folder: Path) -> None:
    (folder / "in.h5").symlink_to("in.h5")


def link_to_nothing(folder: Path) -> None:
    (folder / "in.h5").symlink_to("gone.h5")


CASES: tuple[Case, ...] = (
    Case(
        given="an HDF5 file that another program is writing",
        make=held_by_a_writer,
        command="inspect in.h5",
        said="in.h5: expected an HDF5 file of eyes, found one that is open for writing in another program;…",
        means="A program has the file open to write to it, so what it holds may change at any moment.",
        do="Wait for that program, or close the file there (a notebook keeps files open until its kernel ends).",
    ),
    Case(
        given="an HDF5 file whose writer was killed",
        make=left_by_a_writer,
        command="inspect in.h5",
        said="found one that is open for writing in another program, or was when that program was killed;…h5clear -s…",
        means="The file is marked as open for writing. Either a program is writing it, or that program was killed.",
        do="Wait for that program. If no program writes the file any more: `h5clear -s FILE`, and check that it "
        "is complete.",
    ),
    Case(
        given="an HDF5 file cut short",
        make=cut_short,
        command="inspect in.h5",
        said="found one that is truncated or damaged: …truncated file: eof = …stored_eof = …",
        means="The file is incomplete: a copy or a download was interrupted.",
        do="Copy it again, and compare its checksum.",
    ),
    Case(
        given="a zip called .h5",
        make=zipped,
        command="inspect in.h5",
        said="in.h5: expected an HDF5 file of eyes, found a zip archive (unzip unpacks it).",
        means="The file is not HDF5, although its name ends in .h5.",
        do="Unpack it.",
    ),
    Case(
        given="a gzip called .h5",
        make=written(gzip.compress(b"eyes")),
        command="inspect in.h5",
        said="found a gzip archive (gunzip or tar unpacks it).",
        means="The file is not HDF5, although its name ends in .h5.",
        do="Unpack it.",
    ),
    Case(
        given="a Git LFS pointer",
        make=written(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
        command="inspect in.h5",
        said="found a Git LFS pointer and not the file itself (git lfs pull fetches it).",
        means="The repository was cloned without its large files.",
        do="`git lfs pull` in the repository.",
    ),
    Case(
        given="a web page called .h5",
        make=written(b"<!DOCTYPE html><html><title>Sign in</title></html>"),
        command="inspect in.h5",
        said="found an HTML page (what a site sends where a download needs a login or a click).",
        means="The download is a web page, not the file.",
        do="Download it in a browser, signed in.",
    ),
    Case(
        given="zeros called .h5",
        make=written(bytes(8192)),
        command="inspect in.h5",
        said="found zeros (as a download or a copy that did not end leaves them).",
        means="The file is empty: space was reserved but not filled.",
        do="Copy or download it again.",
    ),
    Case(
        given="a dataset that is no label beside the labels",
        make=other_length,
        command=f"{REFINE} --labels look_vec",
        said="note: in.h5: no labels, since they have not 20 rows as 'image' has: 'mean_image' (16, 18).",
        means="Only datasets with a row for each picture are labels. Others are copied as they are.",
        do="Nothing, if it is not a label.",
        status=0,
    ),
    Case(
        given="a dataset that is no label, named as one",
        make=other_length,
        command=f"{REFINE} --labels look_vec,mean_image",
        said="in.h5: 'mean_image' is no label, being of shape (16, 18) where 'image' has 20 rows; name labels alone…",
        means="Only datasets with a row for each picture are labels.",
        do="Leave it out of `--labels`; it is copied as a whole.",
    ),
    Case(
        given="a label with a missing row",
        make=lost_a_row,
        command=REFINE,
        said="in.h5: label 'pupil' must have 150 rows as 'image' has, found shape (149, 2); correct it…",
        means="A dataset with the name of a usual label, or with nearly as many rows as there are pictures (one in a "
        "hundred), is assumed to be a label that does not fit its pictures.",
        do="Correct it, or list the other labels with `--labels`.",
    ),
    Case(
        given="HDF5 references",
        make=references,
        command=REFINE,
        said="note: in.h5: 'links' points into its own file by HDF5 references…it is left out."
        "…note: in.h5: attribute 'see' of 'look_vec' points into its own file…it is left out.",
        means="References are only valid inside their own file.",
        do="Nothing, if they are not needed; else store what they point to.",
        status=0,
    ),
    Case(
        given="a dataset whose name is not UTF-8",
        make=latin1_name,
        command=REFINE,
        said="note: in.h5: a dataset has a name that is not UTF-8, b'M\\xfcller'; it is left out.",
        means="HDF5 names must be UTF-8; this one has another encoding.",
        do="Rename it in the file if it is needed.",
        status=0,
    ),
    Case(
        given="a dimension scale that is not carried",
        make=scales,
        command=f"{REFINE} --labels look_vec",
        said="note: 'look_vec' loses its dimension scale 'time', which is not carried.",
        means="The scale is a label that `--labels` does not name, so the label loses this scale.",
        do="Name it too if it is needed.",
        status=0,
    ),
    Case(
        given="text that is not UTF-8 in an attribute",
        make=latin1_attribute,
        command=REFINE,
        said="20 images refined…-> in.refined.h5",
        means="Attributes are copied byte by byte, in any encoding.",
        do="Nothing.",
        status=0,
    ),
    Case(
        given="groups where pictures are expected",
        make=a_group_of_groups,
        command="inspect in.h5",
        said="in.h5: group 'image': expected one (H, W) or (H, W, 3) dataset a picture, found a group 'p00'.",
        means="The pictures lie one level deeper.",
        do="Name their group with `--image`, for instance `--image image/p00`.",
    ),
    Case(
        given="a group where a dataset is expected",
        make=a_group_of_angles,
        command="prepare mpiigaze-h5 in.h5 -o out.h5",
        said="in.h5: 'p00/gaze' must be a dataset, found a group that holds 'left'.",
        means="The file has another layout than the command reads.",
        do="See what it holds with `h5ls -r`, and use the command for that layout.",
    ),
    Case(
        given="pixels a little above 1",
        make=beyond_white,
        command="inspect in.h5",
        said="in.h5: dataset 'image': found pixels of float64 from 0.04 to 1.02, which fit neither 0..1 nor 0..255: "
        "the highest is above 1, and as grey levels of 0..255 all would be black; rescale them to uint8.",
        means="Pixels were resized by a filter that overshoots, or have another scale. Only a rounding error "
        "above 1 is accepted.",
        do="Clip and scale them: `(255 * pixels.clip(0, 1)).round().astype('uint8')`.",
    ),
    Case(
        given="a gaze of which rows were never written",
        make=never_written,
        command=REFINE,
        said="in.h5: label 'look_vec': row 8 and maybe others were never written, HDF5 would fill them in;…",
        means="The program that writes the file has not ended, or was stopped; the gaze of such rows would be "
        "straight ahead.",
        do="Wait for that program, or shorten pictures and labels to the rows that were written (h5py: "
        "dataset.resize).",
    ),
    Case(
        given="a compression that is not installed",
        make=of_a_filter,
        command=REFINE,
        said="in.h5: dataset 'image' is stored by the HDF5 filter 305, which is not installed; pip install hdf5plugin…",
        means="HDF5 decodes most compressions by plug-ins.",
        do="`pip install hdf5plugin`. Or rewrite the file with gzip on a machine that can read it.",
    ),
    Case(
        given="a link that leads to itself",
        make=link_to_itself,
        command="convert in.h5 --to npz -o out.npz",
        said="in.h5: expected an HDF5 file of eyes, found a link that leads in a circle.",
        means="The link leads to itself, perhaps through other links.",
        do="Make the link again.",
    ),
    Case(
        given="a link to a missing file",
        make=link_to_nothing,
        command="inspect in.h5",
        said="in.h5: expected an HDF5 file of eyes, found a link that leads nowhere.",
        means="Its target was moved, or is on a disk that is not mounted.",
        do="Correct the link, or give the file itself.",
    ),
)
