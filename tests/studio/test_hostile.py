"""More than 100 kB of hostile names and labels: listed, opened, run, and shown as text in a real browser."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import h5py
import pytest

from tests.makers.eye_files import write_eyes
from tests.makers.studio import Asker, studio_at

N_ROWS = 6
BEGINNINGS = [
    "<img src=x onerror=pwned=1>",
    "<svg onload=pwned=1>",
    '"><img src=x onerror=pwned=1>',
    "' onclick='pwned=1",
    "<script>pwned=1<",
    "&lt;b&gt;&amp;",
    "javascript:pwned=1",
    "%3Cscript%3E%00%2e%2e%2f",
    "${pwned=1}{{constructor}}",
    "two\nlines\r\tand\ttabs",
    "\x1b[31m\x07\x7f",
    "\u202egnp.tset\u2066",
    "\u2028\u2029\ufeff\u200b",
    "👁️‍🗨️ é e\u0301 \u0e01\u0e33",
    "#?&=+%;: @",
    "..\\..\\C:\\x",
    "..dots..",
    "-rf",
    "--help",
    "--output=pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "a;touch pwned;&&touch pwned|",
    "'\"\\'\\\"",
    "__proto__",
    "constructor",
    "null",
    "~",
    "*?[a-z]",
]
MOST_NAME_BYTES = 20_000
LONG = 250  # bytes, of the 255 of a file system


def names() -> list[str]:
    """Names of files, 20 kB in all: each beginning as it is, and filled up with others in many ways."""
    found = [f"{beginning}.h5" for beginning in BEGINNINGS]
    for number in range(10_000):
        if sum(len(name.encode()) for name in found) >= MOST_NAME_BYTES:
            break
        text = str(number) + "".join(BEGINNINGS[(number * step + step) % len(BEGINNINGS)] for step in range(1, 40))
        found.append(text.encode()[: LONG - 3].decode(errors="ignore") + ".h5")
    return found


NAMES = names()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asker, Path]]:
    """A studio of a folder with hostile names, and a file with hostile labels."""
    folder = tmp_path_factory.mktemp("hostile") / "<img src=x onerror=pwned=1>"
    folder.mkdir()
    eyes = write_eyes(folder / NAMES[0], N_ROWS)
    content = eyes.read_bytes()
    for name in NAMES[1:]:
        (folder / name).write_bytes(content)
    (folder / os.fsdecode(b"no text \xff\xfe.h5")).write_bytes(content)
    write_labels(shutil.copy(eyes, folder / "labels.h5"))
    with studio_at(folder) as studio:
        yield studio, folder


def write_labels(path: Path) -> None:
    """Labels with hostile names, texts and attributes."""
    texts = [text * (2_000 // len(text)) for text in BEGINNINGS]
    with h5py.File(path, "a") as file:
        for number, name in enumerate(BEGINNINGS):
            label = name.replace("/", "").replace("\0", "").strip(".") or "x"
            rows = [texts[(number + row) % len(texts)] for row in range(N_ROWS)]
            file.create_dataset(label, data=rows, dtype=h5py.string_dtype())
            file[label].attrs["unit"] = texts[number]
        file["bytes"] = [b"\xff\xfe<b>"] * N_ROWS
        file.attrs["source"] = "".join(BEGINNINGS)
        file.attrs["gazeaug_" + BEGINNINGS[0]] = BEGINNINGS[0]


def test_it_is_100_kb(hostile):
    _, folder = hostile
    with h5py.File(folder / "labels.h5") as file:
        texts = sum(len(value) for name in BEGINNINGS if name in file for value in file[name][:])
    assert sum(len(name.encode()) for name in NAMES) + texts >= 100_000
    assert len(set(NAMES)) == len(NAMES)


def test_every_file_is_listed_and_opens(hostile):
    studio, _ = hostile
    items = {item["path"]: item for item in studio.get("/api/folder").json["items"]}
    shown = [name for name in NAMES if not name.startswith(".")]  # others are hidden
    assert set(shown) <= items.keys()
    bad = items["no text \\udcff\\udcfe.h5"]
    assert bad["kind"] == "unreadable"
    assert "rename it" in bad["facts"]["problem"]
    for name in shown[: 2 * len(BEGINNINGS)]:
        assert items[name]["kind"] == "eyes"
        assert studio.get("/api/eyes", file=name).json["path"] == name
        assert len(studio.get("/api/eyes/rows", file=name, start=0, stop=1).data) == 16 * 18


def test_every_label_is_read(hostile):
    studio, _ = hostile
    info = studio.get("/api/eyes", file="labels.h5").json
    labels = studio.get("/api/eyes/labels", file="labels.h5", row=0).json
    assert {label["name"] for label in info["labels"]} == labels.keys()
    assert BEGINNINGS[0] in labels
    for name in labels:
        answer = studio.get("/api/eyes/histogram", file="labels.h5", label=name)
        assert answer.status in (200, 422), answer


def test_a_job_takes_every_name_as_an_argument(hostile):
    """No shell sees it, and none is taken for a flag."""
    studio, folder = hostile
    odd = ["$(touch pwned).h5", "a;touch pwned;&&touch pwned|.h5", "-rf.h5", "--help.h5", "--output=pwned.h5"]
    jobs = []
    for name in [*odd, "two\nlines\r\tand\ttabs.h5"]:
        answer = studio.post("/api/jobs", command="verify", given={"file": name}, at_once=True)
        line = studio.post("/api/line", command="verify", given={"file": name})
        assert (answer.status, line.status) == (201, 200), (answer, line)
        jobs.append((name, answer.json["id"]))
    deadline = time.monotonic() + 120
    for name, ident in jobs:
        while (job := studio.get(f"/api/jobs/{ident}").json)["state"] in ("queued", "running"):
            assert time.monotonic() < deadline, job
            time.sleep(0.1)
        said = studio.get(f"/api/jobs/{ident}/log").data.decode()
        assert job["state"] == "failed", (name, said)  # the file was not refined, which verify says
        assert "No such option" not in said, said
        assert "refine" in said, said
    assert not list(folder.glob("pwned*"))


ADDRESSES = [
    "data",
    "photographs",
    "train",
    "refine",
    "compare",
    "evaluate",
    "jobs",
    "data?" + urlencode({"file": "labels.h5"}),
    *("data?" + urlencode({"file": f"{beginning}.h5"}) for beginning in BEGINNINGS[::4]),
    "compare?" + urlencode({"first": NAMES[0], "second": NAMES[2], "anyway": 1}),
    *(f"{part}?{urlencode({name: BEGINNINGS[0]})}" for part, name in [("train", "run"), ("data", "prepare")]),
    BEGINNINGS[0],
]


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("width", [1360, 420])
def test_all_of_it_is_shown_as_text(hostile, browser, width):
    studio, _ = hostile
    page, wrong = browser.new_page(viewport={"width": width, "height": 900}), []
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url.endswith("/x") else None)
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    page.goto(studio.address)
    page.wait_for_selector("#nav a")
    for address in ADDRESSES:
        page.goto(f"http://127.0.0.1:{studio.port}/#/{address}")
        page.wait_for_selector("#main > *", state="attached")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("typeof pwned") == "undefined", address
        assert page.query_selector("img[src=x], svg[onload], [onclick], #main script") is None, address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert wrong == [], address
    page.close()
