"""JPEGs decoded whole or not at all: libjpeg fills in what is damaged, with a warning that Pillow keeps to itself.

A JPEG's scan is a stream of bits without checksums. What shows damage is how much of it the decoder needs: one that is
cut short, or has garbage in it, ends before the picture does, or goes on after it. So the decoder gets the scan without
its last bytes, and must not be done; then those, without the marker that ends a scan, and must be.

Where there are several scans (progressive pictures) or restart markers, the picture is decoded a second time with bytes
put in at the end of each, which must change nothing; or by simplejpeg, which hands on libjpeg's warnings.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

try:
    import simplejpeg
except ImportError:  # the extra 'jpeg': tells what libjpeg warned of
    simplejpeg = None

MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # in a scan: neither a stuffed 255 nor a restart
RESTART = re.compile(rb"\xff+([\xd0-\xd7])")
IN_ORDER = bytes(range(0xD0, 0xD8))
SCAN, RESTART_INTERVAL = 0xDA, 0xDD
ONE_PASS = (0xC0, 0xC1)  # frames that may have all of their components in one scan
HELD_BACK = 2  # bytes; some cameras write a few more than the picture needs, and libjpeg wants some ahead
AHEAD = bytes(8)  # that libjpeg wants to have before it decodes the last bits
PUT_IN = bytes(range(7, 251, 5))  # no 255 in it
MARKS = 16  # pixels of the last row that tell whether it is decoded
CUT = "its data ends before the picture does"
LEFT_OVER = "its data goes on after the picture's end, so something in it is damaged"
DISORDER = "its restart markers are out of order"


@dataclass(frozen=True)
class Scans:
    """Where the data of a JPEG's scans lies."""

    spans: list[tuple[int, int]]
    is_one_pass: bool
    """All is in one scan."""
    has_restarts: bool


def load_whole(picture: Image.Image, draft: tuple[str, tuple[int, int]] | None = None) -> None:
    """Decode a picture of which only the head is read, and refuse a JPEG that is damaged.

    Args:
        picture: of any format; another than JPEG is left to Pillow.
        draft: what its `draft` was called with, if it was.

    Raises:
        OSError: it is damaged; and what else Pillow raises.
    """
    if not isinstance(picture, JpegImageFile) or not picture.tile or picture.fp is None:
        picture.load()
        return
    with picture.fp as file:
        file.seek(0)
        data = file.read()
    scans = find_scans(data)
    pieces = InPieces(picture, data, scans) if scans.is_one_pass else None
    picture.fp = pieces or io.BytesIO(data)
    picture.load()
    if pieces is not None and pieces.n_given < 2:
        raise OSError(LEFT_OVER)
    if scans.has_restarts or not scans.is_one_pass:
        check_each(picture, data, scans, draft)


def find_scans(data: bytes) -> Scans:
    """Walk through the segments of a JPEG; what is no JPEG has no scans."""
    place, spans, frame, restarts, n_components, is_one_pass = 2, list[tuple[int, int]](), 0, 0, 0, False
    while place + 4 <= len(data) and data[place] == 0xFF:
        kind = data[place + 1]
        if kind == 0xFF:  # a fill byte
            place += 1
            continue
        if kind == 0xD9:
            break
        begin = place + 4
        place += 2 + int.from_bytes(data[place + 2 : begin])
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            frame, n_components = kind, data[begin + 5] if begin + 5 < len(data) else 0
        elif kind == RESTART_INTERVAL:
            restarts = int.from_bytes(data[begin : begin + 2])
        elif kind == SCAN and begin < len(data):
            is_one_pass = not spans and frame in ONE_PASS and data[begin] == n_components
            found = MARKER.search(data, place)
            end = len(data) if found is None else found.start()
            spans.append((place, place + len(data[place:end].rstrip(b"\xff"))))  # any number of 255 may stand before it
            place = end
    return Scans(spans, is_one_pass and len(spans) == 1, restarts > 0)


class InPieces(io.BytesIO):
    """The file of a picture that Pillow decodes from it: a scan in pieces, after each a look whether it was enough."""

    def __init__(self, picture: ImageFile.ImageFile, data: bytes, scans: Scans) -> None:
        super().__init__()
        start, end = scans.spans[0]
        held_back = max(start, end - HELD_BACK)
        self._picture = picture
        self._pieces = [data[:held_back], data[held_back:end] + AHEAD, data[end:]]
        self.n_given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """The next piece, of whatever size."""
        if self.n_given == 0:
            self._mark()
        elif self.n_given == 1 and self._is_done():
            raise OSError(LEFT_OVER)
        elif self.n_given == 2 and not self._is_done():
            raise OSError(CUT)
        piece = self._pieces[self.n_given] if self.n_given < len(self._pieces) else b""
        self.n_given += 1
        return piece

    def _marks(self) -> list[tuple[tuple[int, int], int | tuple[int, ...]]]:
        """Places in the last row, and levels that nobody photographs."""
        width, height = self._picture.size
        n_bands = len(self._picture.getbands())
        places = [(i * width // MARKS, height - 1) for i in range(MARKS)]
        levels = [[(37 * i + 101 * band + 13) % 256 for band in range(n_bands)] for i in range(MARKS)]
        return [(at, each[0] if n_bands == 1 else tuple(each)) for at, each in zip(places, levels, strict=True)]

    def _mark(self) -> None:
        for at, level in self._marks():
            self._picture.im.putpixel(at, level)

    def _is_done(self) -> bool:
        marks = dict(self._marks())  # in a narrow picture one may lie on another
        return any(self._picture.im.getpixel(at) != level for at, level in marks.items())


def check_each(picture: Image.Image, data: bytes, scans: Scans, draft: tuple[str, tuple[int, int]] | None) -> None:
    """Refuse a JPEG of which a scan, or the part before a restart marker, ends too early.

    With the extra 'jpeg', one that libjpeg warns of for any other reason too: data that goes on does not show here.

    Raises:
        OSError: one does.
    """
    longer, done = [], 0
    for start, end in scans.spans:
        restarts = b"".join(RESTART.findall(data, start, end))
        if restarts != (IN_ORDER * (len(restarts) // 8 + 1))[: len(restarts)]:
            raise OSError(DISORDER)
        scan = RESTART.sub(lambda found: PUT_IN + found[0], data[start:end]) if restarts else data[start:end]
        longer += [data[done:start], scan, PUT_IN]
        done = end
    if simplejpeg is not None and len(picture.getbands()) < 4:  # it does not read four colours
        check_warnings(data)
        return
    with Image.open(io.BytesIO(b"".join([*longer, data[done:]])), formats=["JPEG"]) as other:
        if draft is not None:
            other.draft(*draft)
        if other.tobytes() != picture.tobytes():
            raise OSError(CUT)


def check_warnings(data: bytes) -> None:
    """Refuse what libjpeg warns of, decoded as small as it can.

    Raises:
        OSError: in libjpeg's words.
    """
    try:
        simplejpeg.decode_jpeg(data, "GRAY", min_height=1, min_width=1)
    except ValueError as error:
        raise OSError(str(error)) from error
