"""The part Data in a real browser: the wall's pixels, filters, tags, keys, and what it does with bad files."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.makers.eye_files import HEIGHT, WIDTH, compress, damage, write_eyes
from tests.makers.studio_page import StudioPage

FACTOR, GAP = 6, 3  # enlargement of eyes of this width, pixels between them
STEP_X, STEP_Y = WIDTH * FACTOR + GAP, HEIGHT * FACTOR + GAP
READ = """([left, top, width, height]) => [...document.querySelector(".wall canvas").getContext("2d")
  .getImageData(left, top, width, height).data]"""
IS_DRAWN = """([left, top]) => { const canvas = document.querySelector(".wall canvas");
  const [r, g, b] = canvas.getContext("2d").getImageData(left, top, 1, 1).data;
  return canvas.width > 300 && r === g && g === b; }"""
HOSTILE = "<img src=x onerror=alert(1)>"


class Page(StudioPage):
    """A wall of the part Data."""

    def gutter(self, n: int) -> int:
        """Left of the first eye of a wall of so many rows."""
        return 14 + 7 * len(f"{n:,}") + GAP

    def columns(self, n: int) -> int:
        """Eyes in a line."""
        width: int = self.page.evaluate("document.querySelector('.wall canvas').width")
        return (width - self.gutter(n)) // STEP_X

    def eye(self, n: int, column: int = 0, line: int = 0, channels: int = 1) -> NDArray[np.uint8]:
        """An eye as it is drawn, enlarged."""
        place = [self.gutter(n) + column * STEP_X, GAP + line * STEP_Y, WIDTH * FACTOR, HEIGHT * FACTOR]
        self.page.wait_for_timeout(50)
        pixels = np.array(self.page.evaluate(READ, place), np.uint8).reshape(HEIGHT * FACTOR, WIDTH * FACTOR, 4)
        assert (pixels[..., 3] == 255).all()
        return pixels[..., :3] if channels == 3 else pixels[..., 0]

    def wait_for_eyes(self, n: int) -> None:
        """Until the first eye is there."""
        self.page.wait_for_selector(".wall")
        self.page.wait_for_function(IS_DRAWN, arg=[self.gutter(n) + 4, GAP + 4])

    def wait_for_text(self, selector: str, text: str) -> None:
        """Until an element says this."""
        self.page.wait_for_function(
            "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)", arg=[selector, text]
        )


def enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return image.repeat(FACTOR, 0).repeat(FACTOR, 1)


def labelled(path: Path, n: int = 150) -> Path:
    """An eye file with a number a row as well."""
    write_eyes(path, n)
    with h5py.File(path, "r+") as file:
        file["sharpness"] = np.random.default_rng(1).normal(size=n).astype("f4")
    return path


def write_many(path: Path, n: int, last: NDArray[np.uint8]) -> None:
    """So many equal eyes, one compressed chunk written again and again, and a last one."""
    chunk = np.full((1000, HEIGHT, WIDTH), 7, np.uint8)
    packed = zlib.compress(chunk.tobytes())
    with h5py.File(path, "w") as file:
        images = file.create_dataset("image", (n, HEIGHT, WIDTH), "u1", chunks=chunk.shape, compression="gzip")
        for start in range(0, n, len(chunk)):
            images.id.write_direct_chunk((start, 0, 0), packed)
        images[n - 1] = last


def read(path: Path, name: str) -> Any:
    with h5py.File(path, locking=False) as file:
        return file[name][()]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_canvas_shows_the_very_pixels_of_the_rows(browser, studio, folder, channels):
    images = read(write_eyes(folder / "a.h5", shape=(HEIGHT, WIDTH) if channels == 1 else (HEIGHT, WIDTH, 3)), "image")
    page = Page(browser, studio, "data?file=a.h5")
    page.wait_for_text(".count", "150 rows")
    page.page.wait_for_timeout(600)
    for column, line in [(0, 0), (5, 0), (2, 3)]:
        row = line * page.columns(150) + column
        assert np.array_equal(page.eye(150, column, line, channels), enlarged(images[row])), row
    page.close()


def test_the_end_of_a_million_rows_is_shown(browser, studio, folder):
    n = 1_000_000
    last = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH), np.uint8)
    write_many(folder / "many.h5", n, last)
    page = Page(browser, studio, "data?file=many.h5")
    page.wait_for_eyes(n)
    assert (page.eye(n) == 7).all()
    page.page.focus(".wall")
    page.page.keyboard.press("End")
    page.wait_for_text("#wall-row", "Row 999,999")
    top = page.page.evaluate("document.querySelector('.wall canvas').height") - GAP - HEIGHT * FACTOR
    place = [page.gutter(n) + (n - 1) % page.columns(n) * STEP_X, top, WIDTH * FACTOR, HEIGHT * FACTOR]
    page.page.wait_for_timeout(600)
    found = np.array(page.page.evaluate(READ, place), np.uint8).reshape(HEIGHT * FACTOR, WIDTH * FACTOR, 4)[..., 0]
    assert np.array_equal(found, enlarged(last))
    page.page.keyboard.press("Home")
    page.wait_for_text("#wall-row", "Row 0")
    page.close()


def test_a_region_drawn_on_the_map_shows_the_rows_that_numpy_finds(browser, studio, folder):
    path = labelled(folder / "a.h5", 400)
    page = Page(browser, studio, "data?file=a.h5")
    page.wait_for_text(".gaze-map p", "Draw a region")
    box = page.page.locator(".gaze-map canvas").bounding_box()
    page.page.mouse.move(box["x"] + 80, box["y"] + 20)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 200, box["y"] + 90, steps=3)
    page.page.mouse.up()
    page.wait_for_text(".count", " of 400 rows")
    gaze = page.page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('gaze')")
    low_pitch, high_pitch, low_yaw, high_yaw = map(float, gaze.split(","))
    x, y, z = read(path, "look_vec")[:, :3].astype(float).T
    pitch, yaw = np.rad2deg(np.arcsin(y)), np.rad2deg(np.arctan2(-x, -z))
    rows = np.flatnonzero((pitch >= low_pitch) & (pitch <= high_pitch) & (yaw >= low_yaw) & (yaw <= high_yaw))
    assert 10 < len(rows) < 390
    assert page.page.inner_text(".count") == f"{len(rows)} of 400 rows"
    page.page.wait_for_timeout(600)
    assert np.array_equal(page.eye(400), enlarged(read(path, "image")[rows[0]]))
    page.page.click(".chip")
    page.wait_for_text(".count", "400 rows")
    assert "gaze" not in page.page.url
    page.close()


def test_the_address_holds_ranges_texts_and_the_order(browser, studio, folder):
    path = labelled(folder / "a.h5", 150)
    page = Page(browser, studio, "data?file=a.h5&range.sharpness=-0.5,0.5&text.subject=p0&sort=-sharpness")
    sharpness, subject = read(path, "sharpness"), read(path, "subject")
    rows = np.flatnonzero((sharpness >= -0.5) & (sharpness <= 0.5) & np.char.startswith(subject, b"p0"))
    page.wait_for_text(".count", f"{len(rows)} of 150 rows")
    page.page.wait_for_timeout(600)
    best = rows[sharpness[rows].argmax()]
    assert np.array_equal(page.eye(150), enlarged(read(path, "image")[best]))
    assert page.page.locator(".chip").count() == 3
    page.page.fill("input[aria-label='Lowest sharpness']", "0")
    page.page.keyboard.press("Enter")
    page.wait_for_text(".count", f"{(sharpness[rows] >= 0).sum()} of 150 rows")
    page.page.click("text=Show all")
    page.wait_for_text(".count", "150 rows")
    page.close()


def test_keys_move_tag_and_open(browser, studio, folder):
    write_eyes(folder / "a.h5")
    page = Page(browser, studio, "data?file=a.h5")
    page.wait_for_eyes(150)
    page.page.focus(".wall")
    for key in ("ArrowRight", "ArrowRight", "t", "End", " ", "Home", "ArrowDown", "Enter"):
        page.page.keyboard.press(key)
    page.wait_for_text(".tag-bar", "2 rows tagged")
    columns = int(page.page.inner_text(".row-details h2").removeprefix("Row "))
    assert columns > 3
    page.wait_for_text(".row-details table", f"imgs/ä{columns}.jpg")
    page.page.keyboard.press("ArrowRight")
    page.wait_for_text(".row-details table", f"imgs/ä{columns + 1}.jpg")
    assert studio.get("/api/eyes/tags", file="a.h5").json["rows"] == [2, 149]
    page.page.fill("input[aria-label='Go to row']", "77")
    page.page.keyboard.press("Enter")
    page.wait_for_text("#wall-row", "Row 77")
    assert page.page.evaluate("document.activeElement.className") == "wall"
    page.close()


def test_tagged_rows_are_written_with_labels_bit_for_bit(browser, studio, folder):
    path = labelled(folder / "a.h5")
    page = Page(browser, studio, "data?file=a.h5")
    page.wait_for_eyes(150)
    page.page.click("text=Tag by click")
    for column in (0, 2, 3):
        page.page.mouse.click(*where(page, column))
    page.wait_for_text(".tag-bar", "3 rows tagged")
    page.page.click("text=Write all but the tagged")
    page.wait_for_text(".writing .line code", "--rows-not-in a.tagged.csv")
    page.page.click("text=Write the file")
    page.page.click("text=Open a-without-tagged.h5", timeout=60_000)
    page.wait_for_text(".count", "147 rows")
    rows = np.setdiff1d(np.arange(150), [0, 2, 3])
    for name in ("image", "look_vec", "iris_2d", "head/pose", "subject", "sharpness"):
        assert read(folder / "a-without-tagged.h5", name).tobytes() == read(path, name)[rows].tobytes(), name
    page.close()


def where(page: Page, column: int, line: int = 0, n: int = 150) -> tuple[float, float]:
    """The middle of an eye, on the page."""
    box = page.page.locator(".wall canvas").bounding_box()
    return (box["x"] + page.gutter(n) + (column + 0.5) * STEP_X, box["y"] + (line + 0.5) * STEP_Y)


def test_hostile_names_and_texts_are_shown_as_text(browser, studio, folder):
    name = "<b>bold<script>.h5"
    with h5py.File(write_eyes(folder / name, 5), "r+") as file:
        file[HOSTILE] = np.arange(5.0)
        file["text"] = np.array([HOSTILE.encode() * 200] * 5)
        file["text"].attrs["note"] = HOSTILE
    page = Page(browser, studio, "data")
    page.page.click(f"text={name}")
    page.page.wait_for_selector(".wall")
    page.page.focus(".wall")
    page.page.keyboard.press("Enter")
    page.wait_for_text(".row-details table", HOSTILE)
    assert page.page.locator("main img, main b, main script").count() == 0
    assert page.page.inner_text("h1") == name
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 1360
    page.close()


def test_a_file_that_was_deleted_or_replaced_is_told_and_can_be_loaded_anew(browser, studio, folder):
    path = write_eyes(folder / "a.h5", 3000)
    page = Page(browser, studio, "data?file=a.h5")
    page.wait_for_eyes(3000)
    page.page.wait_for_load_state("networkidle")  # what is still being read would tell of it in words of its own
    path.unlink()
    page.page.focus(".wall")
    page.page.keyboard.press("End")
    page.wait_for_text(".problem", "no such file in this folder")
    write_eyes(path, 20)
    page.page.click("text=Reload")
    page.wait_for_text(".count", "20 rows")
    write_eyes(folder / "b.h5", 30, seed=1)
    os.replace(folder / "b.h5", path)
    page.page.evaluate("dispatchEvent(new Event('focus'))")
    page.wait_for_text(".problem", "has changed while it was shown")


def test_a_damaged_part_is_marked_and_told_once(browser, studio, folder):
    path = compress(write_eyes(folder / "a.h5", 150))
    images = read(path, "image")
    damage(path, 1)
    page = Page(browser, studio, "data?file=a.h5")
    page.page.wait_for_selector(".problem")
    page.page.wait_for_timeout(600)
    assert page.page.locator(".problem").count() == 1
    assert "16" in page.page.inner_text(".problem")
    assert np.array_equal(page.eye(150), enlarged(images[0]))
    page.page.focus(".wall")
    page.page.fill("input[aria-label='Go to row']", "20")
    page.page.keyboard.press("Enter")
    page.wait_for_text("#wall-row", "cannot be read")


def test_an_empty_folder_says_what_to_do(browser, studio):
    page = Page(browser, studio, "data")
    page.wait_for_text("main", "There is nothing here yet")
    assert page.page.locator("button.first").inner_text() == "Make sample data"
    page.page.click("text=Prepare eyes...")
    page.wait_for_text("main h1", "Prepare eyes")
    page.page.click("a.source >> nth=0")
    page.wait_for_text("main h1", "Prepare: unityeyes")
    page.page.wait_for_selector("form.command-form")
    page.close()
