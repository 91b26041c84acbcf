"""What `import gazeaug` offers: names, examples, keywords, and errors in the words of Python."""

from __future__ import annotations

import doctest
import inspect
import os
import pickle
import pydoc
import re
import subprocess
import sys
from dataclasses import MISSING, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import h5py
import numpy as np
import pytest
from annotated_doc import Doc
from PIL import Image

import gazeaug
from gazeaug.converting.options import ConvertOptions
from gazeaug.errors import InputError, RunError
from gazeaug.keywords import with_options_of
from gazeaug.options import Options, Shown, options_of
from gazeaug.photos.options import PhotoOptions
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.work import refine
from gazeaug.sources.options import FolderOptions, UnityEyesOptions
from gazeaug.training.config import TrainConfig
from gazeaug.wording import Argument, KeywordError, arguments_of, in_python
from tests.makers import models
from tests.makers.photographs import CodedFinder, coded
from tests.makers.sources import write_item

ROOT = Path(__file__).parents[1]
OPTIONS = {
    "convert": ConvertOptions,
    "find_eyes": PhotoOptions,
    "prepare_folder": FolderOptions,
    "prepare_unityeyes": UnityEyesOptions,
    "refine": RefineConfig,
    "train": TrainConfig,
}


def python(code: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own."""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "cli", ROOT / "exporters")))}
    command = [sys.executable, *options, *(["-c", code] if code else [])]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)


def write_labelled(path: Path, rng: np.random.Generator) -> None:
    """24 rows of noise that look into UnityEyes' camera."""
    with h5py.File(path, "w") as file:
        file["image"] = rng.integers(0, 256, (24, 35, 55), np.uint8)
        gaze = rng.normal(0, 0.2, (24, 4)).astype(np.float32)
        gaze[:, 2:] = -1, 0
        file["look_vec"] = gaze / np.linalg.norm(gaze, axis=1, keepdims=True)
        file["look_vec"].attrs["frame"] = "unity_camera"


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples name."""
    folder, rng = tmp_path_factory.mktemp("examples"), np.random.default_rng(0)
    models.inverting(folder / "refiner.onnx", 35, 55)
    write_labelled(folder / "unityeyes.h5", rng)
    write_labelled(folder / "real.h5", rng)
    coded().save(folder / "photo.jpg", format="PNG")
    for name in ("my_camera_eyes", "UnityEyes_Windows"):
        (folder / name).mkdir()
    for i in range(1, 4):
        Image.fromarray(rng.integers(0, 256, (35, 55), np.uint8)).save(folder / "my_camera_eyes" / f"{i}.png")
        write_item(folder / "UnityEyes_Windows", i)
    return folder


@pytest.mark.parametrize("name", gazeaug.__all__)
def test_every_name_has_an_example_that_runs(
    name: str, examples: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    monkeypatch.chdir(examples)
    monkeypatch.setattr("gazeaug.photos.eyes.open_finder", lambda *_, **__: CodedFinder())
    text = inspect.getdoc(getattr(gazeaug, name)) or ""
    assert "\nExample:\n" in text, f"gazeaug.{name} has no example"
    example = doctest.DocTestParser().get_doctest(text, {"gazeaug": gazeaug}, name, None, None)
    assert len(example.examples) > 0
    said: list[str] = []
    found = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example, out=said.append)
    assert not found.failed, "".join(said)


@pytest.mark.parametrize("name", gazeaug.__all__)
def test_docstrings_have_the_parts_that_the_reference_shows(name: str) -> None:
    """Every argument has its line, and what comes back is said."""
    found = getattr(gazeaug, name)
    text = inspect.getdoc(found) or ""
    parameters = inspect.signature(found).parameters if not issubclass_of_error(found) else {}
    for parameter in parameters:
        assert f"\n    {parameter}: " in text, f"{name}: {parameter}"
    assert not re.search(r"(?<!\w)--\w", text)  # a flag
    if inspect.isfunction(found):
        assert "\nReturns:\n" in text
        assert "\nRaises:\n" in text


def issubclass_of_error(found: Any) -> bool:
    """Whether a name is that of an error."""
    return isinstance(found, type) and issubclass(found, Exception)


def test_names_show_before_they_are_imported(tmp_path: Path) -> None:
    """For tab completion; torch is imported for none of them."""
    code = "import sys, gazeaug; print(dir(gazeaug)); gazeaug.refine, gazeaug.Refiner; print('torch' in sys.modules)"
    shown, torch_there = python(code, tmp_path).stdout.splitlines()
    assert {*gazeaug.__all__} <= {*eval(shown)}
    assert torch_there == "False"
    assert sorted(gazeaug.__all__) == gazeaug.__all__
    assert {"Any", "annotations", "import_module"}.isdisjoint(dir(gazeaug))
    assert "class Refiner" in pydoc.render_doc(gazeaug, renderer=pydoc.plaintext)


def test_the_version_is_that_of_the_package() -> None:
    assert gazeaug.__version__ == version("gazeaug")


def test_python_m_gazeaug_is_the_command_line(tmp_path: Path) -> None:
    said = python("", tmp_path, "-m", "gazeaug", "refine-dataset", "none.h5")
    assert said.returncode == 2
    assert said.stderr.startswith("error: none.h5: ")


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'gazeaug' has no attribute 'refne'; did you mean 'refine'\\?"):
        _ = gazeaug.refne  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="module 'gazeaug' has no attribute 'xyz'$"):
        _ = gazeaug.xyz  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OPTIONS)
def test_functions_show_every_option_with_type_and_default(name: str) -> None:
    function, hints = getattr(gazeaug, name), get_type_hints(OPTIONS[name])
    parameters = inspect.signature(function).parameters
    for option in options_of(OPTIONS[name]):
        shown = parameters[option.name]
        assert shown.kind is inspect.Parameter.KEYWORD_ONLY
        assert shown.default == (inspect.Parameter.empty if option.default is MISSING else option.default)
        assert shown.annotation == hints[option.name]
    assert not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    assert not any(isinstance(each.annotation, str) for each in parameters.values())


def test_functions_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(gazeaug.refine)) is gazeaug.refine
    assert gazeaug.refine.__module__ == "gazeaug"


def test_unknown_and_missing_keywords(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"refine\(\) has no option 'batchsize'; did you mean 'batch_size'\?"):
        gazeaug.refine("a.h5", batchsize=4)  # type: ignore[call-arg]
    with pytest.raises(InputError, match=r"train\(\) has no option 'xyz'\.$"):
        gazeaug.train(xyz=1)  # type: ignore[call-arg]
    with pytest.raises(KeywordError, match=r"convert\(\) needs the option 'to': one of mpiigaze-h5, xgaze, "):
        gazeaug.convert("a.h5", "b.h5")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'source'"):
        gazeaug.refine()  # type: ignore[call-arg]


def test_a_value_or_label_that_was_meant(examples: Path) -> None:
    with pytest.raises(InputError, match="precision must be one of .*, got 'fp31'; did you mean 'fp32'\\?"):
        gazeaug.refine("a.h5", precision="fp31")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="recipe must be one of .*, got 'papr'; did you mean 'paper'\\?"):
        gazeaug.train(recipe="papr")
    with (
        gazeaug.open_eyes(examples / "unityeyes.h5") as eyes,
        pytest.raises(InputError, match="no label 'lookvec'; the labels there are: look_vec; did you mean 'look_vec'"),
    ):
        eyes.choose_labels(["lookvec"])


def test_values_of_another_type_are_refused_by_name(examples: Path) -> None:
    eyes, model = examples / "unityeyes.h5", examples / "refiner.onnx"
    with (
        gazeaug.open_eyes(eyes) as opened,
        pytest.raises(InputError, match="^source must be a path or a list of paths,"),
    ):
        gazeaug.refine(opened)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^source must name one eye file or more, got none"):
        gazeaug.refine([])
    with pytest.raises(InputError, match="^overwrite must be True or False, got 'no'"):
        gazeaug.refine(eyes, overwrite="no")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^steps must be a whole number, got '3'"):
        gazeaug.train(steps="3")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^size must be \(height, width\) or None, got 36"):
        gazeaug.convert(eyes, "a.npz", to="npz", size=36)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^batch_size must be a whole number or None, got '4'"):
        gazeaug.Refiner(model, batch_size="4")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^variants must be a list of whole numbers, got 3"):
        gazeaug.RefineTransform(model, variants=3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^path must be a path, got None"):
        gazeaug.open_eyes(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gazeaug.verify("a.h5", agianst="b.h5"), r"verify\(\) has no option 'agianst'; did you mean 'against'"),
        (lambda: gazeaug.open_eyes("a.h5", imge="x"), r"open_eyes\(\) has no option 'imge'; did you mean 'image'"),
        (
            lambda: gazeaug.EyeDataset("a.h5", label=["x"]),
            r"EyeDataset\(\) has no option 'label'; did you mean 'labels'",
        ),
        (
            lambda: gazeaug.Refiner("a.onnx", variants=3),
            r"Refiner\(\) has no option 'variants'; did you mean 'variant'",
        ),
        (lambda: gazeaug.RefineTransform("a", variant=3), r"RefineTransform\(\) has no .*; did you mean 'variants'"),
    ],
)
def test_names_without_options_of_their_own_say_what_was_meant(call: Any, said: str) -> None:
    with pytest.raises(KeywordError, match=said):
        call()


def test_training_takes_paths(examples: Path) -> None:
    assert TrainConfig(synthetic=examples / "a.h5").to_json()["synthetic"] == str(examples / "a.h5")


def test_errors_name_arguments_in_python_and_flags_on_the_command_line(examples: Path) -> None:
    with pytest.raises(InputError, match=r"^batch_size must be at least 1, got 0\.$"):
        gazeaug.refine(examples / "unityeyes.h5", batch_size=0)
    with pytest.raises(InputError, match=r"^--batch-size must be at least 1, got 0\.$"):
        refine(examples / "unityeyes.h5", batch_size=0)
    said = python("", examples, "-m", "gazeaug", "refine-dataset", "unityeyes.h5", "--batch-size", "0")
    assert said.stderr == "error: --batch-size must be at least 1, got 0.\n"


ARGUMENTS = {
    **arguments_of(refine),
    "--no-camera": Argument("camera", False),
    "--rgb": Argument("color", True),
    "--grey": Argument("color", False),
}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("give --output or --output-dir, not both.", "give output or output_dir, not both."),
        ("made for 35 x 55 grey; give --resize to bring", "made for 35 x 55 grey; give resize=True to bring"),
        ("ran out of memory at --batch-size 64; the same command", "ran out of memory at batch_size=64; the same call"),
        ("give --range 0..1, or --range -1..1 where", "give range_='0..1', or range_='-1..1' where"),
        ("--device cuda: no driver; or use --device cpu.", "device='cuda': no driver; or use device='cpu'."),
        ("--device must be one of auto, cuda", "device must be one of auto, cuda"),
        ("does not take it in fp16; use --precision fp32.", "does not take it in fp16; use precision='fp32'."),
        ("--layout single, sharded are there", "layout single, sharded are there"),
        ("--rgb is for npz; --grey and --no-camera", "color=True is for npz; color=False and camera=False"),
        (
            "go on with: gazeaug train --resume --run-dir runs/a; --fresh starts over",
            "go on with: gazeaug train --resume --run-dir runs/a; fresh=True starts over",
        ),
        ("after gazeaug merge, gazeaug drift --flag does it.", "after gazeaug merge, gazeaug drift --flag does it."),
        ("a.h5: (--image names another); --elsewhere 3", "a.h5: (image names another); --elsewhere 3"),
    ],
)
def test_sentences_in_the_words_of_python(said: str, expected: str) -> None:
    assert in_python(said, ARGUMENTS) == expected


NOTES = """
import gazeaug
train = dict(synthetic="unityeyes.h5", real="real.h5", steps=2, batch_size=4, camera_steps=1, progress=False)
gazeaug.train(run_dir="runs/a", **train)
print("again")
gazeaug.train(run_dir="runs/b", **train)
"""


def test_notes_are_seen_without_any_set_up_and_again_in_the_next_call(examples: Path) -> None:
    said = python(NOTES, examples)
    few = "few real eyes: 24 real pictures; .* or use augmentation=True, and compare .*"
    assert re.fullmatch(f"{few}\n{few}\n", said.stderr), said.stderr


def test_info_is_a_picture_of_the_work(examples: Path) -> None:
    code = "import logging; logging.basicConfig(level='INFO')\n" + NOTES.replace("runs/", "runs/logged-")
    said = python(code, examples).stderr
    for line in (
        "INFO:gazeaug.training.plan:training in runs/logged-a on ",
        "INFO:gazeaug.training.loop:synthetic: 24 pictures, brightness ",
        "WARNING:gazeaug:few real eyes: 24 real pictures",
        "INFO:gazeaug.training.loop:step 2 of 2: score ",
        "INFO:gazeaug.training.state:saved runs/logged-a/checkpoint-0000002.safetensors",
    ):
        assert line in said


def test_an_error_keeps_its_kind_and_its_cause(examples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cause = ValueError("why")

    def fail(*_: Any) -> None:
        raise RunError("use --batch-size 8.") from cause

    monkeypatch.setattr("gazeaug.refining.work.run", fail)
    with pytest.raises(RunError, match=r"^use batch_size=8\.$") as caught:
        gazeaug.refine(examples / "unityeyes.h5", model=examples / "refiner.onnx", output=examples / "never.h5")
    assert caught.value.__cause__ is cause


def test_a_type_checker_sees_the_keywords(tmp_path: Path) -> None:
    (tmp_path / "typed.py").write_text(
        "from pathlib import Path\n"
        "import gazeaug\n"
        "gazeaug.refine('a.h5', batch_size=4, labels=['look_vec'])\n"
        "gazeaug.refine('a.h5', batchsize=4)\n"
        "gazeaug.refine('a.h5', batch_size='4')\n"
        "gazeaug.convert('a.h5', 'b.h5', to='nowhere')\n"
        "gazeaug.train(run_dir=Path('a'), stepz=3)\n"
        "gazeaug.prepare_folder('a', 'b.h5', sise=(3, 4))\n"
        "gazeaug.refine(['a.h5', Path('b.h5')], output=Path('c.h5'), progress=False)\n"
        "gazeaug.convert('a.h5', 'b.h5', to='npz', size=(36, 60), progress=False)\n"
        "gazeaug.prepare_unityeyes('a', 'b.h5', progress=False)\n"
        "gazeaug.prepare_folder(Path('a'), Path('b.h5'), progress=False)\n"
        "gazeaug.train(synthetic=Path('a.h5'), progress=False)\n"
        "gazeaug.make_sample_data('a', rows=3, progress=False)\n"
        "gazeaug.mix(['a.h5'], 'b.h5', overwrite=True, labels='look_vec')\n"
        "gazeaug.mix(['a.h5'], 'b.h5', overwite=True)\n"
        "print(gazeaug.export_onnx(run_dir='a').output.name, gazeaug.summarise('a.h5').n_images)\n"
        "dataset = gazeaug.EyeDataset('a.h5', labels='look_vec', transform=gazeaug.RefineTransform('a.onnx'))\n"
        "images, labels = dataset[1:3]\n"
        "for index in gazeaug.ChunkShuffledSampler(dataset):\n"
        "    index.bit_length()\n"
    )
    settings = "[mypy]\nmypy_path = {0}:{0}/cli:{0}/exporters\nignore_missing_imports = True\nfollow_imports = silent\n"
    (tmp_path / "mypy.ini").write_text(settings.format(ROOT))
    said = python("", tmp_path, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "typed.py").stdout
    assert [line.split(":")[1] for line in said.splitlines() if ": error:" in line] == [
        "4",
        "5",
        "6",
        "7",
        "8",
        "16",
    ], said
    assert '"batchsize" for "refine"; did you mean "batch_size"?' in said


@dataclass(frozen=True, kw_only=True)
class Some(Options):
    """Options of a test."""

    model: Annotated[str, Doc("Never shown.")] = "theirs"
    threads: Annotated[int | None, Doc("How many."), Shown(unset="one a core")] = None
    pad: Annotated[bool, Doc("As with --threads 2, but padded.")] = False


def test_own_keywords_come_before_the_options() -> None:
    @with_options_of(Some, after=1)
    def work(source: str, *, model: str = "mine", **options: Any) -> dict[str, Any]:
        """Work.

        Args:
            source: what.
            options: those of `Some`,
                and no other.

        Raises:
            InputError: never.
        """
        return {"source": source, "model": model, **options}

    shown = inspect.signature(work)
    assert [*shown.parameters][:4] == ["source", "model", "threads", "pad"]
    assert shown.parameters["model"].default == "mine"
    assert work("a", threads=2) == {"source": "a", "model": "mine", "threads": 2}
    text = inspect.getdoc(work) or ""
    assert "\n    threads: How many. None: one a core.\n    pad: As with threads=2, but padded.\n" in text
    assert "and no other" not in text
    assert "Never shown" not in text
    assert "\n\nRaises:\n" in text


def test_a_script_without_a_guard_may_use_processes(examples: Path) -> None:
    """It is not run again in every process, and nothing hangs."""
    script = examples / "unguarded.py"
    script.write_text(
        "import gazeaug\nprint('begun')\n"
        "report = gazeaug.prepare_folder('my_camera_eyes', 'unguarded.h5', workers=2)\nprint(report.n_images)\n"
    )
    said = python("", examples, str(script))
    assert said.stdout.split() == ["begun", "3"], said.stderr
    assert "Traceback" not in said.stderr
