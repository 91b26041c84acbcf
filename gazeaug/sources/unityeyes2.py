"""What UnityEyes2 writes: N_<camera>.jpg of several cameras and one N.json, landmarks under cameras.<name>.

Facts about the format: its source (SynthesEyesServer.cs, EyeballController.cs). `head_pose` of a camera is, as
UnityEyes', that camera's Euler angles in a world in which the head does not turn. `ground_truth` of a camera holds the
iris centre c in metres, x right, y down, z forward, and a `gaze_vector` v that is not one: with u the gaze in Unity's
frame of that camera, v = 0.01 (c_x + u_x, -(c_y + u_y), c_z + u_z). So u = (100 v_x - c_x, -100 v_y - c_y,
100 v_z - c_z), and its length, 1, proves it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.pictures.decoding import check_inside
from gazeaug.preparing.items import Eye, Items, LeftOut
from gazeaug.preparing.walking import find_here, instead
from gazeaug.sources.options import CropOptions
from gazeaug.sources.unityeyes import (
    LIKE_ITEMS,
    crop_eye,
    file_of,
    four,
    naming,
    parse_look_vec,
    parse_number,
    parse_vector,
    read_json,
)

CAMERA = "camera"
VIEW = re.compile(r"(\d+)_(.+)\.jpg", re.IGNORECASE)
LENGTH_ERROR = 0.01  # of a unit vector whose numbers were written with few decimals


def find_pictures(folder: Path) -> Items:
    """N_<camera>.jpg of a folder in natural order.

    Raises:
        InputError: no such folder, or no such picture in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with UnityEyes2's N_<camera>.jpg, but there is no such folder.")
    found = find_here(folder, is_part, like=LIKE_ITEMS)
    names = [name for name in found.names if VIEW.fullmatch(name)]
    if not names:
        raise InputError(f"{folder}: expected UnityEyes2's N_<camera>.jpg and N.json, found none{instead(found)}.")
    seen = {name.split("_")[0] for name in names}
    lonely = [folder / name for name in found.names if not VIEW.fullmatch(name) and Path(name).stem not in seen]
    missing = [LeftOut(str(path), f"{path}: its pictures, {path.stem}_<camera>.jpg, are missing.") for path in lonely]
    return Items(folder, names, [*found.left_out, *missing])


def is_part(path: Path) -> bool:
    """Whether a file is a picture of a camera, or the JSON of some."""
    return VIEW.fullmatch(path.name) is not None or (path.suffix.lower() == ".json" and path.stem.isdecimal())


def view_of(picture_path: Path) -> tuple[Path, Path]:
    """A picture and the JSON that speaks of it."""
    number = VIEW.fullmatch(picture_path.name).group(1)  # type: ignore[union-attr]
    return picture_path, file_of(picture_path.with_name(number), ".json")


def read_view(picture_path: Path, crop: CropOptions) -> Eye:
    """The eye as one camera sees it.

    Raises:
        InputError: a file is missing or damaged, or what it says of the gaze is not clear.
    """
    camera = VIEW.fullmatch(picture_path.name).group(2)  # type: ignore[union-attr]
    json_path = view_of(picture_path)[1]
    check_inside(json_path, json_path.parent)
    described = read_json(json_path)
    with naming(json_path):
        cameras = described["cameras"]
        if not isinstance(cameras, dict) or not isinstance(cameras.get(camera), dict):
            raise InputError(f"{json_path}: says nothing of the camera '{camera}' of {picture_path.name}.")
        labels: dict[str, Any] = {
            "look_vec": four(gaze_of(described, cameras, camera, str(json_path))),
            "pupil_size": np.float32(parse_number(described["eye_details"]["pupil_size"], str(json_path))),
            CAMERA: camera,
        }
    return crop_eye(picture_path, cameras[camera], json_path, labels, crop)


def gaze_of(described: dict[str, Any], cameras: dict[str, Any], camera: str, where: str) -> NDArray[np.float64]:
    """The gaze in the frame of a camera, as UnityEyes' look_vec."""
    truth = cameras[camera].get("ground_truth", {})
    if "gaze_vector" in truth:
        point = parse_vector(truth["gaze_vector"], (3,), where) * (100, -100, 100)
        found: NDArray[np.float64] = point - parse_vector(truth["iris_center"], (3,), where)
        if not abs(np.linalg.norm(found) - 1) < LENGTH_ERROR:
            raise InputError(f"{where}: gaze_vector and iris_center of '{camera}' give a gaze whose length is not 1.")
        return found
    if len(cameras) == 1:
        return parse_look_vec(described["eye_details"]["look_vec"], where)
    raise InputError(
        f"{where}: no ground_truth.gaze_vector of '{camera}'; eye_details.look_vec is of one of "
        f"{len(cameras)} cameras, and does not say of which."
    )
