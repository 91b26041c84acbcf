"""What a file is, by its first bytes, for the sentence that refuses it: a zip, a web page, a Git LFS pointer, zeros.

Sources: the signatures that each format's specification gives.
"""

from __future__ import annotations

import errno
import re
import stat
import zipfile
from pathlib import Path

UNREADABLE = "a file that cannot be read"
HEAD_BYTES = 4096
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
HDF5_PLACES = (0, 512, 1024, 2048)  # behind a user block, such as MATLAB's

# By their first bytes; what a name alone does not tell stands in brackets.
SIGNATURES = {
    HDF5_SIGNATURE: "an HDF5 file",
    b"\x1f\x8b": "a gzip archive (gunzip or tar unpacks it)",
    b"BZh": "a bzip2 archive (bunzip2 or tar unpacks it)",
    b"\xfd7zXZ\0": "an xz archive (xz -d or tar unpacks it)",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive (7z x unpacks it)",
    b"\x28\xb5\x2f\xfd": "a zstd archive (unzstd unpacks it)",
    b"\x04\x22\x4d\x18": "an lz4 archive (unlz4 unpacks it)",
    b"Rar!\x1a\x07": "a RAR archive (unrar unpacks it)",
    b"version https://git-lfs": "a Git LFS pointer and not the file itself (git lfs pull fetches it)",
    b"/annex/objects/": "a git-annex pointer and not the file itself (git annex get fetches it)",
    b"\x93NUMPY": "a NumPy array (.npy)",
    b"MATLAB 5.0 MAT-file": "a MATLAB file of format 5",
    b"\x0e\x03\x13\x01": "an HDF4 file",
    b"CDF\x01": "a NetCDF file",
    b"CDF\x02": "a NetCDF file",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3\0": "an SQLite database",
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"BM": "a BMP picture",
    b"%PDF": "a PDF file",
    b"\x7fELF": "a program",
}
WITHIN = {  # by bytes further on
    (257, b"ustar"): "a tar archive (tar -xf unpacks it)",
    (8, b"WEBP"): "a WebP picture",
    (8, b"AVI "): "a video",
    (4, b"ftyp"): "a video, or a picture of a telephone (HEIC)",
}
# What makes a zip more than that: a name in it.
ZIPPED = {
    r".*\.npy": "NumPy arrays (.npz)",
    r".*/data\.pkl": "a PyTorch checkpoint",
    r"model\.weights\.h5": "a Keras model",
    r"xl/workbook\.xml": "an Excel workbook",
}
TEXTS = {  # by how they begin, in lower case
    r"(<!--.*?-->\s*)*(<!doctype html|<html)": (
        "an HTML page (what a site sends where a download needs a login or a click)"
    ),
    r"<svg|<\?xml[^>]*>\s*<svg": "an SVG picture",
    r"<\?xml": "an XML file",
    r"\{\s*[\"}]|\[\s*[\[{\"\d\]-]": "a JSON file",
}


def kind_of(path: Path) -> str:
    """What a path is, as the object of "found"; "no such file" where there is nothing."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return "a folder"
        if not stat.S_ISREG(status.st_mode):
            return "a pipe or a device"
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except FileNotFoundError:
        return "a link that leads nowhere" if path.is_symlink() else "no such file"
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a link that leads in a circle"
        return f"{UNREADABLE} ({error.strerror})"
    return _kind_of_zip(path) if head.startswith(ZIP_STARTS) else kind_of_bytes(head, status.st_size)


def but_found(path: Path) -> str:
    """The second half of "expected ..., ..." for a path at which there is no file."""
    kind = kind_of(path)
    return f"but there is {kind}" if kind == "no such file" else f"found {kind}"


def kind_of_bytes(data: bytes, n_bytes: int | None = None) -> str:
    """As `kind_of`, of bytes with which something begins that has `n_bytes`, or that are all of it."""
    head = data[:HEAD_BYTES]
    if not head:
        return "an empty file"
    if not any(head):
        return "zeros (as a download or a copy that did not end leaves them)"
    if head.startswith(ZIP_STARTS):
        return "a zip archive (unzip unpacks it)"
    for signature, kind in SIGNATURES.items():
        if head.startswith(signature):
            return kind
    for (place, signature), kind in WITHIN.items():
        if head[place:].startswith(signature):
            return kind
    if any(head[place:].startswith(HDF5_SIGNATURE) for place in HDF5_PLACES):
        return "an HDF5 file"
    n_all = len(data) if n_bytes is None else n_bytes
    return _kind_of_model(head, n_all) or _kind_of_text(head) or f"no known kind of file (its bytes: {_begin(head)})"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a zip archive that is cut short"
    for pattern, kind in ZIPPED.items():
        if any(re.fullmatch(pattern, name) for name in names):
            return kind
    return "a zip archive (unzip unpacks it)"


def _kind_of_model(head: bytes, n_bytes: int) -> str | None:
    """Models have no signature, but a begin that nothing else has."""
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a Python pickle"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= n_bytes - 8:
        return "a model's weights (safetensors)"
    if re.match(rb"\x08[\x01-\x20][\x12\x1a\x22\x28\x3a\x42]", head):  # ir_version, then the next field of ModelProto
        return "an ONNX model"
    return None


def _kind_of_text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "a text file (UTF-16)"
    if re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", head):
        return None
    text = head.decode("utf-8-sig", "replace").lstrip().lower()
    return next((kind for pattern, kind in TEXTS.items() if re.match(pattern, text)), "a text file")


def _begin(head: bytes) -> str:
    return f"{head[:8].hex(' ')}{' ...' if len(head) > 8 else ''}"
