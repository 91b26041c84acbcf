from __future__ import annotations

import numpy as np
import pytest

from tests.makers.eye_files import compress, damage, write_eyes
from tests.makers.pairs import opened, refine, refined_pair


def pair(studio, first="eyes.h5", second="eyes.refined.h5", **more):
    return studio.get("/api/compare/pair", first=first, second=second, **more)


def rows(studio, n_files, **names):
    found = np.frombuffer(studio.get("/api/compare/rows", **names).data, "<u4")
    return found.reshape(n_files, -1)


def test_a_file_and_its_refined_twin_go_together_row_by_row(studio, folder):
    refined_pair(folder)
    found = pair(studio).json
    assert (found["n_pairs"], found["in_order"], found["is_resized"]) == (150, True, False)
    assert found["doubts"] == found["how"] == []
    assert (found["height"], found["width"]) == (16, 18)
    wanted = np.arange(150)
    assert (rows(studio, 2, first="eyes.h5", second="eyes.refined.h5") == wanted).all()


def test_first_rows_alone_are_paired_and_said(studio, folder):
    refined_pair(folder, rows=40)
    found = pair(studio).json
    assert found["n_pairs"] == 40
    assert found["how"] == ["eyes.refined.h5: holds the first 40 of 150 rows."]


def test_rows_of_one_of_several_inputs_are_found_by_source_row(studio, folder):
    write_eyes(folder / "eyes.h5", 30)
    write_eyes(folder / "more.h5", 20, seed=1)
    refine(folder, ["eyes.h5", "more.h5"], "joined.h5")
    found = pair(studio, "more.h5", "joined.h5").json
    assert (found["n_pairs"], found["in_order"], found["doubts"]) == (20, False, [])
    assert found["how"] == ["joined.h5: 20 of its 50 rows are from more.h5."]
    first, second = rows(studio, 2, first="more.h5", second="joined.h5")
    assert (first == np.arange(20)).all()
    assert (second == np.arange(30, 50)).all()


def test_rows_that_were_left_out_are_passed_over(studio, folder):
    damage(compress(write_eyes(folder / "eyes.h5", 80)), 1)
    refine(folder, "eyes.h5", "eyes.refined.h5", skip_bad_rows=True)
    found = pair(studio).json
    assert found["n_pairs"] == 64
    assert found["how"] == ["eyes.refined.h5: rows of eyes.h5 that could not be read were left out."]
    first, _ = rows(studio, 2, first="eyes.h5", second="eyes.refined.h5")
    assert first.tolist() == [*range(16), *range(32, 80)]


def test_two_refined_files_are_joined_by_the_rendered_row(studio, folder):
    refined_pair(folder, 30)
    write_eyes(folder / "more.h5", 20, seed=1)
    refine(folder, ["more.h5", "eyes.h5"], "joined.h5")
    names = {"first": "eyes.h5", "second": "joined.h5", "third": "eyes.refined.h5"}
    first, second, third = rows(studio, 3, **names)
    assert (first == third).all()
    assert (second == first + 20).all()
    assert len(first) == 30


def test_another_order_of_rows_is_followed(studio, folder):
    _, refined = refined_pair(folder, 30)
    order = np.random.default_rng(0).permutation(30)
    with opened(refined, "r+") as file:
        file["source_row"] = order
    found = pair(studio).json
    assert found["in_order"] is False
    first, second = rows(studio, 2, first="eyes.h5", second="eyes.refined.h5")
    assert (first == order).all()
    assert (second == np.arange(30)).all()


def test_pictures_of_another_size_are_told(studio, folder):
    write_eyes(folder / "eyes.h5", 20, shape=(32, 36))
    refine(folder, "eyes.h5", "eyes.refined.h5", resize=True)
    found = pair(studio).json
    assert found["is_resized"]
    assert (found["height"], found["width"]) == (16, 18)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("eyes.refined.h5", "eyes.h5", "the two files seem to be swapped"),
        ("other.h5", "eyes.refined.h5", "was refined from eyes.h5, which is not the present other.h5"),
    ],
)
def test_what_speaks_against_a_pair_is_said(studio, folder, first, second, said):
    refined_pair(folder, 30)
    write_eyes(folder / "other.h5", 30, seed=1)
    with opened(folder / "other.h5", "r+") as file:
        file.attrs["provenance"] = '{"source": "UnityEyes"}'
    (doubt,) = pair(studio, first, second).json["doubts"]
    assert said in doubt
    assert str(folder) not in doubt


@pytest.mark.parametrize(
    ("names", "status", "said"),
    [
        ({"second": "eyes.h5"}, 422, "eyes.h5: is given as one side of the pair and as one side of the pair"),
        ({"second": "few.h5"}, 422, "few.h5: has 7 rows, eyes.h5 has 30, and no label 'source_row'"),
        ({"second": "coloured.h5"}, 422, "its pictures are coloured, those of eyes.h5 grey"),
        ({"second": "far.h5"}, 422, "its label 'source_row' names row 99, but eyes.h5 has 30 rows"),
        ({"second": "elsewhere.h5"}, 422, "none of its rows is from eyes.h5"),
        ({"third": "large.h5"}, 422, "have two sizes: eyes.refined.h5 18 x 16 and large.h5 30 x 20"),
        ({"second": "gone.h5"}, 404, "gone.h5: no such file"),
        ({"second": "../eyes.h5"}, 403, "outside of the folder"),
        ({"second": ""}, 400, "needs second="),
    ],
)
def test_what_does_not_belong_together_is_refused(studio, folder, names, status, said):
    refined_pair(folder, 30)
    write_eyes(folder / "few.h5", 7)
    write_eyes(folder / "coloured.h5", 30, shape=(16, 18, 3))
    write_eyes(folder / "large.h5", 30, shape=(20, 30))
    for name, source in (("far.h5", "eyes.h5"), ("elsewhere.h5", "there/eyes.h5")):
        write_eyes(folder / name, 30)
        with opened(folder / name, "r+") as file:
            file["source_row"] = np.full(30, 99)
            file["source"] = np.full(30, source.encode())
    answer = pair(studio, **names)
    assert answer.status == status
    assert said in answer.json["error"]
    assert str(folder) not in answer.json["error"]


def test_a_file_that_is_replaced_is_paired_anew(studio, folder):
    refined_pair(folder, 30)
    assert pair(studio).json["n_pairs"] == 30
    refined_pair(folder, 40, overwrite=True)
    assert pair(studio).json["n_pairs"] == 40
