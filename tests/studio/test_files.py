from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

NO_FILES = {
    ".hidden.png": 403,
    ".gazeaug-studio/token": 403,
    "linked/token": 403,
    "token.txt": 403,
    "out.png": 403,
    "outside/secret.txt": 403,
    "../secret.txt": 403,
    "/etc/passwd": 403,
    "%2e%2e/secret.txt": 403,
    "..%2fsecret.txt": 403,
    "missing.png": 404,
    "pictures": 404,
    "pipe.txt": 404,
    "a%00.png": 400,
}


@pytest.fixture
def filled(folder: Path) -> Path:
    """A folder with files of every kind, and with links out of it."""
    (folder / "pictures").mkdir()
    for name in ("a.png", "b.jpg", "c.webp", "d.gif", "e.bmp", "f.tiff"):
        Image.new("RGB", (8, 6), (200, 150, 100)).save(folder / "pictures" / name)
    (folder / "page.html").write_text("<!doctype html><title>page</title><script>1</script>")
    (folder / "false.png").write_text("<script>alert(1)</script>")
    (folder / "drawn.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
    (folder / "rows.csv").write_text("row,reason\n1,é\n")
    (folder / "code.js").write_text("alert(1)")
    (folder / ".hidden.png").write_bytes((folder / "pictures/a.png").read_bytes())
    secret = folder.parent / "secret.txt"
    secret.write_text("secret")
    os.mkfifo(folder / "pipe.txt")
    (folder / "out.png").symlink_to(secret)
    (folder / "outside").symlink_to(folder.parent)
    (folder / ".gazeaug-studio").mkdir(exist_ok=True)
    (folder / ".gazeaug-studio/token").write_text("the token")
    (folder / "linked").symlink_to(folder / ".gazeaug-studio")
    (folder / "token.txt").symlink_to(folder / ".gazeaug-studio/token")
    return folder


def is_download(answer) -> bool:
    return answer.headers.get("content-disposition", "").startswith("attachment")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.png", "png"), ("b.jpg", "jpeg"), ("c.webp", "webp"), ("d.gif", "gif"), ("e.bmp", "bmp")],
)
def test_pictures_are_shown(studio, filled, name, kind):
    answer = studio.get(f"/files/pictures/{name}")
    assert (answer.status, answer.headers["content-type"]) == (200, f"image/{kind}")
    assert answer.data == (filled / "pictures" / name).read_bytes()
    assert not is_download(answer)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["pictures/f.tiff", "false.png", "drawn.svg", "code.js"])
def test_what_is_no_picture_page_or_text_is_downloaded(studio, filled, name):
    answer = studio.get(f"/files/{name}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert is_download(answer)


@pytest.mark.parametrize("name", ["page.html", "false.png", "rows.csv", "pictures/a.png"])
def test_all_files_are_sandboxed_without_the_origin_of_the_studio(studio, filled, name):
    policy = studio.get(f"/files/{name}").headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-downloads; default-src 'none';")
    assert "allow-same-origin" not in policy


def test_texts_are_plain_and_a_long_one_is_downloaded(studio, filled):
    answer = studio.get("/files/rows.csv")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.data.decode() == "row,reason\n1,é\n"
    (filled / "long.csv").write_bytes(b"1\n" * (3 << 20))
    assert is_download(studio.get("/files/long.csv"))


@pytest.mark.parametrize("name", NO_FILES)
def test_hidden_files_and_what_lies_outside_are_refused(studio, filled, name):
    answer = studio.get(f"/files/{name}")
    assert answer.status == NO_FILES[name], answer
    assert "error" in answer.json
    assert str(filled.parent) not in answer.data.decode()


def test_head_ranges_and_what_the_browser_has_already(studio, filled):
    whole = studio.get("/files/page.html")
    head = studio.ask("HEAD", "/files/page.html")
    assert (head.status, head.data) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.data))
    part = studio.ask("GET", "/files/page.html", Range="bytes=2-8")
    assert (part.status, part.data) == (206, whole.data[2:9])
    again = studio.ask("GET", "/files/page.html", If_None_Match=whole.headers["etag"])
    assert (again.status, again.data) == (304, b"")
    assert again.headers["content-security-policy"] == whole.headers["content-security-policy"]


def test_files_are_only_read(studio, filled):
    assert studio.ask("PUT", "/files/page.html", b"x").status == 405
    assert studio.ask("DELETE", "/files/page.html").status == 405
