"""gazeaug: make rendered eyes look real without moving the gaze.

Make eye files, and look into them:

    gazeaug.prepare_unityeyes("UnityEyes_Windows", "unityeyes.h5")
    gazeaug.prepare_folder("my_camera_eyes", "real.h5")
    with gazeaug.open_eyes("unityeyes.h5") as eyes: ...
    print(gazeaug.summarise("unityeyes.h5"))
    eyes = gazeaug.find_eyes("photo.jpg")
    gazeaug.make_sample_data("sample")

Put them together, and take them apart:

    gazeaug.mix(["unityeyes.h5", "labelled.h5"], "mixed.h5")
    gazeaug.split("unityeyes.h5", ["train.h5", "test.h5"], [0.8, 0.2])
    gazeaug.match_gaze("unityeyes.h5", "labelled.h5", "matched.h5")

Train a refiner, and refine:

    run = gazeaug.train(synthetic="unityeyes.h5", real="real.h5")
    model = gazeaug.export_onnx(run_dir=run).output
    report = gazeaug.refine("unityeyes.h5", model="refiner.onnx")
    refined = gazeaug.Refiner("refiner.onnx")(images)

Feed a training with refined eyes:

    dataset = gazeaug.EyeDataset("unityeyes.refined.h5", gaze="pitchyaw")
    transform = gazeaug.RefineTransform("refiner.onnx", probability=0.5)
    gazeaug.convert("unityeyes.refined.h5", "MPIIGaze.h5", to="mpiigaze-h5")

All names are imported on first use, so that refining never waits for torch. What is wrong with an argument or a file is
an `InputError`, what fails on the way a `RunError`; both are `GazeaugError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gazeaug.converting.conversion import convert
    from gazeaug.errors import GazeaugError, InputError, RunError
    from gazeaug.eyefile.reader import open_eyes
    from gazeaug.feeding.dataset import EyeDataset
    from gazeaug.feeding.sampler import ChunkShuffledSampler
    from gazeaug.photos.eyes import find_eyes
    from gazeaug.refining.in_memory import Refiner
    from gazeaug.refining.joining import merge
    from gazeaug.refining.verify import verify
    from gazeaug.refining.work import refine
    from gazeaug.samples.sets import make_sample_data
    from gazeaug.sets.mixing import mix
    from gazeaug.sets.subsets import match_gaze, split
    from gazeaug.sources.folders import prepare_folder, prepare_unityeyes
    from gazeaug.summary import summarise
    from gazeaug.training.loop import train
    from gazeaug.transform import RefineTransform
    from gazeaug_exporters import export_onnx

    __version__: str

__all__ = [
    "ChunkShuffledSampler",
    "EyeDataset",
    "GazeaugError",
    "InputError",
    "RefineTransform",
    "Refiner",
    "RunError",
    "convert",
    "export_onnx",
    "find_eyes",
    "make_sample_data",
    "match_gaze",
    "merge",
    "mix",
    "open_eyes",
    "prepare_folder",
    "prepare_unityeyes",
    "refine",
    "split",
    "summarise",
    "train",
    "verify",
]

_HOMES = {
    "ChunkShuffledSampler": "gazeaug.feeding.sampler",
    "EyeDataset": "gazeaug.feeding.dataset",
    "GazeaugError": "gazeaug.errors",
    "InputError": "gazeaug.errors",
    "RefineTransform": "gazeaug.transform",
    "Refiner": "gazeaug.refining.in_memory",
    "RunError": "gazeaug.errors",
    "convert": "gazeaug.converting.conversion",
    "export_onnx": "gazeaug_exporters",
    "find_eyes": "gazeaug.photos.eyes",
    "make_sample_data": "gazeaug.samples.sets",
    "match_gaze": "gazeaug.sets.subsets",
    "merge": "gazeaug.refining.joining",
    "mix": "gazeaug.sets.mixing",
    "open_eyes": "gazeaug.eyefile.reader",
    "prepare_folder": "gazeaug.sources.folders",
    "prepare_unityeyes": "gazeaug.sources.folders",
    "refine": "gazeaug.refining.work",
    "split": "gazeaug.sets.subsets",
    "summarise": "gazeaug.summary",
    "train": "gazeaug.training.loop",
    "verify": "gazeaug.refining.verify",
}


def __dir__() -> list[str]:
    """The names above, for tab completion and `help`."""
    return sorted({*__all__, *globals()} - {"Any", "TYPE_CHECKING", "annotations", "import_module"})


def __getattr__(name: str) -> Any:
    """A name above, imported; functions speak of their arguments where the command line speaks of flags."""
    if name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
        if not isinstance(found, type):
            from gazeaug.wording import speaking_python

            found = speaking_python(found)
            found.__module__ = __name__  # where pickle, and whoever reads help, finds it
    elif name == "__version__":
        from importlib.metadata import version

        found = version(__name__)
    else:
        from gazeaug.suggestions import did_you_mean

        hint = did_you_mean(name, __all__).removesuffix(".")
        raise AttributeError(f"module 'gazeaug' has no attribute '{name}'{hint}")
    globals()[name] = found
    return found
