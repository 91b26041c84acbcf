from __future__ import annotations

import threading
import time

import numpy as np
import pytest

pytest.importorskip("starlette")

from gazeaug.pictures.crops import resize_pictures
from gazeaug_studio import changes
from gazeaug_studio.eye_files import FILES
from tests.makers.eye_files import compress, damage, write_eyes
from tests.makers.pairs import change_between, pictures_of, refine, refined_pair

NAMES = {"first": "eyes.h5", "second": "eyes.refined.h5"}


def begin(studio, **names):
    answer = studio.post("/api/compare/change", **(NAMES | names))
    assert answer.status == 200, answer.data
    return answer.json["id"]


def state(studio, work):
    return studio.get("/api/compare/change", id=work).json


def ended(studio, work):
    until = time.monotonic() + 30
    while (found := state(studio, work))["is_running"]:
        assert time.monotonic() < until
        time.sleep(0.01)
    return found


def values(studio, work, start=0):
    answer = studio.get("/api/compare/change/values", id=work, **{"from": start})
    return np.frombuffer(answer.data, "<f4"), int(answer.headers["x-next"])


@pytest.fixture
def slow(monkeypatch):
    """Slabs of one pair, each of which waits until it is let go."""
    monkeypatch.setattr(changes, "SLAB_BYTES", 1)
    gate, measure = threading.Semaphore(0), changes.ChangeWork.measure

    def measured(work, pairs):
        assert gate.acquire(timeout=30)
        measure(work, pairs)

    monkeypatch.setattr(changes.ChangeWork, "measure", measured)
    return gate


def wait_for(studio, work, done):
    until = time.monotonic() + 30
    while state(studio, work)["done"] < done:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_the_values_are_the_mean_absolute_differences(studio, folder, monkeypatch):
    monkeypatch.setattr(changes, "SLAB_BYTES", 16 * 18 * 7)
    eyes, refined = refined_pair(folder)
    work = begin(studio)
    assert ended(studio, work) == {"done": 150, "total": 150, "is_running": False, "problem": None}
    found, following = values(studio, work)
    assert following == 150
    np.testing.assert_allclose(found, change_between(eyes, refined), rtol=1e-6)


def test_rows_without_a_pair_have_no_value(studio, folder):
    write_eyes(folder / "eyes.h5", 30)
    more = write_eyes(folder / "more.h5", 20, seed=1)
    joined = refine(folder, ["eyes.h5", "more.h5"], "joined.h5")
    work = begin(studio, first="more.h5", second="joined.h5")
    ended(studio, work)
    found, _ = values(studio, work)
    assert np.isnan(found[:30]).all()
    wanted = np.abs(pictures_of(joined)[30:] - pictures_of(more)).mean((1, 2))
    np.testing.assert_allclose(found[30:], wanted, rtol=1e-6)


def test_resized_pictures_are_compared_as_they_were_refined(studio, folder):
    eyes = write_eyes(folder / "eyes.h5", 20, shape=(32, 36))
    refined = refine(folder, "eyes.h5", "eyes.refined.h5", resize=True)
    work = begin(studio)
    ended(studio, work)
    before = resize_pictures(pictures_of(eyes).astype(np.uint8), (16, 18)).astype(int)
    wanted = np.abs(pictures_of(refined) - before).mean((1, 2))
    np.testing.assert_allclose(values(studio, work)[0], wanted, rtol=1e-6)


def test_what_is_measured_comes_while_it_goes_on(studio, folder, slow):
    eyes, refined = refined_pair(folder, 10)
    work = begin(studio)
    slow.release(4)
    wait_for(studio, work, 4)
    found, following = values(studio, work)
    assert following == len(found) == 4
    np.testing.assert_allclose(found, change_between(eyes, refined)[:4], rtol=1e-6)
    assert state(studio, work)["is_running"]
    slow.release(6)
    ended(studio, work)
    rest, following = values(studio, work, 4)
    assert (len(rest), following) == (6, 10)


def test_a_stopped_work_goes_on_where_it_was(studio, folder, slow):
    eyes, refined = refined_pair(folder, 10)
    work = begin(studio)
    slow.release(3)
    wait_for(studio, work, 3)
    studio.post("/api/compare/change/stop", id=work)
    slow.release(1)  # what it was at
    stopped = ended(studio, work)
    assert stopped["done"] == 4
    slow.release(20)
    assert begin(studio) == work
    assert ended(studio, work)["done"] == 10
    np.testing.assert_allclose(values(studio, work)[0], change_between(eyes, refined), rtol=1e-6)


def test_a_work_that_nobody_asks_for_stops(studio, folder, slow, monkeypatch):
    refined_pair(folder, 10)
    work = begin(studio)
    monkeypatch.setattr(changes, "SECONDS_UNASKED", -1.0)
    slow.release(20)
    assert ended(studio, work)["done"] < 10


def test_what_is_whole_is_kept_on_the_disk(studio, folder):
    refined_pair(folder)
    work = begin(studio)
    ended(studio, work)
    found, _ = values(studio, work)
    changes.CHANGES.works.clear()
    again = studio.post("/api/compare/change", **NAMES).json
    assert (again["id"], again["done"], again["is_running"]) == (work, 150, False)
    assert (values(studio, work)[0] == found).all()


def test_a_damaged_copy_on_the_disk_is_measured_anew(studio, folder):
    eyes, refined = refined_pair(folder)
    work = begin(studio)
    ended(studio, work)
    (kept,) = (folder / ".gazeaug-studio" / "changes").iterdir()
    kept.write_bytes(kept.read_bytes()[:-9])
    changes.CHANGES.works.clear()
    assert begin(studio) == work
    ended(studio, work)
    np.testing.assert_allclose(values(studio, work)[0], change_between(eyes, refined), rtol=1e-6)


def test_the_oldest_on_the_disk_make_room(studio, folder, monkeypatch):
    monkeypatch.setattr(changes, "MOST_KEPT", 2)
    for n in (10, 11, 12):
        refined_pair(folder, n, overwrite=True)
        ended(studio, begin(studio))
    assert len(list((folder / ".gazeaug-studio" / "changes").iterdir())) == 2


def test_files_that_change_meanwhile_are_not_mixed(studio, folder, slow):
    refined_pair(folder, 10)
    work = begin(studio)
    slow.release(3)
    wait_for(studio, work, 3)
    FILES.close()
    write_eyes(folder / "eyes.h5", 10, seed=5)
    slow.release(20)
    found = ended(studio, work)
    assert found["problem"] == "eyes.h5: has changed since it was opened; reload it."
    assert found["done"] < 10
    assert not list((folder / ".gazeaug-studio").glob("changes/*.npy"))


def test_rows_that_cannot_be_read_are_told(studio, folder):
    eyes, _ = refined_pair(folder, 40)
    damage(compress(eyes), 1)
    work = begin(studio)
    problem = ended(studio, work)["problem"]
    assert problem.startswith("eyes.h5: rows 0 to 39 of 'image'")


def test_an_unknown_work_is_refused(studio):
    for answer in (studio.get("/api/compare/change", id="no"), studio.post("/api/compare/change/stop", id="no")):
        assert answer.status == 404
        assert answer.json["error"] == "Nobody measures these changes any more; open the pair again."
    assert studio.post("/api/compare/change", first=3).status == 400
