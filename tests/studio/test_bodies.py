"""What comes with a request. Bodies that are none stand in test_attacks.py."""

from __future__ import annotations

import pytest

from gazeaug_studio.bodies import parsed, whole_number
from gazeaug_studio.errors import Refused


def test_json_is_taken_as_it_is():
    text = '{"a": [1, -2.5e3, null, true], "b": {"": "\\u00e9\\ud83d\\udc41 \\\\ud"}}'
    assert parsed(bytearray(text.encode())) == {"a": [1, -2500.0, None, True], "b": {"": "é👁 \\ud"}}


@pytest.mark.parametrize("text", ["", "{", "nonsense", '{"a": Infinity}', '{"a": "\\udfff"}', '{"\\uDBFF": 1}', "\xff"])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(Refused, match="The request is no JSON"):
        parsed(bytearray(text.encode("latin-1")))


@pytest.mark.parametrize("text", ["[]", "1", "null", '"text"'])
def test_what_is_no_object_is_refused(text):
    with pytest.raises(Refused, match="must be a JSON object"):
        parsed(bytearray(text.encode()))


def test_whole_numbers():
    assert [whole_number(text, "row") for text in ("0", "007", "999999999999999999")] == [0, 7, 999999999999999999]
    for text in ("", "-1", "1.5", "1e3", " 1", "٣", "²", "9" * 19, "0x1", "1_000"):
        with pytest.raises(Refused, match="row must be a whole number of at least 0"):
            whole_number(text, "row")
