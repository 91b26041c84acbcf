"""The chunk-shuffled order: every row once, repeatable, well mixed, and each chunk read once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import BatchSampler

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import EyeFile
from gazeaug.feeding.dataset import EyeDataset
from gazeaug.feeding.sampler import ChunkShuffledSampler
from tests.makers.eye_files import write_eyes

N, WINDOW, BATCH = 64 * 40 + 7, 8, 32


@pytest.fixture
def dataset(tmp_path: Path) -> EyeDataset:
    return EyeDataset(write_eyes(tmp_path / "eyes.h5", N), gaze="pitchyaw", in_memory=False)


def test_every_row_comes_once_and_each_epoch_has_its_own_order(dataset: EyeDataset) -> None:
    sampler = ChunkShuffledSampler(dataset, window=WINDOW)
    first, second = list(sampler), list(sampler)
    assert len(sampler) == N
    assert sorted(first) == sorted(second) == list(range(N))
    assert first != second
    assert list(ChunkShuffledSampler(dataset, window=WINDOW)) == first
    again = ChunkShuffledSampler(dataset, window=WINDOW)
    again.epoch = 1
    assert list(again) == second
    assert list(ChunkShuffledSampler(dataset, window=WINDOW, seed=1)) != first


def test_rows_of_a_batch_seldom_share_a_chunk(dataset: EyeDataset) -> None:
    """One pair in `window`, give or take; in sequence it would be every pair."""
    same = []
    for batch in BatchSampler(ChunkShuffledSampler(dataset, window=WINDOW), BATCH, drop_last=True):
        chunks = np.array(batch) // 64
        same.append(((chunks[:, None] == chunks).sum() - BATCH) / (BATCH * (BATCH - 1)))
    assert 0.5 / WINDOW < np.mean(same) < 1.5 / WINDOW


def test_each_chunk_is_read_once_an_epoch(dataset: EyeDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[tuple[int, int]] = []
    read = EyeFile.read_images

    def noted(eyes: EyeFile, start: int, stop: int) -> np.ndarray:
        reads.append((start, stop))
        return read(eyes, start, stop)

    monkeypatch.setattr(EyeFile, "read_images", noted)
    for rows in BatchSampler(ChunkShuffledSampler(dataset, window=WINDOW), BATCH, drop_last=False):
        dataset[rows]
    assert sorted(reads) == [(start, min(start + 64, N)) for start in range(0, N, 64)]


def test_rows_from_more_chunks_than_are_held_are_right_too(dataset: EyeDataset) -> None:
    plain = EyeDataset(dataset.path, gaze="pitchyaw")
    dataset._hold_chunks(3)
    dice = np.random.default_rng(0)
    for n in (2, 3, 3, 64, 3, 2, 3, 100):  # from few chunks, whose rows are held, and from many
        rows = dice.integers(0, N, n).tolist()
        images, labels = dataset[rows]
        assert torch.equal(images, plain[rows][0])
        assert torch.equal(labels["gaze"], plain[rows][1]["gaze"])


def test_a_set_in_memory_can_be_sampled_too(tmp_path: Path) -> None:
    dataset = EyeDataset(write_eyes(tmp_path / "eyes.h5", 70))
    assert sorted(ChunkShuffledSampler(dataset)) == list(range(70))


def test_a_window_of_nothing_is_refused(dataset: EyeDataset) -> None:
    with pytest.raises(InputError, match="window must be at least 1 chunk, got 0"):
        ChunkShuffledSampler(dataset, window=0)


def test_a_sampler_says_where_it_stands_and_refuses_other_things(dataset: EyeDataset) -> None:
    sampler = ChunkShuffledSampler(dataset, seed=3)
    list(sampler)
    assert repr(sampler) == "ChunkShuffledSampler(2,567 rows, window=32, seed=3, epoch=1)"
    with pytest.raises(InputError, match="seed must be at least 0, got -1"):
        ChunkShuffledSampler(dataset, seed=-1)
    with pytest.raises(InputError, match="window must be a whole number, got 2.5"):
        ChunkShuffledSampler(dataset, window=2.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"dataset must be gazeaug.EyeDataset, got \[1\]"):
        ChunkShuffledSampler([1])  # type: ignore[arg-type]
