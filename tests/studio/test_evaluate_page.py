"""The parts Evaluate and Photographs in a real browser; pages of the folder in their frames, harmless and hostile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gazeaug.photos import photographs as photos
from gazeaug.photos.photographs import prepare_photos
from tests.makers.every_page import write_every_page
from tests.makers.photographs import CodedFinder, coded, faceless
from tests.makers.studio import Asker, studio_at
from tests.makers.studio_page import StudioPage

pytestmark = pytest.mark.usefixtures("one_thread")
SECRET = "what-only-the-studio-may-read"
ATTEMPTS = Path(__file__).parents[1].joinpath("makers", "hostile_page.js").read_text("utf-8")
GIVEN = """async () => {
  const { EVALUATIONS, offered, missing, resultOf, kindOf } = await import("/static/evaluations.js");
  const plain = { gaze: false, is_refined: false, refined_from: null };
  const eyes = (path, modified, facts) => ({ kind: "eyes", path, name: path, modified, facts: { ...plain, ...facts } });
  const items = [
    eyes("u.h5", 5, { gaze: true }),
    eyes("u.refined.h5", 6, { gaze: true, is_refined: true, refined_from: "u.h5" }),
    eyes("real.h5", 2, {}), eyes("real_truth.h5", 3, { gaze: true }), eyes("other.h5", 9, {}),
    { kind: "page", path: "realism.html", name: "realism.html", modified: 1 },
    { kind: "run", path: "runs/a", modified: 4, facts: { step: 30 } },
  ];
  const all = (items) => {
    const known = { ...offered(items), grids: ["u.refined.drift.png"] };
    return EVALUATIONS.map((each) => ({ name: each.command, given: each.given(known), missing: missing(each, known) }));
  };
  return {
    full: all(items), empty: all([]), kinds: ["a/evaluation.html", "realism-2.html", "x.html"].map(kindOf),
    results: [resultOf({ command: "evaluate", id: "7", given: { output: "out" } }),
      resultOf({ command: "drift", id: "7", given: {} })],
  };
}"""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page, a refined file, real eyes, and an eye file out of photographs."""
    folder = tmp_path_factory.mktemp("full")
    write_every_page(folder)
    (folder / "shots").mkdir()
    for name, picture in {"good.png": coded(), "small.png": coded(width=12), "empty.png": faceless()}.items():
        picture.save(folder / "shots" / name)
    (folder / "shots/raw.heic").write_bytes(b"raw")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(photos, "open_finder", lambda face_model, *, thorough: CodedFinder())
        patched.setattr(photos, "find_mediapipe", lambda face_model: None)
        patched.chdir(folder)
        prepare_photos(["shots"], "faces.h5", workers=1)
    return folder


@pytest.fixture(scope="module")
def served(full: Path) -> Iterator[Asker]:
    with studio_at(full) as asker:
        yield asker


class Page(StudioPage):
    """A page with another one in its frame."""

    @property
    def frame(self) -> Any:
        """The page in the frame."""
        return self.page.frame_locator("iframe.page")


@pytest.mark.parametrize("name", ["report", "experiments", "evaluation", "realism", "turing"])
def test_every_page_of_gazeaug_works_in_the_frame(browser, served, full, name):
    path = "run/report.html" if name == "report" else f"{name}.html"
    page = Page(browser, served, f"evaluate?page={path}")
    assert page.frame.locator("h1").inner_text()
    for details in page.frame.locator("details").all()[:2]:
        details.locator("summary").click()
        assert details.get_attribute("open") is not None
    for image in page.frame.locator("img.pixels").all()[:5]:
        assert image.evaluate("image => image.naturalWidth > 0 || image.id === 'eye'")
    if name == "report":
        page.frame.locator("#when").press("Home")
        assert page.frame.locator("#step").inner_text() == "2"
    page.close()


def test_the_turing_test_takes_keys_and_its_answers_are_saved(browser, served):
    page = Page(browser, served, "evaluate?page=turing.html")
    page.page.wait_for_function("() => document.activeElement.tagName === 'IFRAME'")
    page.page.keyboard.press("Enter")
    page.frame.locator("#eye[src^=data]").wait_for()
    n = int(page.frame.locator("#count").inner_text().split()[-1])
    for number in range(n):
        page.page.keyboard.press("fj"[number % 2])
    assert page.frame.locator("#big").inner_text().endswith("% right")
    with page.page.expect_download() as download:
        page.frame.locator("#save").click()
    assert len(json.loads(Path(download.value.path()).read_text())["answers"]) == n
    page.close()


@pytest.mark.parametrize("place", ["frame", "tab"])
def test_a_hostile_page_gets_nothing(browser, studio, folder, place):
    origin = f"http://127.0.0.1:{studio.port}"
    script = f"const ORIGIN = {json.dumps(origin)};{ATTEMPTS}"
    (folder / "hostile.html").write_text(f"<!doctype html><body><p id=got></p><script>{script}</script>")
    (folder / "notes.txt").write_text(SECRET)
    page = Page(browser, studio, "evaluate?page=hostile.html")
    if place == "frame":
        page.frame.locator("#got:not(:empty)").wait_for(timeout=20_000)
        got = page.frame.locator("#got").inner_text()
    else:
        page.page.goto(f"{origin}/files/hostile.html")
        page.page.wait_for_selector("#got:not(:empty)", timeout=20_000)
        got = page.page.inner_text("#got")
    found = json.loads(got)
    assert len(found) == (17 if place == "frame" else 16)
    assert {name: value for name, value in found.items() if value != "refused"} == {}
    assert SECRET not in got
    assert studio.get("/api/jobs").json["jobs"] == []
    assert sorted(path.name for path in folder.iterdir() if path.name[0] != ".") == ["hostile.html", "notes.txt"]
    if place == "frame":
        assert page.page.url == f"{origin}/#/evaluate?page=hostile.html"
    page.context.close()  # the browser may note what it refuses


def test_a_page_that_goes_to_an_address_of_the_studio_reads_nothing_there(browser, studio, folder):
    (folder / "notes.txt").write_text(SECRET)
    (folder / "goes.html").write_text("<!doctype html><p>before</p><script>location = '/files/notes.txt'</script>")
    page = Page(browser, studio, "evaluate?page=goes.html")
    page.page.wait_for_function("() => document.querySelector('iframe.page')")
    page.page.wait_for_timeout(1000)
    assert SECRET not in page.frame.locator("body").inner_text()
    page.context.close()  # the browser may note what it refuses


@pytest.mark.parametrize("name", ["gone.html", "../secret.html", ".hidden.html"])
def test_a_page_that_is_not_there_says_so(browser, studio, folder, name):
    (folder / ".hidden.html").write_text("hidden")
    page = Page(browser, studio, f"evaluate?page={name}")
    assert page.page.wait_for_selector(".problem").inner_text()
    assert page.page.query_selector("iframe") is None
    page.context.close()  # the browser may note what it refuses


def test_an_evaluation_is_started_with_what_the_folder_holds_and_its_page_opens(browser, served, full):
    page = Page(browser, served, "evaluate")
    page.page.click(".card:has-text('Visual Turing test') a")
    page.page.wait_for_selector("h1:has-text('Visual Turing test')")
    # The files of this folder do not say which of them was refined, so it could not be chosen.
    assert "Not in this folder yet: a refined file" in page.page.inner_text("main .note")
    page.page.goto(f"{page.origin}/#/evaluate?start=turing&refined=refined.h5&real=camera.h5")
    page.page.wait_for_selector("code:has-text('turing-2.html refined.h5 camera.h5')")  # turing.html is there already
    page.page.fill("input[placeholder='50']", "3")
    page.page.wait_for_selector("code:has-text('--rows 3')")
    page.page.click("button.first")
    page.page.wait_for_selector("iframe.page", timeout=60_000)
    assert "6 eyes" in page.frame.locator(".lead").inner_text()
    assert page.page.url.endswith("#/evaluate?page=turing-2.html")
    page.page.click("text=← Evaluate")
    names = page.page.locator("table.pages tbody a")
    names.first.wait_for()
    assert "turing-2.html" in names.all_inner_texts()
    page.close()


def test_what_each_evaluation_is_given(browser, served):
    page = Page(browser, served, "evaluate")
    found = page.page.evaluate(GIVEN)
    full = {each["name"]: each["given"] for each in found["full"]}
    assert full["turing"] == {"refined": "u.refined.h5", "real": "real.h5", "output": "turing.html"}
    assert full["realism"] == {**full["turing"], "synthetic": "u.h5", "output": "realism-2.html"}
    assert full["drift"] == {"synthetic": "u.h5", "refined": "u.refined.h5", "grid": "u.refined.drift-2.png"}
    assert full["evaluate"]["train"] == ["u.h5", "u.refined.h5"]
    assert (full["evaluate"]["test"], full["report"]["run"]) == ("real_truth.h5", "runs/a")
    assert [each["missing"] for each in found["full"]] == [[]] * 6
    assert found["empty"][0]["missing"] == ["a refined file", "an eye file of real eyes"]
    assert found["results"] == [{"page": "out/evaluation.html"}, {"job": "7"}]
    assert found["kinds"] == ["Gaze estimators", "Realism", "Page"]
    page.context.close()  # the browser may note what it refuses


def test_drift_shows_what_it_printed_and_its_picture(browser, served, full):
    page = Page(
        browser, served, "evaluate?start=drift&synthetic=synthetic.h5&refined=refined.h5&grid=moved.png&force=true"
    )
    page.page.wait_for_selector("code:has-text('--grid moved.png')")
    page.page.click("button.first")
    page.page.wait_for_selector("pre.result, .job[data-state=failed]", timeout=60_000)
    assert "pixels" in page.page.inner_text("pre.result")
    page.page.wait_for_function("() => document.querySelector('img.grid').naturalWidth > 100")
    page.close()


def test_pictures_are_uploaded_and_what_is_refused_says_why(browser, studio, folder, tmp_path):
    coded().save(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "nothing.jpg").write_bytes(b"")
    page = Page(browser, studio, "photographs")
    page.page.set_input_files(".drop input", [tmp_path / "a.png", tmp_path / "notes.txt", tmp_path / "nothing.jpg"])
    page.page.wait_for_selector("text=1 of 3 files uploaded.")
    assert (folder / "photographs/a.png").read_bytes() == (tmp_path / "a.png").read_bytes()
    said = page.page.inner_text(".uploads details")
    assert "notes.txt: not a kind of picture or video that is read (.txt)" in said
    assert "nothing.jpg: the file is empty" in said
    page.page.set_input_files(".drop input", [tmp_path / "a.png"])
    page.page.wait_for_selector("text=1 of 1 file uploaded (1 were there already).")
    line = "document.querySelector('.command-form .line code')?.textContent"
    page.page.wait_for_function(f"() => {line}?.split(' ').includes('photographs')")
    page.close()


def test_found_eyes_say_why_they_were_left_out(browser, served):
    page = Page(browser, served, "photographs?file=faces.h5")
    page.page.wait_for_selector(".photograph")
    assert "2 eyes kept, 2 left out, 1 picture without a face" in page.page.inner_text(".counts")
    small = page.page.inner_text(".photograph:has-text('small.png')")
    assert "Left out, right eye" in small
    assert "small, eye width 12 is below 15" in small
    assert "No face was found." in page.page.inner_text(".photograph:has-text('empty.png')")
    drawn = "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size > 10"
    assert page.page.eval_on_selector(".photograph canvas", drawn)
    page.page.wait_for_function(
        "() => [...document.querySelectorAll('.photograph img')].every((image) => image.naturalWidth > 0)"
    )
    page.page.click(".chips button:has-text('small')")
    page.page.wait_for_function("() => document.querySelectorAll('.photograph').length === 1")
    assert page.page.url.endswith("file=faces.h5&only=small")
    assert page.page.get_attribute("a.first", "href") == "#/train?real=faces.h5"
    page.close()
