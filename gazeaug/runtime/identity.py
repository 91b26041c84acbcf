"""Which network a model is: the digest of its ONNX file and of every file of weights that it names (external data)."""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from gazeaug.errors import InputError, RunError
from gazeaug.file_kinds import kind_of

if TYPE_CHECKING:
    import onnx

POINTERS = ("a Git LFS pointer", "a git-annex pointer", "an HTML page")  # what takes the place of a large file
MARK = b"location"  # the key of every reference to another file, so a model without the word has none


@dataclass(frozen=True)
class Weights:
    """A file of weights beside a model, as it was when it was read."""

    path: Path
    state: tuple[int, ...]

    @classmethod
    def found(cls, path: Path) -> Weights:
        """As it is now."""
        return cls(path, state_of(path))


@dataclass(frozen=True)
class ModelIdentity:
    """What tells one network from another."""

    sha256: str
    """Of the ONNX file where that is all, as `sha256sum` prints it; else of its digest and those of its weights."""
    weights: tuple[Weights, ...] = ()
    """Other files that hold its weights, in the order in which the model names them."""

    @classmethod
    def of(cls, model: Path) -> ModelIdentity:
        """Read all files of a model.

        Raises:
            InputError: a file that the model names is not there, is cut short, or lies outside the model's folder.
        """
        weights = tuple(Weights.found(path) for path in files_of_weights(model))
        graph = file_sha256(model)
        if not weights:
            return cls(graph)
        together = hashlib.sha256(bytes.fromhex(graph))
        for each in weights:
            together.update(bytes.fromhex(file_sha256(each.path)))
        return cls(together.hexdigest(), weights)

    def files(self, model: Path) -> list[Path]:
        """Everything that has to be there for the model to run."""
        return [model, *(each.path for each in self.weights)]

    def check_unchanged(self, model: Path) -> None:
        """Whether the weights are still those that were read: ONNX Runtime maps them instead of reading them.

        A file that was replaced as a whole is no matter, since the map holds on to the old one.

        Raises:
            RunError: a file was written to.
        """
        for each in self.weights:
            now = state_of(each.path) if each.path.is_file() else ()
            if now[:1] == each.state[:1] and now != each.state:
                raise RunError(
                    f"{each.path}: was written to while {model.name} refined with it; finished rows are kept: put the "
                    "weights back and type the same command, or start over with --fresh."
                )


def files_of_weights(model: Path) -> list[Path]:
    """The files that a model keeps its weights in, each once; none where they are in the ONNX file itself.

    Graphs inside nodes and functions are searched too. What does not parse as ONNX names none: opening it says why.

    Raises:
        InputError: see `ModelIdentity.of`.
    """
    if not mentions(model, MARK):
        return []
    import onnx
    from google.protobuf.message import DecodeError

    try:
        found = onnx.load(model, load_external_data=False)
    except DecodeError:
        return []
    paths: dict[Path, None] = {}
    for tensor in external_tensors(found):
        place = {entry.key: entry.value for entry in tensor.external_data}
        paths[checked(model, tensor.name, place)] = None
    return list(paths)


def external_tensors(message: Any) -> Iterator[onnx.TensorProto]:
    """Every tensor below a message whose numbers are in another file, in the order of the fields."""
    import onnx
    from google.protobuf.message import Message

    if isinstance(message, onnx.TensorProto):
        if message.data_location == onnx.TensorProto.EXTERNAL:
            yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in [value] if isinstance(value, Message) else value:
                yield from external_tensors(part)


def checked(model: Path, tensor: str, place: dict[str, str]) -> Path:
    """The file that a tensor is in.

    Raises:
        InputError: it lies outside the model's folder, is not there, or ends before the tensor does.
    """
    location = place.get("location", "")
    parts = PureWindowsPath(location).parts  # both kinds of slashes
    if not location or PureWindowsPath(location).anchor or ".." in parts:
        raise InputError(
            f"{model}: tensor '{tensor}' is to be read from '{location}', but weights must lie in the model's own "
            "folder; save the model again with its weights inside or beside it."
        )
    path = model.parent / location
    if not path.is_file():
        raise InputError(
            f"{model}: its weights are in '{location}', and there is no such file beside it; copy both files together."
        )
    kind = kind_of(path)
    if kind.startswith(POINTERS):
        raise InputError(f"{path}: expected the weights of {model.name}, found {kind}.")
    end = sum(int(text) for key in ("offset", "length") if (text := place.get(key, "")).isdecimal())
    if path.stat().st_size < end:
        raise InputError(
            f"{path}: ends after {path.stat().st_size:,} bytes, but {model.name} has weights up to byte {end:,} in it; "
            "copy both files again."
        )
    return path


def mentions(path: Path, word: bytes) -> bool:
    """Whether a file holds some bytes; it is mapped, not read into memory."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(word) >= 0


def state_of(path: Path) -> tuple[int, ...]:
    """Which file it is, how long, and when it was last written to."""
    status = os.stat(path)
    return status.st_ino, status.st_size, status.st_mtime_ns


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read piece by piece."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
