"""A visual Turing test as one self-contained HTML page: real or refined? (Shrivastava et al. 2017, section 3.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from gazeaug.drawing.pages import write_page
from gazeaug.drawing.sheets import sheet_uri
from gazeaug.errors import InputError
from gazeaug.eyefile.origin import not_to_compare, settle_aloud
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.outputs import check_output
from gazeaug.renames import renamed

ROWS = 50
SCALE = 6  # screen pixels a picture pixel


@renamed(n_each="rows")
def write_turing_page(
    refined: Path | str,
    real: Path | str,
    output: Path | str,
    *,
    rows: int = ROWS,
    seed: int = 0,
    force: bool = False,
) -> Path:
    """Write a page that shows pictures of both files one by one, takes answers by key, and counts them at the end.

    The page holds the truth masked by random bits and reveals it once the last answer is given.

    Args:
        refined, real: eye files.
        output: the page; an earlier one is replaced.
        rows: pictures of each file, none twice.
        seed: of the choice, the order and the mask.
        force: go on although the files say that they are the wrong ones.

    Raises:
        InputError: fewer pictures than asked for, other sizes, or an output that cannot be written.
    """
    check_output(Path(output), overwrite=True, inputs=[Path(refined), Path(real)])
    settle_aloud(not_to_compare(refined, real), force=force)
    dice = np.random.default_rng(seed)
    with open_eyes(refined) as first, open_eyes(real) as second:
        if first.image_shape != second.image_shape:
            raise InputError(
                f"{first.path}: pictures are {first.image_shape}, those of {second.path} {second.image_shape}; "
                "their size would give them away."
            )
        shown = [uri for eyes in (first, second) for uri in drawn(eyes, rows, dice)]
        height, width = first.image_shape[:2]
    is_real = np.arange(2 * rows) >= rows
    order, mask = dice.permutation(2 * rows), dice.integers(0, 2, 2 * rows)
    trial = {
        "pictures": [shown[i] for i in order],
        "mask": "".join(map(str, mask)),
        "code": "".join(map(str, is_real[order] ^ mask)),
        "files": [Path(refined).name, Path(real).name],
        "seed": seed,
    }
    return write_page(
        Path(output),
        "evaluation/turing.html",
        n=2 * rows,
        n_each=rows,
        refined=Path(refined).name,
        real=Path(real).name,
        width=width * SCALE,
        height=height * SCALE,
        trial=trial,
    )


def drawn(eyes: EyeFile, n: int, dice: np.random.Generator) -> list[str]:
    """Pictures at random, none twice, as text that a page can hold.

    Raises:
        InputError: there are not as many.
    """
    if not 1 <= n <= eyes.n_images:
        raise InputError(f"{eyes.path}: holds {eyes.n_images} pictures, {n} are to be shown; give another --rows.")
    rows = np.sort(dice.choice(eyes.n_images, n, replace=False))
    return [sheet_uri(Image.fromarray(image)) for image in eyes.read_rows(rows)]
