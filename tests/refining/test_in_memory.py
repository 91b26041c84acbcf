"""`gazeaug.Refiner`: the pixels of refine-dataset, in memory."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gazeaug
from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.refining.work import refine
from tests.makers import models
from tests.makers.eye_files import HEIGHT, WIDTH, write_eyes

SHAPE = (HEIGHT, WIDTH)
PATHS = {"PYTHONPATH": str(Path(gazeaug.__file__).parents[1])}


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("variant", [0, 3])
@pytest.mark.parametrize("batch_size", [None, 7])
def test_pixels_are_those_of_refine_dataset(tmp_path: Path, variant: int, batch_size: int | None) -> None:
    """The ready refiner draws noise; 50 rows end in a batch that is not full."""
    source = write_eyes(tmp_path / "eyes.h5", 50, shape=(35, 55))
    report = refine(source, model="ready", output=tmp_path / "refined.h5", variant=variant, device="cpu")
    with open_eyes(source) as given, open_eyes(report.output) as written:
        images, expected = given.read_images(0, 50), written.read_images(0, 50)
    with gazeaug.Refiner("ready", variant=variant, device="cpu", batch_size=batch_size) as refiner:
        refined = refiner(images)
        assert refined.tobytes() == expected.tobytes()
        assert refiner(images[::-1])[::-1].tobytes() == expected.tobytes()  # not contiguous, and in another order
        assert refiner(images[3]).tobytes() == expected[3].tobytes()
        assert [image.tobytes() for image in refiner(list(images[:5]))] == [image.tobytes() for image in expected[:5]]
    assert (images != expected).any()


def test_pixels_are_those_of_refine_dataset_resized(tmp_path: Path) -> None:
    source = write_eyes(tmp_path / "eyes.h5", 20, shape=(40, 60))
    model = models.inverting(tmp_path / "refiner.onnx", 35, 55)
    report = refine(source, model=model, output=tmp_path / "refined.h5", resize=True, device="cpu")
    with open_eyes(source) as given, open_eyes(report.output) as written:
        images, expected = given.read_images(0, 20), written.read_images(0, 20)
    refiner = gazeaug.Refiner(model, resize=True, device="cpu")
    assert refiner(images).tobytes() == expected.tobytes()
    one, other = refiner([Image.fromarray(images[0]), noise(35, 55)])
    assert np.asarray(one).tobytes() == expected[0].tobytes()
    assert (other == 255 - noise(35, 55)).all()
    with pytest.raises(InputError, match="the pictures are 40 x 60 grey, but .*; give resize=True to bring them"):
        gazeaug.Refiner(model, device="cpu")(images)


@pytest.mark.parametrize(("rgb", "shape"), [(False, SHAPE), (True, (*SHAPE, 3))])
def test_every_form_comes_back_in_its_own(tmp_path: Path, rgb: bool, shape: tuple[int, ...]) -> None:
    model = models.inverting(tmp_path / "refiner.onnx", HEIGHT, WIDTH, rgb=rgb)
    refiner, images = gazeaug.Refiner(model, device="cpu"), noise(5, *shape)
    assert (refiner(images) == 255 - images).all()
    assert refiner(images).shape == images.shape
    assert (refiner(images[0]) == 255 - images[0]).all()
    picture = refiner(Image.fromarray(images[1]))
    assert isinstance(picture, Image.Image)
    assert picture.mode == ("RGB" if rgb else "L")
    assert (np.asarray(picture) == 255 - images[1]).all()
    array, picture = refiner((images[2], Image.fromarray(images[3])))
    assert isinstance(array, np.ndarray)
    assert isinstance(picture, Image.Image)
    assert refiner([]) == []
    assert refiner(images[:0]).shape == (0, *shape)
    assert (images == noise(5, *shape)).all()  # what is given stays as it is


def test_three_columns_are_no_channels(tmp_path: Path) -> None:
    """The model says what an axis of three is."""
    grey = gazeaug.Refiner(models.inverting(tmp_path / "grey.onnx", 16, 3), device="cpu")
    assert grey(noise(4, 16, 3)).shape == (4, 16, 3)
    assert grey(noise(16, 3)).shape == (16, 3)
    colour = gazeaug.Refiner(models.inverting(tmp_path / "rgb.onnx", 16, 3, rgb=True), device="cpu")
    assert colour(noise(16, 3, 3)).shape == (16, 3, 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (noise(16, 18).astype(np.float32), "expected grey levels 0..255 as uint8, found float32; scale to 0..255"),
        (noise(16, 18) > 99, "as uint8, found bool"),
        (noise(2, 16, 18, 3), r"was made for 16 x 18 grey: expected a uint8 array \(N, H, W\) or \(H, W\).*4 *|shape"),
        (noise(18), r"found an array of shape \(18,\)\."),
        (noise(4, 16, 20), "the pictures are 16 x 20 grey, but .*refiner.onnx was made for 16 x 18 grey; give resize="),
        (Image.new("RGB", (18, 16)), r"a Pillow picture of mode RGB; give picture\.convert\('L'\)"),
        ([noise(2, 16, 18)], r"found a list with an array of shape \(2, 16, 18\) in it"),
        ([noise(16, 18), "a.png"], "found a list with str in it"),
        ("a.png", "found an object of type str"),
        (torch.zeros(2, 16, 18, dtype=torch.uint8), r"found an object of type Tensor; give numpy.asarray\(\) of it\."),
    ],
)
def test_what_is_not_a_picture_is_refused(model_path: Path, given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        gazeaug.Refiner(model_path, device="cpu")(given)


def test_colours_are_no_width_that_could_be_resized(model_path: Path) -> None:
    for n_channels in (1, 3, 4):
        with pytest.raises(InputError, match=rf"found an array of shape \(16, 18, {n_channels}\)"):
            gazeaug.Refiner(model_path, device="cpu", resize=True)(noise(16, 18, n_channels))


def test_a_model_of_one_batch_size_takes_any_number(tmp_path: Path) -> None:
    model = models.ending_in(tmp_path / "refiner.onnx", "Tanh", batch=4)
    images = noise(9, HEIGHT, WIDTH)
    refiner = gazeaug.Refiner(model, device="cpu")
    refined = refiner(images)
    assert refined.shape == images.shape
    assert (refiner(images[8]) == refined[8]).all()


def test_options_out_of_range_and_models_that_are_none(tmp_path: Path, model_path: Path) -> None:
    with pytest.raises(InputError, match=r"^batch_size must be at least 1, got 0\.$"):
        gazeaug.Refiner(model_path, batch_size=0)
    with pytest.raises(InputError, match="none.onnx: expected an ONNX model"):
        gazeaug.Refiner(tmp_path / "none.onnx")
    with pytest.raises(InputError, match="variant=2: this refiner draws no noise"):
        gazeaug.Refiner(model_path, variant=2, device="cpu")
    of_0_to_1 = models.ending_in(tmp_path / "sigmoid.onnx", "Sigmoid")
    with pytest.raises(InputError, match=r"give range_='0\.\.1', or range_='-1\.\.1' where it is right"):
        gazeaug.Refiner(of_0_to_1, device="cpu")(noise(20, HEIGHT, WIDTH))
    assert gazeaug.Refiner(of_0_to_1, device="cpu", range_="0..1")(noise(2, HEIGHT, WIDTH)).shape == (2, HEIGHT, WIDTH)


def test_closed_refiners_refuse_and_say_so(model_path: Path) -> None:
    with gazeaug.Refiner(model_path, device="cpu") as refiner:
        refiner(noise(3, *SHAPE))
        assert repr(refiner) == f"Refiner('{model_path}': 16 x 18 grey, variant 0, CPUExecutionProvider)"
    with pytest.raises(InputError, match="this Refiner has been closed; make another one"):
        refiner(noise(3, *SHAPE))
    assert "closed" in repr(refiner)
    refiner.close()  # twice does no harm


def lanes() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("lane-")]


def test_nothing_is_left_of_a_refiner_that_nobody_has(model_path: Path) -> None:
    before = len(lanes())
    refiner = gazeaug.Refiner(model_path, device="cpu", threads=2)
    refiner(noise(3, *SHAPE))
    assert len(lanes()) == before  # a batch needs none
    refiner(noise(64, *SHAPE))
    assert len(lanes()) == before + 2
    del refiner
    assert len(lanes()) == before


def test_threads_may_share_a_refiner(model_path: Path) -> None:
    refiner, wrong = gazeaug.Refiner(model_path, device="cpu", batch_size=4, threads=2), []

    def work(seed: int) -> None:
        for i in range(20):
            images = noise(1 + i, *SHAPE, seed=seed)
            if not (refiner(images) == 255 - images).all():
                wrong.append((seed, i))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_one_that_is_closed_by_another_thread_says_so(model_path: Path) -> None:
    refiner, images, said = gazeaug.Refiner(model_path, device="cpu", threads=2), noise(4000, 16, 18), []

    def work() -> None:
        try:
            while True:
                refiner(images)
        except InputError as error:
            said.append(str(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    time.sleep(0.1)
    refiner.close()
    thread.join(60)
    assert said == [f"{model_path}: this Refiner has been closed; make another one."]


FORKED = """
import multiprocessing, sys
import numpy as np, gazeaug
refiner, images = gazeaug.Refiner(sys.argv[1], device="cpu", threads=2), np.arange(64 * 16 * 18, dtype=np.uint8)
images = images.reshape(64, 16, 18)
expected = refiner(images)
pipe, other = multiprocessing.Pipe()
child = multiprocessing.get_context("fork").Process(target=lambda: other.send((refiner(images) == expected).all()))
child.start()
print(pipe.recv() if pipe.poll(60) else "hangs", (refiner(images) == expected).all())
child.kill()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_may_use_it_too(model_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKED, str(model_path)]
    said = subprocess.run(command, env=os.environ | PATHS, capture_output=True, text=True, timeout=120)
    assert said.stdout == "True True\n", said.stderr


def test_a_pickled_refiner_opens_the_same_model(model_path: Path) -> None:
    refiner = pickle.loads(pickle.dumps(gazeaug.Refiner(model_path, device="cpu", batch_size=3)))
    assert (refiner(noise(5, *SHAPE)) == 255 - noise(5, *SHAPE)).all()


def test_int8_is_calibrated_on_the_first_pictures(tmp_path: Path) -> None:
    """As refine-dataset does on its input, of as many pictures as it takes."""
    source = write_eyes(tmp_path / "eyes.h5", 520, shape=(35, 55))
    report = refine(source, model="ready", output=tmp_path / "refined.h5", precision="fp16", device="cpu")
    with open_eyes(source) as given, open_eyes(report.output) as written:
        images, expected = given.read_images(0, 520), written.read_images(0, 520)
    with gazeaug.Refiner("ready", precision="fp16", device="cpu") as refiner:
        assert refiner(images).tobytes() == expected.tobytes()
