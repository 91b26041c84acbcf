"""Which rows have a direction: the very ones that the library lets pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.checks import checked
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.label import KnownGaze
from gazeaug_studio.directions import angles_of, are_directions, directions, gaze_of
from tests.makers.eye_files import write_eyes

ODD = (0, 1e-9, 2e-6, 1, -3, 6.28, 6.29, 360, 360.4, 1e308, np.inf, np.nan)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_as_the_library_checks(name: str) -> None:
    convention = CONVENTIONS[name]
    gaze = KnownGaze("gaze", convention, "a.h5: label 'gaze'")
    values = np.random.default_rng(0).choice(ODD, (400, len(convention.columns)))
    is_one = are_directions(gaze, values)
    for row, ok in zip(values, is_one, strict=True):
        if ok:
            checked(row[None], convention, "here")
        else:
            with pytest.raises(InputError):
                checked(row[None], convention, "here")
    found = directions(gaze, values)
    assert (np.isfinite(found).all(axis=1) == is_one).all()
    np.testing.assert_array_equal(found[is_one], convention.to_look_vec(values[is_one]))
    np.testing.assert_allclose(angles_of(found)[is_one], CONVENTIONS["degrees"].of_look_vec(found[is_one]))


def test_a_gaze_of_a_wrong_shape_is_a_doubt(tmp_path: Path) -> None:
    import h5py

    with h5py.File(write_eyes(tmp_path / "a.h5"), "r+") as file:
        del file["look_vec"]
        file["gaze"] = np.zeros((150, 3))
        file["gaze"].attrs.update(CONVENTIONS["mpiigaze"].attributes)
    with open_eyes(tmp_path / "a.h5") as eyes:
        found = gaze_of(eyes)
    assert found.known is None
    assert "has 3 numbers a row, mpiigaze has 2" in found.doubts[0]
