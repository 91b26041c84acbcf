"""The addresses of photographs: what finding eyes needs, what was found, small pictures of them."""

from __future__ import annotations

from importlib.util import find_spec

from starlette.requests import Request
from starlette.routing import Route

from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.eyes import of
from gazeaug_studio.uploads import FOLDER, MOST_PICTURE_BYTES, MOST_VIDEO_BYTES

# In an environment of its own: MediaPipe needs an older protobuf than the rest (docs/photos.md).
TO_TYPE = "python3 -m venv eyes && eyes/bin/pip install 'gazeaug[eyes,studio,video]' && eyes/bin/gazeaug studio"


def ready(request: Request) -> JSONResponse:
    """Whether eyes can be found, what to type where not, and what may be uploaded."""
    from gazeaug.photos.videos import ENDINGS  # numpy and Pillow, which a server needs only now
    from gazeaug.pictures.decoding import endings_of_pictures

    return JSONResponse(
        {
            "has_finder": find_spec("mediapipe") is not None,
            "has_video": find_spec("av") is not None,
            "to_type": TO_TYPE,
            "folder": FOLDER,
            "pictures": endings_of_pictures(),
            "videos": list(ENDINGS),
            "most_picture_bytes": MOST_PICTURE_BYTES,
            "most_video_bytes": MOST_VIDEO_BYTES,
        }
    )


ROUTES = [
    Route("/api/photographs/ready", ready),
    Route("/api/photographs/found", of("found_eyes", "found")),
    Route("/api/photographs/thumbnail", of("thumbnails", "thumbnail")),
]
