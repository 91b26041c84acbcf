"""Mixed sets: counts by shares, every row with its own labels, one order for one seed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.sets import mixing
from gazeaug.sets.mixing import mix
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes


@pytest.fixture
def pair(tmp_path: Path) -> list[Path]:
    return [write_eyes(tmp_path / "a.h5", 90, seed=1), write_eyes(tmp_path / "b.h5", 30, seed=2)]


@pytest.mark.parametrize("held_bytes", [0, mixing.HELD_BYTES])
def test_every_row_keeps_its_labels(
    pair: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_bytes: int
) -> None:
    monkeypatch.setattr(mixing, "HELD_BYTES", held_bytes)
    assert mix(pair, tmp_path / "o.h5").counts == [90, 30]
    with h5py.File(tmp_path / "o.h5") as file, h5py.File(pair[0]) as a, h5py.File(pair[1]) as b:
        places = list(zip(file["source"].asstr(), file["source_row"][()], strict=True))
        assert sorted(places) == [("a.h5", i) for i in range(90)] + [("b.h5", i) for i in range(30)]
        assert places != sorted(places)
        for name in ("image", "look_vec", "head/pose", "path", "subject"):
            given = {"a.h5": a[name][()], "b.h5": b[name][()]}
            expected = np.array([given[source][row] for source, row in places])
            assert file[name].dtype == a[name].dtype
            np.testing.assert_array_equal(file[name][()], expected)


@pytest.mark.parametrize(
    ("weights", "n", "counts"),
    [([1, 1], None, [30, 30]), ([2, 1], None, [60, 30]), ([3, 1], None, [90, 30]), ([1, 1], 100, [50, 50])],
)
def test_shares_decide_the_counts(
    pair: list[Path], tmp_path: Path, weights: list[float], n: int | None, counts: list[int]
) -> None:
    assert mix(pair, tmp_path / "o.h5", weights=weights, rows=n).counts == counts
    with h5py.File(tmp_path / "o.h5") as file:
        sources = file["source"].asstr()[()]
        assert [int((sources == name).sum()) for name in ("a.h5", "b.h5")] == counts
        often = Counter(file["source_row"][()][sources == "b.h5"].tolist())
    assert max(often.values()) - (min(often.values()) if len(often) == 30 else 0) <= 1


def test_one_order_for_one_seed(pair: list[Path], tmp_path: Path) -> None:
    orders = []
    for i, seed in enumerate([0, 0, 1]):
        mix(pair, tmp_path / f"{i}.h5", seed=seed)
        with h5py.File(tmp_path / f"{i}.h5") as file:
            orders.append(file["source_row"][()].tolist())
    assert orders[0] == orders[1] != orders[2]


def test_what_does_not_go_together_is_refused(pair: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs two files or more, got 1"):
        mix(pair[:1], tmp_path / "o.h5")
    with pytest.raises(InputError, match="one share above 0 for each of 2 files"):
        mix(pair, tmp_path / "o.h5", weights=[1, 0])
    with pytest.raises(InputError, match="the output is also an input"):
        mix(pair, pair[0], overwrite=True)
    with h5py.File(pair[1], "r+") as file:
        file["look_vec"].attrs["frame"] = "opencv_camera"
    with pytest.raises(InputError, match=r"b\.h5: label 'look_vec' is of another type, shape or convention"):
        mix(pair, tmp_path / "o.h5")
    assert mix(pair, tmp_path / "o.h5", labels=["path"]).n_images == 120


def test_the_command(pair: list[Path], tmp_path: Path) -> None:
    def run(*words: object) -> tuple[int, str]:
        said = CliRunner().invoke(app, ["mix", *map(str, words), "-o", str(tmp_path / "o.h5"), "--overwrite"])
        return said.exit_code, said.output

    assert run(f"{pair[0]}=2", f"{pair[1]}=1")[1].splitlines()[-1].startswith("90 eyes -> ")
    assert "120 eyes -> " in run(*pair)[1]
    assert run(f"{pair[0]}=2", pair[1]) == (2, "error: give every file a share, as in a.h5=3 b.h5=1, or none.\n")
    assert run(f"{pair[0]}=two", f"{pair[1]}=1")[0] == 2
