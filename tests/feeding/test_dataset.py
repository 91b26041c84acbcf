"""The torch Dataset: right rows, in every worker; and batches that are a function of seed and number alone."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.feeding.dataset import Batches, EyeDataset, scaled, to_grey_levels, to_NCHW
from gazeaug.feeding.sampler import ChunkShuffledSampler
from gazeaug.gaze.angles import look_vec_to_pitchyaw, unit
from tests.makers.processes import FORKS

CPU = torch.device("cpu")


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_hands_out_every_row_with_its_label(eyes_path, in_memory, workers):
    dataset = EyeDataset(eyes_path, labels=["look_vec"], in_memory=in_memory)
    dataset[3]  # the file is open before the workers start
    options = {"multiprocessing_context": FORKS} if workers else {}
    batches = list(DataLoader(dataset, batch_size=40, num_workers=workers, **options))
    with h5py.File(eyes_path) as file:
        np.testing.assert_array_equal(torch.cat([images for images, _ in batches])[:, 0], file["image"][:])
        np.testing.assert_array_equal(torch.cat([labels["look_vec"] for _, labels in batches]), file["look_vec"][:])


def test_a_dataset_with_an_open_file_can_be_pickled(eyes_path):
    dataset = EyeDataset(eyes_path, in_memory=False)
    first, _ = dataset[0]
    again, _ = pickle.loads(pickle.dumps(dataset))[0]
    assert torch.equal(first, again)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("in_bulk", [True, False])
def test_workers_started_in_any_way_agree_epoch_after_epoch(eyes_path, method, in_bulk):
    dataset = EyeDataset(eyes_path, labels=["subject", "head/pose"], gaze="pitchyaw", in_memory=False)
    sampler = ChunkShuffledSampler(dataset, window=2)
    dataset[3]  # the file is open before the workers start
    options = {"multiprocessing_context": method, "persistent_workers": True, "num_workers": 2}
    if in_bulk:
        loader = DataLoader(dataset, sampler=BatchSampler(sampler, 40, drop_last=False), batch_size=None, **options)
    else:
        loader = DataLoader(dataset, 40, sampler=sampler, **options)
    with h5py.File(eyes_path) as file:
        images, gaze = file["image"][:], look_vec_to_pitchyaw(file["look_vec"][:])
        poses, subjects = file["head/pose"][:], file["subject"][:]
    for epoch in range(2):
        sampler.epoch = epoch
        rows = list(sampler)
        sampler.epoch = epoch
        batches = list(loader)
        np.testing.assert_array_equal(torch.cat([pictures for pictures, _ in batches])[:, 0], images[rows])
        np.testing.assert_array_equal(torch.cat([values["gaze"] for _, values in batches]), gaze[rows].astype("f4"))
        np.testing.assert_array_equal(torch.cat([values["head/pose"] for _, values in batches]), poses[rows])
        assert [name for _, values in batches for name in values["subject"]] == list(subjects[rows])


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_list_of_rows_gives_a_batch(eyes_path, in_memory):
    dataset = EyeDataset(eyes_path, labels=["iris_2d"], gaze="vector", in_memory=in_memory)
    rows = [149, 3, 3, -1, 70]
    images, labels = dataset[rows]
    with h5py.File(eyes_path) as file:
        np.testing.assert_array_equal(images[:, 0], file["image"][:][rows])
        np.testing.assert_array_equal(labels["iris_2d"], file["iris_2d"][:][rows])
        np.testing.assert_array_equal(labels["gaze"], unit(file["look_vec"][:][rows]).astype("f4"))
    with pytest.raises(IndexError, match="rows 0 to 149 are there, asked for 150"):
        dataset[150]


def test_a_compressed_file_is_told_from_a_plain_one_and_gives_the_same_rows(eyes_path, tmp_path):
    packed = tmp_path / "packed.h5"
    with h5py.File(eyes_path) as source, h5py.File(packed, "w") as file:
        for name in source:
            source.copy(name, file)
        file.attrs.update(source.attrs)
        attributes = dict(file["image"].attrs)
        del file["image"]
        file.create_dataset(
            "image", data=source["image"][:], chunks=(64, *source["image"].shape[1:]), compression="gzip"
        )
        file["image"].attrs.update(attributes)
    rows = [149, 3, 3, 70]
    found = []
    for path, is_filtered in ((eyes_path, False), (packed, True)):
        with open_eyes(path) as eyes:
            assert eyes.is_filtered is is_filtered
        found.append(EyeDataset(path, labels=["look_vec"], in_memory=False)[rows])
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1]["look_vec"], found[1][1]["look_vec"])


def test_a_transform_sees_each_picture(eyes_path):
    plain = EyeDataset(eyes_path)
    dataset = EyeDataset(eyes_path, transform=lambda picture: picture[:, ::2].float() / 255)
    for images in (dataset[[5, 6]][0], torch.stack([dataset[5][0], dataset[6][0]])):
        assert torch.equal(images, plain[[5, 6]][0][:, :, ::2].float() / 255)


def test_a_kind_of_gaze_that_is_not_there_is_refused(eyes_path):
    with pytest.raises(InputError, match="gaze must be one of pitchyaw, vector, got 'yawpitch'"):
        EyeDataset(eyes_path, gaze="yawpitch")
    with pytest.raises(InputError, match="no label of the names look_vec, gaze"):
        with h5py.File(eyes_path, "r+") as file:
            del file["look_vec"]
        EyeDataset(eyes_path, gaze="vector")


@pytest.mark.parametrize("in_memory", [True, False])
def test_rows_are_asked_for_as_of_an_eye_file(eyes_path, in_memory):
    dataset = EyeDataset(eyes_path, labels="look_vec", gaze="vector", in_memory=in_memory)
    whole, _ = dataset[:]
    for index in (slice(2, 5), (2, 3, 4), np.array([2, 3, 4]), torch.tensor([2, 3, 4])):
        images, labels = dataset[index]
        assert torch.equal(images, whole[2:5])
        assert labels["look_vec"].shape == (3, 4)
    mask = np.arange(len(dataset)) == 3
    assert torch.equal(dataset[mask][0], whole[3:4])
    assert torch.equal(dataset[torch.tensor(-1)][0], whole[-1])
    images, labels = dataset[[]]
    assert images.shape == (0, *whole.shape[1:])
    assert labels["gaze"].shape == (0, 3)
    with pytest.raises(IndexError, match=f"rows 0 to {len(dataset) - 1} are there, asked for -1000"):
        dataset[-1000]
    for index in ("look_vec", 1.5, True):
        with pytest.raises(InputError, match="expected a row number, a slice or a list of row numbers, found "):
            dataset[index]


def test_a_label_that_is_not_there_is_refused(eyes_path):
    with pytest.raises(InputError, match="no label 'gaze'"):
        EyeDataset(eyes_path, labels=["gaze"])


def stream(path: Path, seed: int = 0, n_drawn: int = 0) -> Batches:
    batches = Batches(EyeDataset(path), 16, seed, CPU)
    batches.n_drawn = n_drawn
    return batches


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_stream_gives_the_same_batches_from_memory_and_from_disk_through_a_table(eyes_path, in_memory):
    table = np.arange(255, -1, -1, dtype=np.uint8)[None]
    dataset = EyeDataset(eyes_path, in_memory=in_memory)
    dataset._look_up_in(table)
    plain = stream(eyes_path)
    turned = Batches(dataset, 16, 0, CPU)
    for _ in range(12):
        assert torch.equal(turned.draw(), scaled(255 - to_grey_levels(plain.draw())))
    with pytest.raises(ValueError, match="one table already"):
        dataset._look_up_in(table)


def test_a_stream_can_be_entered_anywhere(eyes_path):
    whole = stream(eyes_path)
    drawn = [whole.draw() for _ in range(25)]  # 400 places, almost three times round
    for k in (0, 9, 24):
        assert torch.equal(stream(eyes_path, n_drawn=k).draw(), drawn[k])
    assert not torch.equal(stream(eyes_path, seed=1).draw(), drawn[0])


def test_every_picture_comes_once_before_any_comes_twice(eyes_path):
    batches = Batches(EyeDataset(eyes_path), 50, 0, CPU)
    pictures = torch.cat([batches.draw() for _ in range(3)])
    assert len(pictures.flatten(1).unique(dim=0)) == 150


@pytest.mark.parametrize("shape", [(2, 8, 16, 16), (2, 8, 16, 3)])
def test_every_grey_level_survives_the_way_there_and_back(shape):
    levels = np.arange(np.prod(shape[1:])).reshape(shape[1:]).astype(np.uint8)
    tensor = to_NCHW(levels)
    assert torch.equal(to_grey_levels(scaled(tensor)), tensor)
    assert scaled(tensor).abs().max() <= 1
