from __future__ import annotations

import numpy as np

from gazeaug.pictures.crops import resize_pictures
from tests.makers.eye_files import write_eyes
from tests.makers.pairs import opened, pictures_of, refine, refined_pair


def test_drift_comes_by_row_with_holes(studio, folder):
    _, refined = refined_pair(folder, 20, check_drift=2.0)
    with opened(refined) as file:
        wanted = file["drift_px"][()]
    answer = studio.get("/api/compare/drift", file="eyes.refined.h5")
    np.testing.assert_array_equal(np.frombuffer(answer.data, "<f4"), wanted)
    assert studio.get("/api/compare/pair", first="eyes.h5", second="eyes.refined.h5").json["has_drift"] == [True]


def test_a_file_without_drift_says_what_writes_it(studio, folder):
    refined_pair(folder, 20)
    answer = studio.get("/api/compare/drift", file="eyes.refined.h5")
    assert answer.status == 404
    assert answer.json["error"] == "eyes.refined.h5: has no label 'drift_px'; gazeaug drift --flag writes it."


def test_rendered_pictures_come_in_the_size_of_the_refined_ones(studio, folder):
    eyes = write_eyes(folder / "eyes.h5", 20, shape=(32, 40))
    refine(folder, "eyes.h5", "eyes.refined.h5", resize=True)
    names = {"first": "eyes.h5", "second": "eyes.refined.h5"}
    wanted = resize_pictures(pictures_of(eyes).astype(np.uint8), (16, 18))
    assert studio.get("/api/compare/fitted", **names, rows="7,3").data == wanted[[7, 3]].tobytes()
    assert studio.get("/api/compare/fitted", **names, start=2, stop=6).data == wanted[2:6].tobytes()
    assert studio.get("/api/compare/fitted", **names, start=0, stop=300).status == 400
    assert studio.get("/api/compare/fitted", **names, rows="20").status == 404
    assert studio.get("/api/compare/fitted", **names, rows="2", state="old").status == 409
