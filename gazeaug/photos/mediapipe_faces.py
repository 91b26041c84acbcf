"""Faces found by MediaPipe: its full-range detector on the picture and on tiles of it, its mesh on each box, levelled.

The mesh alone misses small and turned faces: it gets a cut of its own for each box, twice as large and level.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.photos.faces import Face, FaceBox, covers, placed, same_place, without_overlaps
from gazeaug.photos.windows import Window

NEEDED = (
    "finding faces needs the extra 'eyes', in an environment of its own: "
    "python3 -m venv eyes && eyes/bin/pip install 'gazeaug[eyes]'."
)
NO_MODEL = (
    "MediaPipe {version} holds no models; give --face-model face_landmarker.task, or pip install mediapipe==0.10.14."
)
MIN_CONFIDENCE = 0.5
MESH_SIDE = 256  # of the cut that the mesh gets; it looks at the face in it, in 192 pixels
AROUND = (2.0, 1.5, 3.0)  # its width over that of the face's box; the next one where no face is seen
SIDE_LOOKED_AT = 640  # larger pictures are reduced towards it: the detector sees 192 pixels across
LARGE = 1000  # a picture whose halves are looked at although it showed a face: smaller ones may stand beside it
SMALLEST_TILE = 480  # a face with eyes 15 pixels wide is then a fifth of a tile
FULL_RANGE = 1
RIGHT_OUTER, LEFT_OUTER = 33, 263  # corners of the eyes far from the nose


def find_mediapipe(face_model: Path | None) -> Any:
    """The module, if it is there and can do the work.

    Raises:
        InputError: it is not installed, or holds no models where none is given.
    """
    try:
        with quiet():
            import mediapipe
    except ImportError:
        raise InputError(NEEDED) from None
    if face_model is None and not hasattr(mediapipe, "solutions"):
        raise InputError(NO_MODEL.format(version=mediapipe.__version__))
    if face_model is not None and not face_model.is_file():
        raise InputError(
            f"{face_model}: expected a model of MediaPipe's Face Landmarker (.task), there is no such file."
        )
    return mediapipe


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without MediaPipe's warnings about what it uses of other packages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Without what MediaPipe's C++ says on standard error while its models load, whatever the log level."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class Solutions:
    """MediaPipe up to 0.10.21, whose models come with it."""

    def __init__(self, mediapipe: Any) -> None:
        solutions = mediapipe.solutions
        self._detector = solutions.face_detection.FaceDetection(
            model_selection=FULL_RANGE, min_detection_confidence=MIN_CONFIDENCE
        )
        self._mesh = solutions.face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=MIN_CONFIDENCE
        )

    def boxes(self, pixels: NDArray[np.uint8]) -> list[FaceBox]:
        """Boxes of the faces in a picture, in its pixels."""
        height, width = pixels.shape[:2]
        found = []
        for detection in self._detector.process(pixels).detections or []:
            where = detection.location_data.relative_bounding_box
            left, top = where.xmin * width, where.ymin * height
            right_eye, left_eye = detection.location_data.relative_keypoints[:2]
            angle = np.arctan2((left_eye.y - right_eye.y) * height, (left_eye.x - right_eye.x) * width)
            box = (left, top, left + where.width * width, top + where.height * height)
            found.append(FaceBox(box=box, confidence=float(detection.score[0]), angle=float(angle)))
        return found

    def mesh(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """Landmarks (478, 3) of the face in a cut, in shares of its width and height, or none."""
        return [in_shares(face.landmark) for face in self._mesh.process(pixels).multi_face_landmarks or []]


class Landmarker:
    """MediaPipe's Face Landmarker of any version, with a model file; boxes are drawn around its landmarks."""

    def __init__(self, mediapipe: Any, face_model: Path) -> None:
        vision = mediapipe.tasks.vision
        self._image, self._format = mediapipe.Image, mediapipe.ImageFormat.SRGB
        options = vision.FaceLandmarkerOptions(
            base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(face_model)),
            num_faces=16,
            min_face_detection_confidence=MIN_CONFIDENCE,
        )
        try:
            self._landmarker = vision.FaceLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            raise InputError(
                f"{face_model}: expected a model of MediaPipe's Face Landmarker (.task): {str(error).splitlines()[0]}"
            ) from error

    def boxes(self, pixels: NDArray[np.uint8]) -> list[FaceBox]:
        """Boxes around the landmarks of all faces, of unknown confidence."""
        found = []
        for points in self.mesh(pixels):
            scaled = points[:, :2] * (pixels.shape[1], pixels.shape[0])
            (left, top), (right, bottom) = scaled.min(axis=0), scaled.max(axis=0)
            line = scaled[LEFT_OUTER] - scaled[RIGHT_OUTER]
            angle = float(np.arctan2(line[1], line[0]))
            found.append(FaceBox(box=(left, top, right, bottom), confidence=float("nan"), angle=angle))
        return found

    def mesh(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """Landmarks (478, 3) of all faces, in shares of the picture's width and height."""
        image = self._image(image_format=self._format, data=np.ascontiguousarray(pixels))
        return [in_shares(face) for face in self._landmarker.detect(image).face_landmarks]


def in_shares(landmarks: Any) -> NDArray[np.float64]:
    """MediaPipe's landmarks as (K, 3)."""
    return np.array([(point.x, point.y, point.z) for point in landmarks])


class MediapipeFaces:
    """Finds faces: boxes on the picture first, then on tiles; then the mesh in a level cut around each box.

    Args:
        face_model: a Face Landmarker's model file, in place of the models that older MediaPipes hold.
        thorough: look through tiles also where the whole picture showed a face.
    """

    def __init__(self, face_model: Path | None = None, *, thorough: bool = False) -> None:
        mediapipe = find_mediapipe(face_model)
        self.thorough = thorough
        self._models: Solutions | Landmarker
        with quiet(), silent():
            self._models = Solutions(mediapipe) if face_model is None else Landmarker(mediapipe, face_model)
            blank = np.zeros((64, 64, 3), np.uint8)  # what loads, loads at the first picture
            self._models.boxes(blank)
            self._models.mesh(blank)

    def find_faces(self, picture: Image.Image) -> list[Face]:
        """Faces of an RGB picture, the most confident first.

        The whole picture is looked at first, then halves of a large one; where they show none, or all are wanted,
        finer and finer tiles are.
        """
        found: list[Face] = []
        n_across = 1
        with quiet():
            while n_across == 1 or (
                max(picture.size) / n_across >= SMALLEST_TILE
                and (not found or self.thorough or (n_across == 2 and max(picture.size) > LARGE))
            ):
                boxes = [box for tile in tiles(*picture.size, n_across) for box in self.boxes_of(picture, tile)]
                fresh = [box for box in without_overlaps(boxes) if not any(same_place(box, face) for face in found)]
                found += [face for box in fresh if (face := self.face_in(picture, box)) is not None]
                n_across *= 2
        return without_overlaps(found)

    def boxes_of(self, picture: Image.Image, tile: tuple[int, int, int, int]) -> list[FaceBox]:
        """Boxes that a tile of the picture shows, in pixels of the picture."""
        factor = max(1, max(tile[2] - tile[0], tile[3] - tile[1]) // SIDE_LOOKED_AT)
        boxes = self._models.boxes(np.asarray(picture.reduce(factor, box=tile)))
        return [replace(one, box=placed(one.box, factor, tile[:2])) for one in boxes]

    def face_in(self, picture: Image.Image, found: FaceBox) -> Face | None:
        """The face in a box, or None where the mesh sees none there."""
        left, top, right, bottom = found.box
        for around in AROUND:
            window = Window(
                centre=((left + right) / 2, (top + bottom) / 2),
                width=around * max(right - left, bottom - top),
                angle=found.angle,
                size=(MESH_SIDE, MESH_SIDE),
            )
            for shares in self._models.mesh(window.cut(picture)):
                points = window.out_of(shares[:, :2] * MESH_SIDE - 0.5)
                if covers(found.box, points):
                    depths = shares[:, 2] * MESH_SIDE * window.step
                    return Face(box=found.box, confidence=found.confidence, points=points, depths=depths)
        return None


def tiles(width: int, height: int, n_across: int) -> list[tuple[int, int, int, int]]:
    """Squares that overlap by half and cover a picture, the longer side in `n_across` tiles; for 1 the picture."""
    if n_across == 1:
        return [(0, 0, width, height)]
    side = -(-max(width, height) // n_across)
    lefts, tops = starts(width, side), starts(height, side)
    return [(x, y, min(x + side, width), min(y + side, height)) for y in tops for x in lefts]


def starts(length: int, side: int) -> list[int]:
    """Where tiles start along an axis, at most half a tile apart, the first at the first pixel, the last at the end."""
    n = 1 if length <= side else int(np.ceil(2 * (length - side) / side)) + 1
    return [round(start) for start in np.linspace(0, max(0, length - side), n)]


@cache
def open_finder(face_model: Path | None = None, *, thorough: bool = False) -> MediapipeFaces:
    """The finder of this process: models load once."""
    return MediapipeFaces(face_model, thorough=thorough)
