"""Models and outputs: wrong inputs."""

from __future__ import annotations

import json
from pathlib import Path

import h5py

from gazeaug.converting.conversion import convert
from gazeaug.refining.work import refine
from tests.bad_input.case import Case
from tests.makers import models
from tests.makers.eye_files import write_eyes

TITLE = "Models and outputs"
REFINE = "refine-dataset unityeyes.h5 -m refiner.onnx"
GO_ON = "give other files, or --force to use these anyway"


def eyes(folder: Path, name: str = "unityeyes.h5", source: str = "", *, gaze: bool = True, seed: int = 0) -> Path:
    """An eye file that says what it is."""
    path = write_eyes(folder / name, 20, seed=seed)
    with h5py.File(path, "r+") as file:
        if source:
            file.attrs.update(source=source, provenance=json.dumps({"source": source, "number": seed}))
        if not gaze:
            del file["look_vec"]
    return path


def sets(folder: Path) -> None:
    """Rendered eyes, real ones, and what refining made of the rendered ones."""
    eyes(folder, source="UnityEyes")
    eyes(folder, "other.h5", "UnityEyes", seed=2)
    eyes(folder, "real.h5", "MPIIGaze Normalized", seed=1)
    refine(folder / "unityeyes.h5", model=models.inverting(folder / "refiner.onnx"))


def with_weights(folder: Path) -> Path:
    """Eyes, and a model whose weights are in a file of their own."""
    eyes(folder)
    return models.weights_beside(folder / "refiner.onnx")


def without_weights(folder: Path) -> None:
    with_weights(folder)
    (folder / "refiner.onnx.data").unlink()


def short_weights(folder: Path) -> None:
    with_weights(folder)
    (folder / "refiner.onnx.data").write_bytes(bytes(100))


def other_weights(folder: Path) -> None:
    refine(folder / "unityeyes.h5", model=with_weights(folder))
    models.weights_beside(folder / "refiner.onnx", level=9)


def of_0_to_1(folder: Path) -> None:
    eyes(folder)
    models.ending_in(folder / "refiner.onnx", "Sigmoid")


def of_grey_levels(folder: Path) -> None:
    eyes(folder)
    models.ending_in(folder / "refiner.onnx", "Identity", bias=127.0)


def idle(folder: Path) -> None:
    eyes(folder)
    models.copying(folder / "refiner.onnx")


def a_pointer_to_weights(folder: Path) -> None:
    with_weights(folder)
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 345600\n"
    (folder / "refiner.onnx.data").write_bytes(pointer)


def no_model(folder: Path) -> None:
    sets(folder)
    (folder / "refiner.onnx").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")


def swapped_shards(folder: Path) -> None:
    write_eyes(folder / "unityeyes.h5", 130)
    model = models.inverting(folder / "refiner.onnx")
    refine(folder / "unityeyes.h5", model=model, rows_per_unit=64, layout="sharded")
    shards = folder / "unityeyes.refined.h5.shards"
    (shards / "unit-000000.h5").rename(shards / "x")
    (shards / "unit-000001.h5").rename(shards / "unit-000000.h5")
    (shards / "x").rename(shards / "unit-000001.h5")


def a_second_name(folder: Path) -> None:
    eyes(folder)
    (folder / "twin.h5").hardlink_to(folder / "unityeyes.h5")
    models.inverting(folder / "refiner.onnx")


def as_kaggle(folder: Path) -> None:
    sets(folder)
    convert(folder / "unityeyes.refined.h5", folder / "kaggle.h5", to="kaggle")


CASES: tuple[Case, ...] = (
    Case(
        given="a model without its file of weights",
        make=without_weights,
        command=REFINE,
        said="refiner.onnx: its weights are in 'refiner.onnx.data', and there is no such file beside it; copy "
        "both files together.",
        means="Newer exporters write the network and its weights as two files, of which one was copied.",
        do="Copy both into one folder, under their own names.",
    ),
    Case(
        given="a file of weights that is cut short",
        make=short_weights,
        command=REFINE,
        said="refiner.onnx.data: ends after 100 bytes, but refiner.onnx has weights up to byte … in it; copy "
        "both files again.",
        means="The copy or download of the weights is incomplete, or they belong to another model.",
        do="Copy both files again.",
    ),
    Case(
        given="a model that takes its weights from another folder",
        make=lambda folder: models.relocated(with_weights(folder), "../refiner.onnx.data"),
        command=REFINE,
        said="refiner.onnx: tensor 'level' is to be read from '../refiner.onnx.data', but weights must lie in "
        "the model's own folder; …",
        means="A model could otherwise read any file of this machine.",
        do="Load it on the machine where it was made, and save it with the weights inside the model or in the "
        "same folder.",
    ),
    Case(
        given="other weights than those that refined a file",
        make=other_weights,
        command="verify unityeyes.refined.h5 -m refiner.onnx",
        said="unityeyes.refined.h5: was refined by another network than refiner.onnx (SHA-256 …, not …); …",
        means="The model or its weights were replaced later.",
        do="Refine again, or name the model that was used.",
        status=1,
    ),
    Case(
        given="a model of 0..1 floats",
        make=of_0_to_1,
        command=REFINE,
        said="refiner.onnx: takes floats and seems made for 0..1, not for -1..1: none of its outputs lies "
        "below 0, and a black picture would come back at grey level …; give --range 0..1, or --range -1..1 "
        "where it is right.",
        means="A model of floats is fed -1..1 by default. The output of this one is in 0..1, so all "
        "eyes would be too light.",
        do="Give `--range 0..1`.",
    ),
    Case(
        given="a model of 0..255 floats",
        make=of_grey_levels,
        command=REFINE,
        said="refiner.onnx: takes floats and seems made for 0..255, not for -1..1: …; give --range 0..255, or "
        "--range -1..1 where it is right.",
        means="Its numbers are grey levels.",
        do="Give `--range 0..255`.",
    ),
    Case(
        given="a range for a model of grey levels",
        make=lambda folder: (eyes(folder), models.inverting(folder / "refiner.onnx")),
        command=f"{REFINE} --range 0..1",
        said="refiner.onnx: takes grey levels as uint8; leave out --range, which is for models of floats.",
        means="The model takes uint8, so its range is known.",
        do="Leave `--range` out.",
    ),
    Case(
        given="a model that changes nothing",
        make=idle,
        command=REFINE,
        said="warning: refiner.onnx is idle: it changes the first pictures by 0.00 grey levels, so refined eyes "
        "equal the input",
        means="The refiner has learned nothing, or is a placeholder. The output is written all the same.",
        do="See `gazeaug report` of its run; train longer, or with a lower `--lambda`.",
        status=0,
    ),
    Case(
        given="a refined file to refine",
        make=sets,
        command="refine-dataset unityeyes.refined.h5 -m refiner.onnx",
        said=f"unityeyes.refined.h5: was refined by refiner.onnx already; refining it twice would change it "
        f"further; {GO_ON}.",
        means="The file's provenance names the model that refined it.",
        do="Refine the rendered file.",
    ),
    Case(
        given="one file twice for one output",
        make=sets,
        command="refine-dataset unityeyes.h5 ./unityeyes.h5 -m refiner.onnx -o both.h5",
        said="unityeyes.h5: given twice, also as unityeyes.h5; its rows would be there twice. Give it once.",
        means="Every row would be in the output twice.",
        do="Name it once.",
    ),
    Case(
        given="real eyes to refine",
        make=sets,
        command="refine-dataset real.h5 -m refiner.onnx",
        said="warning: real.h5: says that its eyes are real; refiners are for rendered ones",
        means="The file was prepared from a set of real eyes.",
        do="Refine the rendered eyes.",
        status=0,
    ),
    Case(
        given="one file as both sets of a training",
        make=sets,
        command="train --synthetic unityeyes.h5 --real unityeyes.h5 --run-dir run",
        said=f"unityeyes.h5: is given as rendered eyes and as real eyes, which should be two files; {GO_ON}.",
        means="The refiner would have nothing to learn.",
        do="Name two files.",
    ),
    Case(
        given="rendered and real eyes swapped",
        make=sets,
        command="train --synthetic real.h5 --real unityeyes.h5 --run-dir run",
        said="real.h5: is given as rendered eyes, but says that its eyes are real: rendered and real eyes seem to be "
        f"swapped; {GO_ON}.",
        means="Their provenance says that they are the other way round.",
        do="Swap them.",
    ),
    Case(
        given="refined eyes as the real ones",
        make=sets,
        command="train --synthetic unityeyes.h5 --real unityeyes.refined.h5 --run-dir run",
        said=f"unityeyes.refined.h5: is given as real eyes, but says that its eyes are refined, which only "
        f"look real; {GO_ON}.",
        means="A refiner would learn the output of another refiner.",
        do="Give real eyes.",
    ),
    Case(
        given="drift between files that are no pair",
        make=sets,
        command="drift other.h5 unityeyes.refined.h5",
        said=f"unityeyes.refined.h5: was refined from unityeyes.h5, which is not the present other.h5; {GO_ON}.",
        means="The provenance of the refined file names another input.",
        do="Name the file that was refined.",
    ),
    Case(
        given="drift between files with other labels",
        make=lambda folder: (eyes(folder), eyes(folder, "other.h5", seed=1)),
        command="drift unityeyes.h5 other.h5",
        said="other.h5: row 0 of 'head/pose' is not that of unityeyes.h5, so one is not refined from the other; "
        f"{GO_ON}.",
        means="Refining carries every label bit for bit, so a pair has the same ones.",
        do="Name the file that was refined.",
    ),
    Case(
        given="drift with the files swapped",
        make=sets,
        command="drift unityeyes.refined.h5 unityeyes.h5",
        said="unityeyes.refined.h5: is given as the input, but was refined: the two files seem to be swapped; …",
        means="The input comes first.",
        do="Swap them.",
    ),
    Case(
        given="drift of a file from itself",
        make=sets,
        command="drift unityeyes.h5 unityeyes.h5",
        said="unityeyes.h5: is given as input and as refined, which should be two files; …",
        means="The result would always be 0.",
        do="Name two files.",
    ),
    Case(
        given="an evaluation on refined eyes",
        make=sets,
        command="evaluate --train real.h5 --test unityeyes.refined.h5",
        said="unityeyes.refined.h5: is given as --test, real eyes, but says that its eyes are refined, which "
        "only look real; …",
        means="Estimators must be tested on real eyes. Perhaps training and test set are swapped.",
        do="Give labelled real eyes as `--test`.",
    ),
    Case(
        given="an evaluation whose reference is among the sets",
        make=sets,
        command="evaluate --train real.h5 --reference real.h5 --test other.h5",
        said="real.h5: is given as --train and as --reference, which should be two files; …",
        means="The gap would always be 0.",
        do="Give other real eyes as `--reference`.",
    ),
    Case(
        given="realism with the files swapped",
        make=sets,
        command="realism real.h5 unityeyes.refined.h5",
        said="real.h5: is given as refined eyes, but says that its eyes are real: the files seem to be swapped; …",
        means="The refined eyes come first.",
        do="Swap them.",
    ),
    Case(
        given="a Turing test with the files swapped",
        make=sets,
        command="turing real.h5 unityeyes.refined.h5 --rows 4",
        said="real.h5: is given as refined eyes, but says that its eyes are real: the files seem to be swapped; …",
        means="The page would count right answers as wrong ones.",
        do="Swap them.",
    ),
    Case(
        given="a set to be matched to itself",
        make=sets,
        command="match unityeyes.h5 --target unityeyes.h5 -o matched.h5 --convention unityeyes",
        said="unityeyes.h5: is given as input and as --target, which should be two files; …",
        means="It already has the gaze distribution of the target.",
        do="Name the set whose gaze is wanted as `--target`.",
    ),
    Case(
        given="a refined file to be verified against itself",
        make=sets,
        command="verify unityeyes.refined.h5 --against unityeyes.refined.h5",
        said="unityeyes.refined.h5: is given as its own input, which proves nothing; name what was refined.",
        means="The labels would always be equal.",
        do="Name the file that was refined.",
    ),
    Case(
        given="a Git LFS pointer in the place of the weights",
        make=a_pointer_to_weights,
        command=REFINE,
        said="refiner.onnx.data: expected the weights of refiner.onnx, found a Git LFS pointer…",
        means="The repository was cloned without its large files.",
        do="`git lfs pull` in the repository.",
    ),
    Case(
        given="a web page as the model of a refined file",
        make=no_model,
        command="verify unityeyes.refined.h5 --model refiner.onnx",
        said="refiner.onnx: expected an ONNX model, found an HTML page…",
        means="The download is a web page, not the model.",
        do="Download it in a browser, signed in.",
    ),
    Case(
        given="two shards of a sharded output, each in the other's place",
        make=swapped_shards,
        command="convert unityeyes.refined.h5 --to npz --convention unityeyes -o out.npz",
        said="unityeyes.refined.h5: dataset 'image' needs 'image' in 'unityeyes.refined.h5.shards/unit-000000.h5' "
        "as it was written, and found another shard there, so that labels would not be those of the pictures: …",
        means="The checksum of the shard differs from the one in the output.",
        do="Restore the right shard, or refine the input again.",
    ),
    Case(
        given="one file under two names (hard links)",
        make=a_second_name,
        command="refine-dataset unityeyes.h5 twin.h5 -m refiner.onnx -o out.h5",
        said="twin.h5: given twice, also as unityeyes.h5; its rows would be there twice. Give it once.",
        means="Both names belong to the same file.",
        do="Name it once.",
    ),
    Case(
        given="refined eyes in the Kaggle layout to refine",
        make=as_kaggle,
        command="refine-dataset kaggle.h5 -m refiner.onnx",
        said="kaggle.h5: was refined already; refining it twice would change it further; give other files, or --force…",
        means="`convert --to kaggle` keeps what made the eyes.",
        do="Refine the rendered file.",
    ),
)
