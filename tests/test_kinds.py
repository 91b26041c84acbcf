"""Types of values: what is taken, what is refused, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.kinds import check_kind, kinds_in

SIZE = tuple[int, int]


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (int, 3),
        (int, np.int64(3)),
        (float, 3),
        (float, np.float32(0.5)),
        (bool, False),
        (Path | str, "a"),
        (Path | str, Path("a")),
        (SIZE, (3, 4)),
        (SIZE, [3, 4]),
        (Sequence[str] | str | None, None),
        (Sequence[str] | str | None, np.array(["a", "b"])),
        (Sequence[Path | str], [Path("a"), "b"]),
        (tuple[int, ...], (1, 2, 3)),
        (Mapping[str, str], {"a": "b"}),
        (Literal["a", "b"], "b"),
        (Callable[[str], None], print),
        (np.ndarray | Image.Image, np.zeros(3)),
        (Any, object()),
    ],
)
def test_what_is_taken(hint: Any, value: Any) -> None:
    check_kind("it", value, kinds_in(hint))


@pytest.mark.parametrize(
    ("hint", "value", "said"),
    [
        (int, 3.0, "it must be a whole number, got 3.0."),
        (int, True, "it must be a whole number, got True."),
        (int, "3", "it must be a whole number, got '3'."),
        (float, "a", "it must be a number, got 'a'."),
        (bool, 1, "it must be True or False, got 1."),
        (bool, "no", "it must be True or False, got 'no'."),
        (str | None, b"a", "it must be a text or None, got b'a'."),
        (Path | str, 3, "it must be a path, got 3."),
        (SIZE, 36, "it must be (height, width), got 36."),
        (SIZE, (36, 60, 3), "it must be (height, width), got (36, 60, 3)."),
        (SIZE, "36", "it must be (height, width), got '36'."),
        (Sequence[str], ["a", 3], "it must be a list of texts, got ['a', 3]."),
        (Path | str | Sequence[Path | str], None, "it must be a path or a list of paths, got None."),
        (Callable[[str], None], "print", "it must be a function, got 'print'."),
        (Image.Image, np.zeros((9, 9)), "it must be PIL.Image, got an object of type ndarray."),
    ],
)
def test_what_is_refused(hint: Any, value: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_kind("it", value, kinds_in(hint))
    assert str(caught.value) == said
    assert isinstance(caught.value, TypeError)
