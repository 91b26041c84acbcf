"""The questions to a GPU machine, as far as they can be held without one."""

from __future__ import annotations

import importlib.metadata
import os
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from benchmarks.gpu import __main__, fatbin, throughput, unpack
from benchmarks.gpu.report import Skipped, Table
from benchmarks.gpu.sections import PREPARATIONS, SECTIONS, Section
from benchmarks.gpu.sessions import need_cuda
from gazeaug.runtime.opening import ort_errors

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("section", [*SECTIONS, *PREPARATIONS.values()], ids=lambda section: section.name)
def test_every_section_is_a_function_that_says_what_it_answers(section):
    assert section.work().__doc__


def test_the_docs_have_every_section_with_its_limit():
    page = (ROOT / "docs" / "performance.md").read_text("utf-8").split("## On a GPU")[1]
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\d+) \|$", page, re.MULTILINE)
    assert rows == [(section.name, str(section.limit_seconds)) for section in SECTIONS]


def test_a_failing_way_leaves_the_rest_of_the_table(monkeypatch, capsys):
    """ONNX Runtime's errors are no RuntimeError, so every kind is caught."""

    def rate(way, _model, _images, _batch):
        if way.n_lanes == 1:
            raise ort_errors.EPFail("CUDNN failure 3: plan | not supported\nmore of it")
        return 123_456.7

    monkeypatch.setattr(throughput, "rate_of", rate)
    monkeypatch.setattr(throughput, "need_cuda", lambda: None)
    monkeypatch.setattr(throughput, "images", lambda _n: None)
    monkeypatch.setattr(throughput, "model_in", lambda _precision: None)
    throughput.ways()
    lines = capsys.readouterr().out.strip().splitlines()
    rows = [line.split(" | ") for line in lines[2:]]
    assert len(rows) == len(throughput.TRIES) + 2
    assert {len(row) for row in rows if row[0] != rows[1][0]} == {5}
    failed = [row for row in rows if "failed" in row[-1]]
    assert len(failed) == sum(way.n_lanes == 1 for way, _ in throughput.TRIES)
    assert failed[0][-1] == "**failed**: EPFail: CUDNN failure 3: plan / not supported |"
    assert rows[2] == ["| as gazeaug runs it", "fp16", "64", "2", "123,457 |"]


def test_what_a_machine_cannot_do_is_skipped_in_its_row(capsys):
    def cells():
        raise Skipped("no card")

    Table("A table", "way", "one", "two").row("this", cells=cells)
    assert capsys.readouterr().out.endswith("| this | skipped: no card |  |\n")


def made_library(*codes: tuple[int, int, bytes], section: bytes = b".nv_fatbin") -> bytearray:
    """A library of ELF-64 with one fat binary; of each image kind, architecture and code."""
    images = b"".join(
        struct.pack("<HHIQ12xI32x", kind, 257, 64, len(code), architecture) + code for kind, architecture, code in codes
    )
    fat = b"\0" * 8 + struct.pack("<IHHQ", fatbin.MAGIC, 1, 16, len(images)) + images  # filling in front
    names = b"\0" + section + b"\0.shstrtab\0"
    placed = [(0, 0, 0), (1, 64, len(fat)), (2 + len(section), 64 + len(fat), len(names))]
    headers = b"".join(struct.pack("<I20xQQ24x", *place) for place in placed)
    elf = b"\x7fELF\x02".ljust(40, b"\0") + struct.pack("<Q10xHHH", 64 + len(fat) + len(names), 64, 3, 2)
    return bytearray(elf + fat + names + headers)


def test_the_slimmer_keeps_the_named_architecture_alone():
    codes = [(2, 80, b"A" * 64), (2, 90, b"B" * 32), (1, 120, b"C" * 16), (2, 90, b"D" * 8)]
    library = made_library(*codes)
    before = bytes(library)
    assert fatbin.keep_architecture(library, 90) == fatbin.Slimmed(n_kept=2, n_zeroed=2, zeroed_bytes=80)
    assert bytes(library) == before.replace(b"A" * 64, bytes(64)).replace(b"C" * 16, bytes(16))


@pytest.mark.parametrize(
    ("library", "text"),
    [
        (made_library((2, 80, b"A"), (1, 90, b"B")), r"no machine code for sm_90 .* it has \[80\]"),
        (made_library((2, 90, b"A"), section=b".text"), "no section .nv_fatbin"),
        (made_library((2, 90, b"A" * 8)).replace(b"\x08" + bytes(7), b"\x09" + bytes(7)), "a layout that is not known"),
        (bytearray(b"MZ"), "ELF-64"),
    ],
)
def test_the_slimmer_refuses_what_it_cannot_slim(library, text):
    with pytest.raises(ValueError, match=text):
        fatbin.keep_architecture(library, 90)


def test_the_kit_brings_only_what_this_python_lacks(tmp_path, capsys):
    (tmp_path / "wheels").mkdir()
    numpy = importlib.metadata.version("numpy")
    for name in (
        "not_there-1.0-py3-none-any.whl",
        f"numpy-{numpy}-{unpack.TAG}-{unpack.TAG}-linux.whl",
        "old-1-cp36-cp36m-linux.whl",
    ):
        with zipfile.ZipFile(tmp_path / "wheels" / name, "w") as wheel:
            wheel.writestr(f"{name.split('-')[0]}.py", "")
    (tmp_path / "held.py").write_text("")
    with tarfile.open(tmp_path / f"unheard-gpu-1.2.3-{unpack.TAG}-sm90.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "held.py", "held.py")
    unpack.main(tmp_path, tmp_path / "site")
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["held.py", "not_there.py"]
    assert "made for another Python: old-1-cp36-cp36m-linux.whl" in capsys.readouterr().out


def test_a_section_beyond_its_limit_is_killed_and_the_next_one_comes(tmp_path, monkeypatch, capsys):
    def start(_run, section, output):
        work = "print('began', flush=True); import time; time.sleep(60)" if section.name == "hangs" else "print('done')"
        return subprocess.Popen([sys.executable, "-c", work], stdout=output, text=True, process_group=0)

    monkeypatch.setattr(__main__.Run, "_start", start)
    sections = [Section("hangs", "", 0.5), Section("works", "", 20)]
    with (tmp_path / "log.txt").open("w") as log:
        assert __main__.Run(log).work_off(sections) == 1
    said = capsys.readouterr().out
    assert "began\n!!! hangs ended with -9 at its limit" in said
    assert "done\n" in said
    assert "failed: hangs" in said
    assert (tmp_path / "log.txt").read_text() == said


def test_without_a_gpu_it_says_what_it_skips_and_ends_well(tmp_path):
    try:
        need_cuda()
    except Skipped as reason:
        why = str(reason)
    else:
        pytest.skip("CUDA can be tried here")
    folders = {"GPU_KIT": str(tmp_path), "GPU_WORK": str(tmp_path), "OUT": str(tmp_path), "PYTHON": sys.executable}
    command = ["bash", str(ROOT / "benchmarks" / "gpu" / "run.sh"), "machine", "load"]
    done = subprocess.run(command, env={**os.environ, **folders}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"skipped: {why}" in done.stdout
    assert done.stdout.endswith("failed: none\n")


def test_a_section_that_is_not_there_is_named(capsys):
    assert __main__.main(["load", "speed"]) == 2
    assert capsys.readouterr().out.startswith("no section speed; there are machine, ")
