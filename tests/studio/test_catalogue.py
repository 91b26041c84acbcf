from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from gazeaug.errors import InputError
from gazeaug_cli.app import app
from gazeaug_cli.catalogue import Catalogue
from gazeaug_cli.global_flags import GlobalFlags, take_global_flags

CATALOGUE = Catalogue()
ROOT: Any = typer.main.get_command(app)
NAMES = [each["name"] for each in CATALOGUE.listing()]
OF_KIND: dict[str, Any] = {
    "flag": True,
    "whole": "128",
    "number": "0.5",
    "text": "a text",
    "path": "some folder/eyes.h5",
    "size": "36x60",
    "pairs": {"subject": "p00", "day": "day01=a"},
    "list": ["look_vec"],
    "limits": [-20, 20.5],
}
ALSO: dict[tuple[str, str], dict[str, Any]] = {
    ("refine-dataset", "unit_index"): {"num_units": "200"},
    ("refine-dataset", "num_units"): {"unit_index": "3"},
    ("evaluate", "leave_one_out"): {"group": "subject"},
    ("prepare folder", "convention"): {"labels": "gaze.csv"},
}
VALUES: dict[str, Any] = {"device": "cpu", "which": "1,2", "subset": "1000,all"}
HOSTILE = [
    "; rm -rf ~",
    "--debug",
    "-q",
    "-",
    "--",
    "--help",
    "--version",
    "-qv",
    "$(touch x)",
    "`touch x`",
    "a\nb",
    "a\tb",
    'it\'s "quoted"',
    "\\",
    "*",
    "%PATH%",
    "~",
    "\N{EYE}\N{VARIATION SELECTOR-16}\U0001f441",
    "&& true",
    "a=b=c",
    " leading",
]


def all_parameters(about: dict[str, Any]) -> list[dict[str, Any]]:
    return [*about["arguments"], *(option for panel in about["panels"] for option in panel["options"])]


def value_for(parameter: dict[str, Any]) -> Any:
    if parameter["name"] in VALUES and parameter["kind"] == "text":
        return VALUES[parameter["name"]]
    value = parameter["choices"][-1] if parameter["kind"] == "choice" else OF_KIND[parameter["kind"]]
    return [value, "second"] if parameter["many"] and isinstance(value, str) else value


def needed(about: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: value_for(each) for each in all_parameters(about) if each["required"]}


def parsed(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    """What Typer's own parser makes of a line, from `gazeaug` on."""
    command = ROOT
    context = command.make_context("gazeaug", list(words))
    rest = [*context._protected_args, *context.args] if hasattr(context, "_protected_args") else context.args
    for word in name.split(" "):
        assert rest[0] == word
        command, rest = command.get_command(context, word), rest[1:]
    found: dict[str, Any] = command.make_context(name, rest).params
    return found


def as_typed(parameter: dict[str, Any], value: Any) -> Any:
    """A value of a form as the parser gives it."""
    if parameter["kind"] == "pairs":
        return [f"{name}={each}" for name, each in value.items()]
    if parameter["kind"] in ("whole", "number"):
        return float(value)
    if parameter["kind"] == "limits":
        return [float(each) for each in value]
    if parameter["many"]:
        return list(map(str, value))
    return value if isinstance(value, bool) else str(value)


def comparable(found: Any) -> Any:
    """A parsed value: paths as texts, numbers as floats."""
    if isinstance(found, tuple | list):
        return [comparable(each) for each in found]
    return found if isinstance(found, bool) else float(found) if isinstance(found, int | float) else str(found)


def test_every_command_is_listed_but_the_studio_itself() -> None:
    groups, sections = {"prepare"}, ROOT.sections
    top = {name for section in sections.values() for name in section}
    assert {name for name in NAMES if " " not in name} == top - groups - {"studio"}
    assert sum(name.startswith("prepare ") for name in NAMES) >= 14
    assert all(each["section"] and each["text"].endswith(".") for each in CATALOGUE.listing())


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_described_in_full(name: str) -> None:
    about = CATALOGUE.describe(name)
    assert about == json.loads(json.dumps(about)), "plain JSON"
    assert about["text"]
    assert about["examples"]
    assert all(line.startswith("gazeaug ") for line in about["examples"])
    parameters = all_parameters(about)
    assert len({each["name"] for each in parameters}) == len(parameters)
    for each in parameters:
        assert each["text"], each
        assert "[default" not in each["text"], each
        assert each["kind"] in {*OF_KIND, "choice"}, each
        assert each["kind"] != "choice" or each["choices"], each
    for option in (option for panel in about["panels"] for option in panel["options"]):
        assert option["flag"].startswith("--"), option
    hidden = {"json_", "help", "list_recipes", "onnx"}
    assert not hidden & {each["name"] for each in parameters}
    assert "--json" not in about["about"]


def test_a_description_says_defaults_and_bounds() -> None:
    options = {each["name"]: each for each in all_parameters(CATALOGUE.describe("train"))}
    assert (options["batch_size"]["default"], options["batch_size"]["rule"]) == (16, "at least 2")
    assert options["recipe"]["choices"] == ["fast", "best", "paper", "seed"]
    assert options["recipe"]["kind"] == "choice"
    assert options["device"]["choices"] == ["auto", "cpu", "cuda"]
    assert options["device"]["kind"] == "text"
    assert options["standardise"]["off"] == "--no-standardise"
    assert options["run_dir"]["default_text"] == "runs/ and the time; with --resume, the newest run"
    rows = next(each for each in all_parameters(CATALOGUE.describe("experiments")) if each["name"] == "rows")
    assert (rows["default"], rows["rule"]) == (10_000, "at least 64")


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_every_parameter_parses_back(name: str) -> None:
    about = CATALOGUE.describe(name)
    for parameter in all_parameters(about):
        value = value_for(parameter)
        given = {**needed(about), **ALSO.get((name, parameter["name"]), {}), parameter["name"]: value}
        line = CATALOGUE.line(name, given)
        assert line.words[: len(name.split(" "))] == tuple(name.split(" "))
        assert comparable(parsed(name, line.words)[parameter["name"]]) == as_typed(parameter, value), parameter
        assert shlex.split(CATALOGUE.text(line.words)) == ["gazeaug", *line.words]
        if parameter["kind"] == "path":
            assert set([value] if isinstance(value, str) else value) <= set(line.paths)
        if parameter.get("off"):
            line = CATALOGUE.line(name, {**given, parameter["name"]: False})
            assert parsed(name, line.words)[parameter["name"]] is False, parameter


TAKING_TEXT: list[tuple[str, str, dict[str, Any]]] = [
    ("inspect", "image", {"file": "a.h5"}),
    ("refine-dataset", "output", {"inputs": ["a.h5"]}),
    ("verify", "against", {"file": "a.h5"}),
    ("refine-dataset", "ray_address", {"inputs": ["a.h5"]}),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_arrives_as_it_is(text: str) -> None:
    for name, parameter, given in TAKING_TEXT:
        line = CATALOGUE.line(name, {**given, parameter: text})
        kept, flags = take_global_flags(line.words)
        assert (tuple(kept), flags) == (line.words, GlobalFlags()), "no word is taken for a flag"
        (value,) = (
            [parsed(name, line.words)[parameter]] if parameter != "against" else parsed(name, line.words)[parameter]
        )
        assert value == (Path(text) if isinstance(value, Path) else text)
    line = CATALOGUE.line("prepare eyes", {"source": "a.h5", "output": "b.h5", "where": {text: text}})
    assert parsed("prepare eyes", line.words)["where"] == [f"{text}={text}"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_argument_is_one_file_of_the_folder(text: str) -> None:
    line = CATALOGUE.line("refine-dataset", {"inputs": [text, "b.h5"]})
    kept, flags = take_global_flags(line.words)
    assert (tuple(kept), flags) == (line.words, GlobalFlags())
    assert [Path(each) for each in parsed("refine-dataset", line.words)["inputs"]] == [Path(text), Path("b.h5")]
    assert line.paths == (text, "b.h5")


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("train", {"batch_size": 1}, "--batch-size must be at least 2, got 1."),
        ("train", {"stepz": 3}, "there is no option 'stepz'; did you mean 'steps'"),
        ("train", {"json_": True}, "there is no option 'json_'"),
        ("train", {"steps": "many"}, "--steps"),
        ("train", {"steps": [1]}, "--steps must be a number, got"),
        ("train", {"steps": True}, "--steps must be a number, got True"),
        ("train", {"resume": "yes"}, "--resume must be true or false"),
        ("train", {"device": "gpu"}, "--device must be one of auto, cpu"),
        ("train", {"synthetic": {"a": 1}}, "--synthetic must be a text"),
        ("train", {"synthetic": "a\0b"}, "cannot be typed"),
        ("train", {"synthetic": "\ud800"}, "cannot be typed"),
        ("train", {"synthetic": "x" * 200_000}, "longer than"),
        ("refine-dataset", {}, "INPUT... must be given"),
        ("refine-dataset", {"inputs": []}, "INPUT... must be given"),
        ("refine-dataset", {"inputs": ["a.h5"], "output": "b.h5", "output_dir": "c"}, "not both"),
        ("experiments", {"rows": 3}, "64"),
        ("sample-data", {"folder": "s", "camera_yaw": [1]}, "--camera-yaw must be two numbers"),
        ("sample-data", {"folder": "s", "camera_yaw": ["--debug", 3]}, "--camera-yaw must be numbers"),
        ("prepare eyes", {"source": "a", "output": "b", "where": {"a": ["b"]}}, "--where must be a text"),
        ("prepare eyes", {"source": "a", "output": "b", "where": ["nothing"]}, "--where must be LABEL=VALUE"),
        ("studio", {}, "there is no command 'studio'"),
        ("prepare", {}, "there is no command 'prepare'"),
        ("trian", {}, "did you mean 'train'"),
    ],
)
def test_a_refusal_says_what_is_wrong(name: str, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        CATALOGUE.line(name, given)
    assert sentence in str(caught.value), caught.value
    assert "\n" not in str(caught.value)


def test_nothing_given_is_no_word_and_paths_are_those_of_files() -> None:
    given: dict[str, Any] = {"synthetic": "", "real": None, "log": [], "steps": 30, "seed": "3", "standardise": False}
    assert CATALOGUE.line("train", given).words == ("train", "--steps", "30", "--seed", "3", "--no-standardise")
    line = CATALOGUE.line("split", {"path": "a.h5", "output": ["x/b.h5=0.5", "c=d.h5=10"]})
    assert line.paths == ("a.h5", "x/b.h5", "c=d.h5")
    assert CATALOGUE.line("mix", {"inputs": ["a.h5=3", "b.h5"], "output": "c.h5"}).paths == ("a.h5", "b.h5", "c.h5")
    assert CATALOGUE.line("evaluate", {"train": ["a", "b"], "test": "c"}).paths == ("a", "b", "c")
    assert CATALOGUE.line("train", {"config": "run.yaml"}).paths == ("run.yaml",)


def test_every_text_that_names_a_file_is_known_as_one() -> None:
    for name in NAMES:
        for each in all_parameters(CATALOGUE.describe(name)):
            if (each["metavar"] or "").startswith(("FILE", "FOLDER", "PATH", "HTML", "PNG", "INPUT", "MODEL", "RUN")):
                given = {**needed(CATALOGUE.describe(name)), each["name"]: ["x=1"] if each["many"] else "x"}
                assert "x" in [path.removesuffix("=1") for path in CATALOGUE.line(name, given).paths], (name, each)


def test_the_device_is_the_default_where_none_is_given() -> None:
    assert CATALOGUE.line("train", {}).device == "auto"
    assert CATALOGUE.line("train", {"device": "cuda:1"}).device == "cuda:1"
    assert CATALOGUE.line("evaluate", {"train": "a", "test": "b", "device": "cuda"}).device == "cuda"
    assert CATALOGUE.line("doctor", {}).device is None


def test_checking_a_line_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        CATALOGUE.line(name, needed(CATALOGUE.describe(name)))
    assert not list(tmp_path.iterdir())


def test_describing_and_checking_import_nothing_heavy() -> None:
    given = {"evaluate": {"train": ["a"], "test": "b", "device": "cuda"}, "refine-dataset": {"inputs": ["a.h5"]}}
    program = f"""
import sys
from gazeaug_cli.catalogue import Catalogue
catalogue = Catalogue()
for each in catalogue.listing():
    catalogue.describe(each["name"])
for name, values in {given!r}.items():
    catalogue.line(name, values)
print([name for name in ("torch", "onnxruntime", "onnx", "matplotlib", "cv2") if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]", found.stdout
