"""Names of 0.1: they work, with a note or a FutureWarning; given beside the new name they are refused."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import Any

import pytest

import gazeaug
from gazeaug.converting.options import ConvertOptions
from gazeaug.errors import InputError
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.options import old_names
from gazeaug.refining.config import RefineConfig
from gazeaug.renames import renamed
from gazeaug.samples.options import SampleOptions
from gazeaug.sets.mixing import mix
from gazeaug.sources.options import MpiigazeOptions, UnityEyesOptions, UtMultiviewOptions
from gazeaug.training.config import TrainConfig

FIELDS: list[tuple[type, str, Any, str, Any]] = [
    (RefineConfig, "limit", 7, "rows", 7),
    (RefineConfig, "units_rows", 64, "rows_per_unit", 64),
    (UnityEyesOptions, "limit", 7, "rows", 7),
    (MpiigazeOptions, "mirror_right", True, "mirror", "right"),
    (UtMultiviewOptions, "mirror_right", False, "mirror", None),
    (SampleOptions, "n", 64, "rows", 64),
    (TrainConfig, "watch_interval", 5, "validation_interval", 5),
    (EstimatorConfig, "least_updates", 5, "min_updates", 5),
]


@pytest.mark.parametrize(("kind", "old", "given", "new", "value"), FIELDS)
def test_an_old_keyword_works_with_a_warning(kind: type, old: str, given: Any, new: str, value: Any) -> None:
    now = f"{new}='right'" if old == "mirror_right" else new
    with pytest.warns(FutureWarning, match=f"^the argument {old} is now called {now}; the old name works until 0.2.$"):
        assert getattr(kind(**{old: given}), new) == value
    with pytest.raises(InputError, match=f"^{old} is the old name of {new}; give {new} only.$"):
        kind(**{old: given, new: value})


def test_an_old_name_of_a_required_dataclass() -> None:
    with pytest.warns(FutureWarning, match="resize is now called size"):
        assert ConvertOptions(to="npz", resize=(36, 60)).size == (36, 60)  # type: ignore[call-arg]


def test_the_settings_of_an_old_run_are_read_without_a_warning() -> None:
    old = TrainConfig().to_json()
    old["watch_interval"] = old.pop("validation_interval")
    assert TrainConfig.from_json(old, Path("config.json")) == TrainConfig()


def test_a_function_takes_old_keywords() -> None:
    @renamed(n="rows")
    def count(*, rows: int) -> int:
        return rows

    with pytest.warns(FutureWarning, match="n is now called rows"):
        assert count(n=3) == 3  # type: ignore[call-arg]
    with pytest.raises(InputError, match="n is the old name of rows"):
        count(n=3, rows=3)  # type: ignore[call-arg]
    assert count(rows=3) == 3


def test_the_warning_comes_once_and_points_at_the_line_of_the_caller(tmp_path: Path) -> None:
    calls = [
        lambda: RefineConfig(limit=3),  # type: ignore[call-arg]
        lambda: gazeaug.refine(tmp_path / "none.h5", limit=3),  # type: ignore[call-arg]
        lambda: gazeaug.train(synthetic=tmp_path / "none.h5", watch_interval=3),  # type: ignore[call-arg]
        lambda: mix([], tmp_path / "mixed.h5", n=3),
    ]
    for call in calls:
        with warnings.catch_warnings(record=True) as said, contextlib.suppress(InputError):
            warnings.simplefilter("always")
            call()
        assert [(each.category, each.filename, each.lineno) for each in said] == [
            (FutureWarning, __file__, call.__code__.co_firstlineno)
        ]


def test_every_field_of_the_table_is_tested() -> None:
    assert {(old, new) for _, old, _, new, _ in FIELDS} | {("resize", "size")} == {
        (old, new.name)
        for kind in (ConvertOptions, *dict.fromkeys(kind for kind, *_ in FIELDS))
        for old, new in old_names(kind).items()
    }
