"""`gazeaug studio` as a process: what it says, what it refuses, and how it ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.makers.served import command, served


def refused(folder: Path, *words: str) -> str:
    found = subprocess.run(command(str(folder), "--no-browser", *words), capture_output=True, text=True, timeout=60)
    assert found.returncode == 2, found
    assert "Traceback" not in found.stderr
    return found.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_ends_within_a_second(folder, number):
    with served(folder, "--no-browser") as studio:
        assert studio.said["folder"] == str(folder.resolve())
        assert studio.said["host"] == "127.0.0.1"
        asker = studio.asker
        assert asker.get("/api/about").json["name"] == "served"
        waiting = socket.create_connection(("127.0.0.1", asker.port))  # a browser keeps connections open
        code, seconds, out = studio.ended(number)
        waiting.close()
    assert (code, out) == (0, "the studio has ended; jobs go on without it\n")
    assert seconds < 2, "1.5 s at most on a free machine"


def test_a_request_that_hangs_does_not_keep_it(folder):
    with served(folder, "--no-browser") as studio:
        asker = studio.asker
        hanging = socket.create_connection(("127.0.0.1", asker.port))
        host = f"127.0.0.1:{asker.port}"
        head = f"POST /api/line HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {asker.cookie}\r\n"
        hanging.sendall(f"{head}Content-Length: 10\r\n\r\n{{".encode())
        time.sleep(0.2)
        code, seconds, _ = studio.ended(signal.SIGTERM)
        hanging.close()
    assert code == 0
    assert seconds < 3


def test_nothing_heavy_is_loaded(folder):
    """torch takes seconds and hundreds of MB; the first page needs neither numpy nor h5py."""
    if not Path("/proc/self/maps").exists():
        pytest.skip("needs /proc")
    with served(folder, "--no-browser") as studio:
        asker = studio.asker
        for path in ("/", "/api/about", "/static/main.js"):
            assert asker.get(path).status == 200
        loaded = Path(f"/proc/{studio.process.pid}/maps").read_text()
    assert not [name for name in ("libtorch", "onnxruntime", "matplotlib") if name in loaded]


def test_a_restart_keeps_the_token_and_a_second_one_does_no_harm(folder):
    with served(folder, "--no-browser") as one, served(folder, "--no-browser") as two:
        assert one.said["token"] == two.said["token"]
        assert one.said["port"] != two.said["port"]
        assert [studio.asker.get("/api/about").status for studio in (one, two)] == [200, 200]


def test_a_folder_that_goes_away_is_said(folder):
    with served(folder, "--no-browser") as studio:
        asker = studio.asker
        shutil.rmtree(folder)
        assert asker.get("/").status == 200
        assert asker.get("/api/about").status in (200, 410)
        assert studio.ended(signal.SIGINT)[0] == 0
    assert not folder.exists()


def test_other_machines_are_let_in_with_a_warning(folder):
    with served(folder, "--no-browser", "--host", "0.0.0.0") as studio:
        port, name = int(studio.said["port"]), socket.gethostname()
        assert studio.said["host"] == "127.0.0.1"
        assert studio.asker.ask("GET", "/api/about", Host=f"{name}:{port}").status == 200
        assert studio.asker.ask("GET", "/api/about", Host="evil.example").status == 403
        _, _, out = studio.ended(signal.SIGTERM)
    first, second, _ = out.splitlines()
    assert first == f"from other machines: http://{name}:{port}/?token={studio.said['token']}"
    assert second == "Other machines can connect, and what goes over the network is not encrypted; ssh -L is safer."


def test_it_is_served_on_ipv6(folder):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with served(folder, "--no-browser", "--host", "::1") as studio:
        assert studio.said["host"] == "[::1]"


def test_a_port_in_use_and_addresses_that_are_none_are_refused(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(folder, "--port", str(port))
        assert f"--host 127.0.0.1 --port {port}: cannot be served (Address already in use); give another" in said
    for words in (
        ["--port", "70000"],
        ["--port", "-1"],
        ["--host", "a" * 70],
        ["--host", "8.8.8.8"],
        ["--host", "no..x"],
    ):
        assert "cannot be served" in refused(folder, *words), words
    assert "expected a folder to work in" in refused(folder / "no")
    assert not (folder / "no").exists()


def test_the_browser_gets_no_token_in_its_arguments(folder):
    """Other users read the arguments of processes."""
    browser, seen = folder / "browser", folder / "seen"
    browser.write_text(f'#!/bin/sh\nfor word in "$@"; do echo "$word"; stat -c %a "${{word#file://}}"; done > {seen}\n')
    browser.chmod(0o755)
    with served(folder, BROWSER=str(browser), DISPLAY=":99") as studio:
        deadline = time.monotonic() + 10
        while not (seen.exists() and seen.read_text().count("\n") == 2) and time.monotonic() < deadline:
            time.sleep(0.05)
        url, mode = seen.read_text().split()
        page = Path(url.removeprefix("file://"))
        assert studio.said["token"] not in url
        assert mode == "600"
        assert studio.said["address"] in page.read_text()
        studio.ended(signal.SIGINT)
    assert not page.exists()


def test_without_a_screen_no_browser_opens(folder):
    """One of the terminal would take the terminal."""
    browser = folder / "browser"
    browser.write_text(f"#!/bin/sh\ntouch {folder}/seen\n")
    browser.chmod(0o755)
    with served(folder, BROWSER=str(browser), DISPLAY="", WAYLAND_DISPLAY="") as studio:
        studio.asker.get("/")
    assert not (folder / "seen").exists()


def test_a_folder_whose_name_is_no_text_is_served(tmp_path):
    folder = tmp_path / os.fsdecode(b"f\xff")
    folder.mkdir()
    with served(folder, "--no-browser") as studio:
        assert studio.said["folder"].endswith("f\\udcff")
        assert studio.asker.get("/api/about").json["name"] == "f\udcff"
