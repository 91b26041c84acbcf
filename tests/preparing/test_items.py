"""Items: order with and without a pool, items of several eyes, labels looked up, a reading process that dies."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.preparing.items import Eye, Items, LeftOut
from gazeaug.preparing.job import write_items
from gazeaug.preparing.options import ItemsOptions
from gazeaug.preparing.source import Finish, ItemSource

LABELS = {"number": Label.of(np.int64)}
ITEMS = Items(Path(), [f"{number}.jpg" for number in range(300)])


def read(item: Path) -> Eye:
    number = int(item.stem)
    if number % 100 == 50:
        raise InputError(f"{item}: torn.")
    return Eye(np.full((16, 18), number % 256, np.uint8), {"number": number})


def die(item: Path) -> Eye:
    if item.stem == "200":
        os._exit(1)
    return read(item)


def source_of(items: Items, reader: Any, **options: Any) -> ItemSource:
    facts = {"source": "test"}
    return ItemSource(parts=items, read=partial(reader), labels=LABELS, image_shape=(16, 18), facts=facts, **options)


def write(folder: Path, *, reader: Any = read, new_finish: Any = None, **options: Any) -> Any:
    return write_items(source_of(ITEMS, reader, new_finish=new_finish), folder / "o.h5", ItemsOptions(**options))


@pytest.mark.parametrize("workers", [1, 2])
def test_order_is_kept_and_what_is_left_out_is_listed(tmp_path: Path, workers: int) -> None:
    report = write(tmp_path, workers=workers, keep_going=True)
    kept = [number for number in range(300) if number % 100 != 50]
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["number"][()].tolist() == kept
        assert file["image"][:, 0, 0].tolist() == [number % 256 for number in kept]
    assert (report.n_images, report.n_rejected) == (297, 3)
    listed = (tmp_path / "o.h5.rejected.csv").read_text().splitlines()
    assert listed == ["item,reason", *(f"{n}.jpg,{n}.jpg: torn." for n in (50, 150, 250))]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_bad_item_stops_the_run_and_nothing_is_left(tmp_path: Path, workers: int) -> None:
    with pytest.raises(InputError, match=r"^50\.jpg: torn\. \(--keep-going leaves such items out\)$"):
        write(tmp_path, workers=workers)
    assert list(tmp_path.iterdir()) == []


def test_labels_may_come_from_elsewhere(tmp_path: Path) -> None:
    def with_number(item: Path, eye: Eye) -> Eye:
        if item.stem == "7":
            raise InputError("7.jpg: has no label.")
        return Eye(eye.image, {**eye.labels, "number": -int(item.stem)})

    report = write(tmp_path, new_finish=lambda: with_number, rows=10, keep_going=True)
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["number"][()].tolist() == [0, -1, -2, -3, -4, -5, -6, -8, -9]
    assert report.n_rejected == 1


def test_a_reading_process_that_dies_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^\d+\.jpg: reading it, or one of the items shortly after it, ended"):
        write(tmp_path, reader=die, workers=2, keep_going=True)
    assert list(tmp_path.iterdir()) == []


def read_several(item: Path) -> list[Eye | LeftOut]:
    """As many eyes as the last digit says; the item's number is left out."""
    number = int(item.stem)
    eyes = [Eye(np.full((16, 18), i, np.uint8), {"number": 10 * number + i}) for i in range(number % 10)]
    return [LeftOut(f"{number} x", "unwanted: always", on_purpose=True), *eyes]


@pytest.mark.parametrize("workers", [1, 2])
def test_items_of_several_eyes_or_none_and_a_sieve_for_each_unit(tmp_path: Path, workers: int) -> None:
    def new_sieve() -> Finish:
        seen: list[int] = []

        def sieve(item: Path, eye: Eye) -> Eye | LeftOut:
            seen.append(eye.labels["number"])
            return LeftOut(str(seen[-1]), "even: so", on_purpose=True) if len(seen) % 2 == 0 else eye

        return sieve

    source = source_of(ITEMS[:100], read_several, new_finish=new_sieve, parts_per_unit=64)
    report = write_items(source, tmp_path / "o.h5", ItemsOptions(workers=workers))
    numbers = [10 * number + i for number in range(100) for i in range(number % 10)]
    first = sum(number % 10 for number in range(64))
    kept = [*numbers[:first][::2], *numbers[first:][::2]]
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["number"][()].tolist() == kept
    assert (report.n_images, report.n_rejected) == (len(kept), 100 + len(numbers) - len(kept))
    listed = (tmp_path / "o.h5.rejected.csv").read_text().splitlines()
    assert listed[:4] == ["item,reason", "0 x,unwanted: always", "1 x,unwanted: always", "2 x,unwanted: always"]
    assert len(listed) == 1 + report.n_rejected
