from __future__ import annotations

import numpy as np

from tests.makers.eye_files import write_eyes
from tests.makers.pairs import opened, refine, refined_pair


def states(studio, first="eyes.h5", second="eyes.refined.h5", rows=(3, 3)):
    names = {"first": first, "second": second, "first_row": rows[0], "second_row": rows[1]}
    return {one["name"]: one for one in studio.get("/api/compare/labels", **names).json["labels"]}


def test_labels_of_a_twin_are_equal(studio, folder):
    refined_pair(folder, 20)
    found = states(studio)
    assert {one["state"] for one in found.values()} == {"equal"}
    assert set(found) == {"look_vec", "head/pose", "iris_2d", "subject", "path"}
    assert found["path"]["first"] == found["path"]["second"] == "imgs/ä3.jpg"
    assert found["iris_2d"]["first"].endswith("... (16 values)")


def test_one_other_bit_is_seen(studio, folder):
    _, refined = refined_pair(folder, 20)
    with opened(refined, "r+") as file:
        file["look_vec"][3, 3] = -0.0  # equal as numbers
        file["path"][3] = "imgs/other.jpg"
    found = states(studio)
    assert (found["look_vec"]["state"], found["path"]["state"]) == ("unlike", "unlike")
    assert found["path"]["second"] == "imgs/other.jpg"
    assert states(studio, rows=(4, 4))["look_vec"]["state"] == "equal"


def test_another_type_is_not_equal(studio, folder):
    _, refined = refined_pair(folder, 20)
    with opened(refined, "r+") as file:
        pose = file["head/pose"][()]
        del file["head/pose"]
        file["head/pose"] = pose.astype("<f8")
    assert states(studio)["head/pose"]["state"] == "unlike"


def test_what_a_check_added_and_what_was_left_out_is_told(studio, folder):
    refined_pair(folder, 20, check_drift=2.0, labels="look_vec")
    found = states(studio)
    assert (found["drift_px"]["state"], found["drift_px"]["first"]) == ("added", "")
    assert (found["path"]["state"], found["look_vec"]["state"]) == ("left out", "equal")


def test_labels_in_pixels_of_resized_pictures_are_moved(studio, folder):
    write_eyes(folder / "eyes.h5", 20, shape=(32, 40))
    refined = refine(folder, "eyes.h5", "eyes.refined.h5", resize=True)
    found = states(studio)
    assert (found["iris_2d"]["state"], found["look_vec"]["state"]) == ("moved", "equal")
    with opened(refined, "r+") as file:
        file["iris_2d"][3, 0, 0] = np.float32(99)
    assert states(studio)["iris_2d"]["state"] == "unlike"


def test_a_row_that_is_not_there_is_refused(studio, folder):
    refined_pair(folder, 20)
    answer = studio.get("/api/compare/labels", first="eyes.h5", second="eyes.refined.h5", first_row=20, second_row=3)
    assert answer.status == 404
    assert "eyes.h5: has 20 rows, asked for row 20" in answer.json["error"]
