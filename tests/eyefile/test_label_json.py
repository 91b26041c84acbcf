"""Labels as JSON and back: the same type, shape and attributes; anything else is refused."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.eyefile.label_json import described, label_of
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.reader import open_eyes
from tests.makers.every_kind import write_every_kind


def test_every_kind_is_the_same_again(tmp_path: Path) -> None:
    with open_eyes(write_every_kind(tmp_path / "eyes.h5", 3)) as eyes:
        labels = dict(eyes.labels)
    assert len(labels) > 15
    for label in labels.values():
        found = label_of(json.loads(json.dumps(described(label))))
        assert found.h5_type.equal(label.h5_type)
        assert found.shape == label.shape
        assert found.attributes.keys() == label.attributes.keys()
        for name, value in label.attributes.items():
            assert np.asarray(found.attributes[name]).tobytes() == np.asarray(value).tobytes() or (
                list(found.attributes[name]) == list(value)
            )


def test_attributes_that_are_no_numbers_and_no_text_are_left_out() -> None:
    given = {"units": "pixels", "when": np.zeros(1, [("a", "f4")]), "wide": np.longdouble(1), "bad": b"\xff"}
    assert label_of(described(Label.of("f4", (), given))).attributes == {"units": "pixels", "bad": b"\xff"}


@pytest.mark.parametrize("charset", ["ascii", "utf-8"])
@pytest.mark.parametrize("n_bytes", [None, 1, 9])
def test_text_keeps_its_charset_and_length(charset: str, n_bytes: int | None) -> None:
    label = Label.of(h5py.string_dtype(charset, n_bytes))
    assert label_of(described(label)).h5_type.equal(label.h5_type)


GOOD = described(TEXT)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {**GOOD, "type": None},
        {**GOOD, "type": {"number": "O"}},
        {**GOOD, "type": {"number": "<f16"}},
        {**GOOD, "type": {"number": ["<f4"]}},
        {**GOOD, "type": {"number": "<f4", "names": {"a": 1}}},
        {**GOOD, "type": {"number": "<i4", "names": {}}},
        {**GOOD, "type": {"number": "<i4", "names": {"a": "b"}}},
        {**GOOD, "type": {"text": "latin-1", "bytes": None, "padding": "null-padded"}},
        {**GOOD, "type": {"text": "ascii", "bytes": 0, "padding": "null-padded"}},
        {**GOOD, "type": {"text": "ascii", "bytes": 1 << 40, "padding": "null-padded"}},
        {**GOOD, "type": {"text": ["ascii"], "bytes": None, "padding": "null-padded"}},
        {**GOOD, "shape": 3},
        {**GOOD, "shape": [0]},
        {**GOOD, "shape": [True]},
        {**GOOD, "shape": [1] * 40},
        {**GOOD, "attributes": []},
        {**GOOD, "attributes": {"units": 3}},
        {**GOOD, "attributes": {"units": {"number": "<f4"}}},
        {**GOOD, "attributes": {"units": {"number": "<f4", "value": "x"}}},
        {**GOOD, "attributes": {"units": {"number": "<f4", "value": [[1], [2, 3]]}}},
        {**GOOD, "attributes": {"units": {"number": "|i1", "value": 300}}},
        {**GOOD, "attributes": {"units": {"bytes": -1, "value": "x"}}},
        {**GOOD, "attributes": {"units": {"bytes": 1 << 40, "value": "x"}}},
        {**GOOD, "attributes": {"units": {"texts": [[1], ["a", "b"]]}}},
    ],
    ids=str,
)
def test_anything_else_is_refused(said: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - NumPy's own among them
        label_of(said)
