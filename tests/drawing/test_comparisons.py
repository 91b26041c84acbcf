"""Comparisons: every dot lies in its interval, in the page's colours, and says its figures."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from gazeaug.drawing.comparisons import LONGEST_NAME, Comparison, Measured, shortened

ROWS = {"synthetic": Measured(98, 96, 99), "<b>refined": Measured(62, 58, 66)}


def test_dots_stand_where_their_values_are_and_say_them() -> None:
    svg = Comparison(title="Told apart", rows=ROWS, form=".0f", limits=(0, 100), levels={"coin toss": 50}).svg()
    assert not re.search(r"#|\bid=|<style|https?:|DejaVu", svg)
    discs = list(ElementTree.fromstring(svg).iter("circle"))
    assert [disc[0].text for disc in discs] == ["synthetic: 98 (96 to 99)", "<b>refined: 62 (58 to 66)"]
    (high, upper), (low, lower) = ((float(disc.attrib["cx"]), float(disc.attrib["cy"])) for disc in discs)
    assert high > low
    assert upper < lower
    assert "coin toss" in svg


def test_the_axis_ends_where_values_must() -> None:
    svg = Comparison(title="", rows={"all": Measured(99, 97, 100), "none": Measured(1, 0, 3)}, limits=(0, 100)).svg()
    ticks = {text.text for text in ElementTree.fromstring(svg).iter("text")}
    assert {"0", "100"} <= ticks
    assert not any(tick.startswith(("-", "\u2212")) for tick in ticks if tick)


def test_a_long_name_is_shortened_in_its_middle() -> None:
    name = "a_very_long_name_of_a_file_with_refined_eyes.h5"
    assert len(shortened(name)) <= LONGEST_NAME
    assert shortened(name).startswith("a_very")
    assert shortened(name).endswith("eyes.h5")
    assert shortened("short.h5") == "short.h5"
