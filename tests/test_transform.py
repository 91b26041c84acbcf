"""`gazeaug.RefineTransform`: in a DataLoader, in workers of any kind."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, get_worker_info

import gazeaug
from gazeaug.errors import InputError
from tests.makers import models
from tests.makers.eye_files import HEIGHT, WIDTH, write_eyes

SHAPE = (HEIGHT, WIDTH)
READY = (35, 55)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("rgb", [False, True])
def test_every_kind_comes_back_as_its_own(tmp_path: Path, rgb: bool) -> None:
    transform = gazeaug.RefineTransform(models.inverting(tmp_path / "refiner.onnx", HEIGHT, WIDTH, rgb=rgb))
    image = noise(*SHAPE, 3) if rgb else noise(*SHAPE)
    assert (transform(image) == 255 - image).all()
    picture = transform(Image.fromarray(image))
    assert isinstance(picture, Image.Image)
    assert (np.asarray(picture) == 255 - image).all()
    tensors = (
        [torch.from_numpy(image).permute(2, 0, 1)] if rgb else [torch.from_numpy(image)[None], torch.from_numpy(image)]
    )
    for tensor in tensors:
        refined = transform(tensor)
        assert refined.dtype == torch.uint8
        assert refined.shape == tensor.shape
        assert (refined == 255 - tensor).all()


def test_tensors_are_brought_to_the_model_size(tmp_path: Path) -> None:
    transform = gazeaug.RefineTransform(models.inverting(tmp_path / "refiner.onnx", *SHAPE), resize=True)
    assert transform(torch.from_numpy(noise(1, 32, 36))).shape == (1, *SHAPE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (torch.zeros(1, *SHAPE), r"found torch.float32 \(1, 16, 18\); refine before pictures are scaled, normalised"),
        (torch.zeros(2, 1, *SHAPE, dtype=torch.uint8), r"found torch.uint8 \(2, 1, 16, 18\)"),
        (torch.zeros(3, *SHAPE, dtype=torch.uint8), "the pictures|was made for 16 x 18 grey"),
        (torch.zeros(1, 20, 30, dtype=torch.uint8), "the pictures are 20 x 30 grey, but .*; give resize=True"),
        (np.zeros(SHAPE, np.float32), "expected grey levels 0..255 as uint8, found float32"),
        ("a.png", "found an object of type str"),
    ],
)
def test_what_is_not_one_picture_is_refused(model_path: Path, given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        gazeaug.RefineTransform(model_path)(given)


def test_options_are_refused_where_it_is_made(tmp_path: Path, model_path: Path) -> None:
    for options, said in [
        ({"probability": 1.5}, "probability must be from 0 to 1, got 1.5"),
        ({"variants": ()}, r"variants must be one number or more, such as range\(8\), got \(\)"),
        ({"variants": 4}, "variants must be a list of whole numbers, got 4"),
        ({"variants": range(4)}, "variant=3: this refiner draws no noise"),
        ({"device": "gpu"}, "device must be one of auto, "),
    ]:
        with pytest.raises(InputError, match=said):
            gazeaug.RefineTransform(model_path, **options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected an ONNX model"):
        gazeaug.RefineTransform(tmp_path / "none.onnx")


def test_some_pictures_stay_as_they_are(model_path: Path) -> None:
    torch.manual_seed(0)
    transform, image = gazeaug.RefineTransform(model_path, probability=0.25), noise(*SHAPE)
    refined = [bool((transform(image) != image).any()) for _ in range(400)]
    assert 60 <= sum(refined) <= 140
    assert gazeaug.RefineTransform(model_path, probability=0)(image) is image


def test_variants_are_drawn_and_are_those_of_the_refiner() -> None:
    image = noise(*READY)
    looks = {gazeaug.Refiner("ready", variant=k, device="cpu")(image).tobytes(): k for k in range(3)}
    transform = gazeaug.RefineTransform("ready", variants=range(3))
    torch.manual_seed(1)
    drawn = [looks[transform(image).tobytes()] for _ in range(30)]
    assert set(drawn) == {0, 1, 2}
    torch.manual_seed(1)
    assert [looks[transform(image).tobytes()] for _ in range(30)] == drawn


class Repeated(Dataset[Any]):
    """One picture again and again, each time with the worker that gave it."""

    def __init__(self, image: np.ndarray, transform: gazeaug.RefineTransform) -> None:
        self.image, self.transform = torch.from_numpy(image), transform

    def __len__(self) -> int:
        return 24

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        worker = get_worker_info()
        assert worker is not None
        assert torch.get_num_threads() == 1
        return self.transform(self.image), worker.id


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("used_before", [False, True])
def test_workers_of_any_kind(start: str, used_before: bool) -> None:
    """Also where this process has a session of its own, with threads that no fork has."""
    image, transform = noise(*READY), gazeaug.RefineTransform("ready", variants=(0, 1))
    looks = {gazeaug.Refiner("ready", variant=k, device="cpu")(image).tobytes() for k in (0, 1)}
    if used_before:
        assert transform(image).tobytes() in looks
    loader = DataLoader(Repeated(image, transform), batch_size=4, num_workers=2, multiprocessing_context=start)
    found = [
        (picture.numpy().tobytes(), int(worker)) for batch in loader for picture, worker in zip(*batch, strict=True)
    ]
    assert {worker for _, worker in found} == {0, 1}
    for worker in (0, 1):
        assert {look for look, by in found if by == worker} == looks


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_in_an_eye_dataset(tmp_path: Path, model_path: Path, start: str) -> None:
    source = write_eyes(tmp_path / "eyes.h5", 30)
    plain = gazeaug.EyeDataset(source)
    refined = gazeaug.EyeDataset(source, labels=["look_vec"], transform=gazeaug.RefineTransform(model_path))
    loader = DataLoader(refined, batch_size=8, num_workers=2, multiprocessing_context=start)
    images = torch.cat([images for images, _ in loader])
    assert (images == torch.stack([255 - plain[i][0] for i in range(30)])).all()


def test_it_is_pickled_without_its_session(model_path: Path) -> None:
    transform = gazeaug.RefineTransform(model_path, probability=0.5, variants=(0,))
    transform(noise(*SHAPE))
    again = pickle.loads(pickle.dumps(transform))
    assert repr(again) == repr(transform) == f"RefineTransform('{model_path}', probability=0.5, variants=(0,))"
    assert len(pickle.dumps(transform)) < 1000
