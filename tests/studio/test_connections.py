"""Requests that come slowly, or not at all, and many of them."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import ExitStack

import pytest

import gazeaug_studio.bodies
import gazeaug_studio.connections
from gazeaug_studio.serving import MOST_CONNECTIONS
from tests.makers.studio import studio_at

SECONDS = 0.3


@pytest.fixture
def hasty(folder, monkeypatch):
    """A studio whose patience is short."""
    monkeypatch.setattr(gazeaug_studio.connections, "HEAD_S", SECONDS)
    monkeypatch.setattr(gazeaug_studio.bodies, "SILENCE_S", SECONDS)
    with studio_at(folder) as studio:
        yield studio


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def seconds_until_closed(connection: socket.socket, trickle: bytes = b"") -> float:
    began = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - began < 10:
        try:
            if trickle:
                connection.sendall(trickle)
            if not connection.recv(1000):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def test_a_connection_that_says_nothing_is_closed(hasty):
    with connected(hasty.port) as connection:
        assert SECONDS * 0.9 <= seconds_until_closed(connection) < 8 * SECONDS


def test_a_head_that_trickles_is_closed(hasty):
    with connected(hasty.port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert seconds_until_closed(connection, b"a") < 8 * SECONDS


def test_a_head_that_trickles_behind_a_request_is_closed(hasty):
    with connected(hasty.port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nX: ")
        assert seconds_until_closed(connection, b"a") < 8 * SECONDS


def test_a_body_that_stops_is_answered(hasty):
    connection = http.client.HTTPConnection("127.0.0.1", hasty.port, timeout=10)
    host = f"127.0.0.1:{hasty.port}"
    connection.putrequest("POST", "/api/line")
    for name, value in {"Cookie": hasty.cookie, "Origin": f"http://{host}", "Content-Length": "100"}.items():
        connection.putheader(name, value)
    connection.endheaders(b"{")
    response = connection.getresponse()
    assert response.status == 408
    assert b"The request stopped coming" in response.read()
    connection.close()


def test_a_page_that_goes_in_the_middle_of_its_request_does_no_harm(hasty, caplog):
    host = f"127.0.0.1:{hasty.port}"
    head = f"POST /api/line HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {hasty.cookie}\r\n"
    with connected(hasty.port) as connection:
        connection.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
    time.sleep(0.1)
    assert hasty.get("/api/about").status == 200
    assert not caplog.records


def test_a_request_of_many_rows_has_a_long_address(studio):
    assert studio.get("/api/about", rows=",".join(["1234567"] * 8192)).status == 200


def test_more_connections_than_are_taken_are_refused_and_the_studio_goes_on(studio):
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            stack.enter_context(connected(studio.port))
        assert studio.get("/api/about").status == 503
    time.sleep(0.2)
    assert studio.get("/api/about").status == 200
