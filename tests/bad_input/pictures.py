"""Pictures: wrong inputs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import h5py
import numpy as np
from PIL import Image, ImageDraw

from tests.bad_input.case import Case

TITLE = "Pictures"
SIZE = (400, 300)
EYE = (35, 55)


def eyes(n: int) -> np.ndarray:
    """Noise."""
    return np.random.default_rng(0).integers(0, 256, (n, *EYE), dtype=np.uint8)


def look_vec(n: int) -> np.ndarray:
    """Into the camera."""
    return np.tile(np.array([0, 0, -1, 0], np.float32), (n, 1))


def virtual(folder: Path, *, n_first: int = 64, second: str = "image", dtype: str = "u1") -> None:
    """in.h5, of which the first half is in part.h5 and the second in more.h5."""
    images = eyes(128)
    with h5py.File(folder / "part.h5", "w") as file:
        file["image"] = images[:n_first]
    with h5py.File(folder / "more.h5", "w") as file:
        file[second] = images[64:] if dtype == "u1" else (images[64:] / 255).astype(dtype)
    layout = h5py.VirtualLayout((128, *EYE), "u1")
    layout[:64] = h5py.VirtualSource("part.h5", "image", (64, *EYE))
    layout[64:] = h5py.VirtualSource("more.h5", "image", (64, *EYE))
    with h5py.File(folder / "in.h5", "w") as file:
        file.create_virtual_dataset("image", layout)
        file["look_vec"] = look_vec(128)


def virtual_without_a_file(folder: Path) -> None:
    """One source is gone."""
    virtual(folder)
    (folder / "more.h5").unlink()


def virtual_with_a_cut_file(folder: Path) -> None:
    """One source is cut short."""
    virtual(folder)
    (folder / "more.h5").write_bytes((folder / "more.h5").read_bytes()[:9000])


def virtual_of_a_half(folder: Path) -> None:
    """Nothing is said of where the second half is."""
    layout = h5py.VirtualLayout((128, *EYE), "u1")
    layout[:64] = h5py.VirtualSource("part.h5", "image", (64, *EYE))
    with h5py.File(folder / "part.h5", "w") as file:
        file["image"] = eyes(64)
    with h5py.File(folder / "in.h5", "w") as file:
        file.create_virtual_dataset("image", layout)
        file["look_vec"] = look_vec(128)


def never_written(folder: Path) -> None:
    """A program made the file at its full length and was stopped half-way."""
    with h5py.File(folder / "in.h5", "w") as file:
        image = file.create_dataset("image", (128, *EYE), "u1", chunks=(32, *EYE))
        image[:64] = eyes(64)
        file["look_vec"] = look_vec(128)


def kaggle(folder: Path) -> None:
    """The first picture is uint8, the others are floats of 0 to 1."""
    images = eyes(8)
    with h5py.File(folder / "gaze.h5", "w") as file:
        for i, image in enumerate(images):
            file[f"image/{i}"] = image if i == 0 else image / 255
        file["path"] = [f"imgs/{i}.jpg" for i in range(8)]
        file["look_vec"] = look_vec(8)


def day(folder: Path, factor: float) -> None:
    """A .mat file of MPIIGaze, format 7.3, whose pixels are floats."""
    (folder / "p00").mkdir()
    with h5py.File(folder / "p00" / "day01.mat", "w") as file:
        for side in ("left", "right"):
            file[f"data/{side}/image"] = eyes(4).T * factor
            file[f"data/{side}/gaze"] = np.tile([0.0, 0.0, -1.0], (4, 1)).T
            file[f"data/{side}/pose"] = np.zeros((3, 4))
        names = [
            file.create_dataset(f"names/{i}", data=np.array([[ord(c)] for c in f"{i}.jpg"], "u2")) for i in range(4)
        ]
        file.create_dataset("filenames", data=[[name.ref for name in names]], dtype=h5py.ref_dtype)


def render(folder: Path, *, size: tuple[int, int] = SIZE, color: tuple[int, int, int] = (20, 20, 20)) -> bytes:
    """An item of UnityEyes whose eye looks into the camera, in the middle of its picture; gives the JPEG."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE, (150, 150, 150))
    if color != (150, 150, 150):
        noise = np.random.default_rng(1).integers(120, 180, (height, width, 3), dtype=np.uint8)
        picture = Image.fromarray(noise)
    ImageDraw.Draw(picture).ellipse((180, 130, 220, 170), fill=color)
    file = io.BytesIO()
    picture.resize(size).save(file, "JPEG", quality=95)

    def ring(n: int, x: float, radius: float) -> list[str]:
        turns = np.arange(n) * 2 * np.pi / n
        return [f"({x + radius * np.cos(t):.2f}, {150 + radius * np.sin(t):.2f}, 9.0)" for t in turns]

    described = {
        "interior_margin_2d": ring(16, 200, 60),
        "caruncle_2d": ring(7, 130, 5),
        "iris_2d": ring(32, 200, 20),
        "eye_details": {"look_vec": "(0.0, 0.0, -1.0, 0.0)", "pupil_size": "0.2"},
        "head_pose": "(0.0, 180.0, 0.0)",
    }
    (folder / "1.json").write_text(json.dumps(described))
    (folder / "1.jpg").write_bytes(file.getvalue())
    return file.getvalue()


def cut_with_an_end(folder: Path) -> None:
    """Two fifths of a JPEG, and the marker that ends one."""
    raw = render(folder)
    (folder / "1.jpg").write_bytes(raw[: len(raw) * 2 // 5] + b"\xff\xd9")


def garbage(folder: Path) -> None:
    """A JPEG with zeros where a part of it was."""
    raw = render(folder)
    at = len(raw) // 2
    (folder / "1.jpg").write_bytes(raw[:at] + bytes(3000) + raw[at + 3000 :])


def few_bits(folder: Path) -> None:
    """A camera's 12 bits in a picture of 16."""
    Image.fromarray(eyes(1)[0].astype(np.uint16) * 16).save(folder / "1.png")


def flat_rows(folder: Path) -> None:
    """Two eyes are black."""
    images = eyes(64)
    images[[7, 9]] = 0
    with h5py.File(folder / "in.h5", "w") as file:
        file["image"], file["look_vec"] = images, look_vec(64)


ELSEWHERE = (
    "The file keeps its pictures in other files (a virtual dataset), and HDF5 would return black pictures for those "
    "that it cannot read."
)
PUT_BACK = "Put the named file back, or make the file again without it."


def chosen_fill(folder: Path) -> None:
    with h5py.File(folder / "in.h5", "w") as file:
        file.create_dataset("image", (64, *EYE), "u1", chunks=(8, *EYE), fillvalue=0)[:16] = eyes(16)
        file["look_vec"] = look_vec(64)


def two_scales(folder: Path) -> None:
    images = eyes(64).astype(np.float32)
    images[40:] /= 255
    with h5py.File(folder / "in.h5", "w") as file:
        file["image"], file["look_vec"] = images, look_vec(64)


CASES: tuple[Case, ...] = (
    Case(
        given="a virtual dataset with a missing file",
        make=virtual_without_a_file,
        command="refine-dataset in.h5 --model ready",
        said="in.h5: dataset 'image' needs 'more.h5', which is not there; …",
        means=ELSEWHERE,
        do=PUT_BACK,
    ),
    Case(
        given="a virtual dataset with a damaged file",
        make=virtual_with_a_cut_file,
        command="inspect in.h5",
        said="in.h5: dataset 'image' needs 'more.h5', which cannot be read (…found one that is truncated or damaged: …",
        means=ELSEWHERE + " The reason follows.",
        do=PUT_BACK,
    ),
    Case(
        given="a virtual dataset with a file without the dataset",
        make=lambda folder: virtual(folder, second="other"),
        command="refine-dataset in.h5 --model ready",
        said="in.h5: dataset 'image' needs 'image' in 'more.h5', which cannot be read: … there is no 'image' in …",
        means=ELSEWHERE,
        do=PUT_BACK,
    ),
    Case(
        given="a virtual dataset with a file of fewer rows",
        make=lambda folder: virtual(folder, n_first=40),
        command="convert in.h5 --to gazehub -o out",
        said="in.h5: dataset 'image' needs 'image' in 'part.h5': expected there (64, 35, 55), found (40, 35, 55); …",
        means=ELSEWHERE,
        do=PUT_BACK,
    ),
    Case(
        given="a virtual dataset of another type than its source",
        make=lambda folder: virtual(folder, dtype="f4"),
        command="refine-dataset in.h5 --model ready",
        said="in.h5: dataset 'image' needs 'image' in 'more.h5': it holds float32, which 'image', uint8, cannot …",
        means="HDF5 would truncate numbers of 0 to 1 to 0 and 1, which are almost black.",
        do="Make the virtual dataset with the type of its sources.",
    ),
    Case(
        given="a virtual dataset without a source for some rows",
        make=virtual_of_a_half,
        command="inspect in.h5",
        said="in.h5: dataset 'image' has no source for row 64: HDF5 would fill it in; …",
        means="These rows have no source, so they would be read as black pictures.",
        do="Make the file again with a source for each row, or with fewer rows.",
    ),
    Case(
        given="pictures that were never written",
        make=never_written,
        command="refine-dataset in.h5 --model ready",
        said="in.h5: dataset 'image': row 64 and maybe others were never written, HDF5 would fill them in; …",
        means="The file was made at its full length, and the program that fills it is still running, or was stopped.",
        do="Wait for that program, or shorten image and labels to the rows that were written (h5py: dataset.resize).",
    ),
    Case(
        given="Kaggle pictures of two types",
        make=kaggle,
        command="prepare kaggle gaze.h5 -o out.h5",
        said="gaze.h5: group 'image': picture '1' is float64, the first one uint8; all must have one type, …",
        means="With numbers of 0 to 255 in the same file, pictures of 0 to 1 would be black.",
        do="Convert all pictures of the file to uint8.",
    ),
    Case(
        given="a .mat file of MPIIGaze with pixels above 255",
        make=lambda folder: day(folder, 257.0),
        command="prepare mpiigaze . -o out.h5",
        said="p00/day01.mat: data.left.image: expected pixels 0..255 or 0..1, found float64 from …",
        means="The scale of such numbers is unknown. Floats of 0 to 1 and numbers of 0 to 255 can be read.",
        do="Scale them to 0..255 or to 0..1.",
    ),
    Case(
        given="a render resized after its JSON was written",
        make=lambda folder: render(folder, size=(300, 225)),
        command="prepare unityeyes . -o out.h5",
        said="1.jpg: is 300x225 pixels, the landmarks of its JSON fit about 400x300: it was resized or cut …",
        means="The JSON's landmarks are in pixels of the picture as UnityEyes wrote it; crops would miss the eye.",
        do="Use the original pictures. `--size` sets the size of the crops.",
    ),
    Case(
        given="a render of a single colour",
        make=lambda folder: render(folder, color=(150, 150, 150)),
        command="prepare unityeyes . -o out.h5",
        said="1: nothing can be seen where its eye should be: all pixels lie within 4 grey levels. …",
        means="The crop has a single colour: the picture does not belong to this JSON, or nothing was rendered.",
        do="Render it again, or leave such items out with --keep-going.",
    ),
    Case(
        given="a JPEG cut short, with an end marker",
        make=cut_with_an_end,
        command="prepare unityeyes . -o out.h5",
        said="1.jpg: expected a picture, found a JPEG picture that does not decode (its data ends before …",
        means="The rest of the picture is missing. Viewers show it in grey.",
        do="Copy or render the picture again, or leave such items out with --keep-going.",
    ),
    Case(
        given="a JPEG with a damaged part",
        make=garbage,
        command="prepare unityeyes . -o out.h5",
        said="1.jpg: expected a picture, found a JPEG picture that does not decode (its data …",
        means="The data is shorter or longer than the picture needs, so it is damaged. Damage that does not change the "
        "length cannot be detected.",
        do="Copy or render the picture again, or leave such items out with --keep-going.",
    ),
    Case(
        given="a camera's 12 bits in a picture of 16",
        make=few_bits,
        command="prepare folder . -o out.h5",
        said="1.png: …that does not decode (16 bits a pixel, and none above 4080: a camera's …",
        means="The values of a 16-bit picture go up to 65,535. This picture would be black.",
        do="Scale the pictures to 8 bits, or to the whole range of 16.",
    ),
    Case(
        given="an eye file with black pictures",
        make=flat_rows,
        command="prepare eyes in.h5 -o out.h5",
        said="warning: 2 pictures of one colour, in which nothing can be seen: rows 7, 9",
        means="The pictures and their labels are written all the same.",
        do="View them (`gazeaug inspect --grid`). If they should show eyes, make the file again.",
        status=0,
    ),
    Case(
        given="pictures that were never written, with a fill value of the maker's choice",
        make=chosen_fill,
        command="prepare eyes in.h5 -o out.h5",
        said="in.h5: dataset 'image': row 16 and maybe others were never written, HDF5 would fill them in; …",
        means="A fill value is not a picture.",
        do="Wait for the program that fills the file, or shorten image and labels to the rows that were written.",
    ),
    Case(
        given="floats of 0..255 and of 0..1 in one dataset",
        make=two_scales,
        command="prepare eyes in.h5 -o out.h5",
        said="in.h5: dataset 'image': picture 40 has pixels up to 1, others up to 255: some are of 0..1 and would …",
        means="The file has pictures of two scales. Those of 0 to 1 would be black.",
        do="Convert all pictures to uint8 before you join them.",
    ),
)
