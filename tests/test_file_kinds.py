"""What a file is, by its first bytes: made by the programs that make such files."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import pickle
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import save_file
from scipy import io

from gazeaug.file_kinds import kind_of
from tests.makers import models

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


def tar(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        archive.add(__file__)


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("eyes.h5", b"")


def cut_zip(path: Path) -> None:
    zipped(path)
    os.truncate(path, 40)


def hdf5(path: Path) -> None:
    with h5py.File(path, "w", userblock_size=512) as file:
        file["a"] = 1


def npz(path: Path) -> None:
    with path.open("wb") as stream:
        np.savez(stream, a=np.zeros(2))


def npy(path: Path) -> None:
    with path.open("wb") as stream:
        np.save(stream, np.zeros(2))


def picture(form: str) -> Callable[[Path], None]:
    return lambda path: Image.new("L", (4, 4)).save(path, form)


def written(content: str | bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


KINDS: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_bytes(gzip.compress(b"a")), "a gzip archive"),
    (lambda path: path.write_bytes(bz2.compress(b"a")), "a bzip2 archive"),
    (lambda path: path.write_bytes(lzma.compress(b"a")), "an xz archive"),
    (tar, "a tar archive"),
    (zipped, "a zip archive (unzip"),
    (cut_zip, "a zip archive that is cut short"),
    (npz, "NumPy arrays (.npz)"),
    (npy, "a NumPy array (.npy)"),
    (lambda path: torch.save({"a": torch.zeros(2)}, path), "a PyTorch checkpoint"),
    (lambda path: save_file({"a": np.zeros(2)}, path), "a model's weights (safetensors)"),
    (lambda path: models.inverting(path, 16, 18), "an ONNX model"),
    (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "a Python pickle"),
    (hdf5, "an HDF5 file"),
    (lambda path: io.savemat(path, {"a": 1}, appendmat=False), "a MATLAB file of format 5"),
    (picture("PNG"), "a PNG picture"),
    (picture("JPEG"), "a JPEG picture"),
    (picture("TIFF"), "a TIFF picture"),
    (picture("WEBP"), "a WebP picture"),
    (written(LFS), "a Git LFS pointer"),
    (written("\n <!DOCTYPE html><html>"), "an HTML page"),
    (written("<?xml version='1.0'?><a/>"), "an XML file"),
    (written("\ufeff" + json.dumps({"a": 1})), "a JSON file"),
    (written(json.dumps([[1, 2]])), "a JSON file"),
    (written("file,pitch\n1.png,2\n"), "a text file"),
    (written("a,b".encode("utf-16")), "a text file (UTF-16)"),
    (written(b""), "an empty file"),
    (written(bytes(100_000)), "zeros"),
    (written(b"\x01\x02\xff\x00 what is this"), "no known kind of file (its bytes: 01 02 ff 00 20 77 68 61 ...)"),
    (lambda path: path.mkdir(), "a folder"),
    (lambda path: None, "no such file"),
]


@pytest.mark.parametrize(("make", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_a_file_is_known_by_its_first_bytes(tmp_path: Path, make: Callable[[Path], object], kind: str) -> None:
    make(tmp_path / "a")
    assert kind_of(tmp_path / "a").startswith(kind)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "a").chmod(0)
    assert kind_of(tmp_path / "a") == "a file that cannot be read (Permission denied)"
