"""Who may ask: names of this machine, the cookie, and how one gets it. What is refused stands in test_attacks.py."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gazeaug_studio.guard import Guard, is_inside, is_known, names_here
from tests.makers.studio import TOKEN

LOCAL = frozenset({"localhost"})


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8750",
        "localhost:9000",
        "LOCALHOST:8750",
        "127.0.0.1:8750",
        "127.0.0.1",
        "[::1]:8750",
        "[::1]",
        "192.168.1.5:8750",
        "0.0.0.0:8750",
    ],
)
def test_names_of_this_machine_are_known(host):
    assert is_known(host, LOCAL)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":8750",
        "evil.example",
        "localhost.evil.example:8750",
        "127.0.0.1.evil.example",
        "localhost.",
        "localhost:8750:80",
        "localhost:port",
        "localhost:",
        "user@localhost",
        "evil.example@127.0.0.1",
        "localhost/",
        "localhost evil.example",
        "localhost,evil.example",
        "local_host",
        "[::1",
        "[evil.example]",
        "0x7f.1",
        "2130706433",
        "127.1",
        "l\u00f6calhost",
        "localhost\n",
        "a" * 10000,
    ],
)
def test_other_names_are_not(host):
    assert not is_known(host, LOCAL)


def test_its_own_names_count_only_where_other_machines_can_connect(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "GPU-box")
    monkeypatch.setattr("socket.getfqdn", lambda: "gpu-box.lab.example")
    assert names_here("127.0.0.1") == names_here("::1") == names_here("localhost") == LOCAL
    assert names_here("0.0.0.0") == {"localhost", "0.0.0.0", "gpu-box", "gpu-box.lab.example"}
    assert [is_inside(host) for host in ("127.0.0.1", "127.3.4.5", "::1", "LocalHost")] == [True] * 4
    assert [is_inside(host) for host in ("0.0.0.0", "::", "192.168.1.5", "gpu-box")] == [False] * 4


def test_the_token_becomes_a_cookie_and_leaves_the_address(studio):
    answer = studio.ask("GET", f"/?token={TOKEN}", Cookie=None)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert answer.headers["cache-control"] == "no-store"
    name, _, rest = answer.headers["set-cookie"].partition("=")
    value, *attributes = rest.split("; ")
    assert name.startswith("gazeaug-studio-")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=strict"]  # no age: it ends with the browser
    assert TOKEN not in rest
    assert len(value) == 64


def test_a_link_of_another_page_leads_in_by_a_page_of_our_own(studio):
    """A strict cookie is kept back on a redirect that a link of another page led to."""
    answer = studio.ask("GET", f"/?token={TOKEN}", Cookie=None, Sec_Fetch_Site="cross-site")
    assert answer.status == 200
    assert b'content="0; url=/"' in answer.data
    assert TOKEN.encode() not in answer.data
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" in answer.headers


def test_every_studio_has_a_cookie_of_its_own():
    """A browser keeps one jar for all ports of localhost; `ssh -L` brings several machines there."""
    one, other = (Guard(None, token, LOCAL) for token in (TOKEN, TOKEN + "2"))  # type: ignore[arg-type]
    assert one.cookie != other.cookie


def test_a_cookie_of_the_same_name_from_another_port_locks_nobody_out(studio):
    name = studio.cookie.partition("=")[0]
    for cookie in (f"{name}=planted; {studio.cookie}", f"{studio.cookie}; {name}=planted", f"a=b; {studio.cookie}; c"):
        assert studio.ask("GET", "/api/about", Cookie=cookie).status == 200


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:9000", "LOCALHOST:9000", "[::1]:9000"])
def test_another_port_at_the_far_end_of_ssh_works(studio, host):
    """`ssh -L 9000:127.0.0.1:8750`: the browser knows port 9000 only."""
    assert studio.ask("GET", "/api/about", Host=host).status == 200
    assert studio.ask("POST", "/api/nothing", {}, Host=host, Origin=f"http://{host.lower()}").status == 404
    assert studio.ask("POST", "/api/nothing", {}, Host=host, Origin="http://localhost:9001").status == 403


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/api/about", "/api/nothing", "/?token=wrong"])
def test_every_answer_keeps_other_pages_out(studio, path):
    headers = {name.lower(): value for name, value in studio.get(path).headers.items()}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert not any(name.startswith("access-control") or name == "server" for name in headers)


def test_a_websocket_is_refused_by_the_guard_too():
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(None, TOKEN, LOCAL)({"type": "websocket"}, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "there are none"}]
