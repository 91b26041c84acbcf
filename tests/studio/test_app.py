from __future__ import annotations


def test_the_page_and_its_parts_are_served(studio, folder):
    assert b"<main" in studio.get("/").data
    assert studio.get("/static/main.js").status == 200
    assert studio.get("/api/about").json["folder"] == str(folder.resolve())


def test_unknown_addresses_answer_in_a_sentence(studio):
    answer = studio.get("/api/nothing")
    assert (answer.status, answer.json) == (404, {"error": "There is nothing at this address."})
