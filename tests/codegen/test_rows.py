"""The generated C of a model that takes its input row by row: what its functions do, and what the commands refuse."""

from __future__ import annotations

import ctypes
import json
import subprocess
from pathlib import Path

import pytest

from platformio_tinyml.cli.main import main

INIT = 4


@pytest.fixture
def digits(repo: Path) -> str:
    return str(repo / "examples" / "digits" / "models" / "digits.tflite")


def build(folder: Path, model: str, *words: str) -> ctypes.CDLL:
    assert main(["generate", model, "-o", str(folder), "--with-runtime", "--rows", *words]) == 0
    flags = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    subprocess.run(["gcc", *flags, *sorted(folder.glob("*.c")), "-o", folder / "models.so"], check=True)
    return ctypes.CDLL(str(folder / "models.so"))


def test_reset_forgets_the_rows(digits: str, tmp_path: Path) -> None:
    model = build(tmp_path, digits)
    header = (tmp_path / "digits_model.h").read_text()
    assert "digits_invoke" not in header
    assert "digits_input_0(" not in header
    row = (ctypes.c_int8 * 16)(*range(16))
    assert model.digits_init() == 0
    assert [model.digits_push_row(row) for _ in range(16)] == list(range(15, -1, -1))
    model.digits_output_0.restype = ctypes.POINTER(ctypes.c_int8 * 10)
    first = list(model.digits_output_0().contents)
    assert [model.digits_push_row(row) for _ in range(5)] == [15, 14, 13, 12, 11]
    model.digits_reset()
    assert [model.digits_push_row(row) for _ in range(16)] == list(range(15, -1, -1))
    assert list(model.digits_output_0().contents) == first
    manifest = json.loads((tmp_path / "digits_model.json").read_text())
    assert (manifest["invoke"], manifest["input_rows"]) == ("digits_push_row", 16)
    placed = {each["tensor"]: each for each in manifest["arena"]["placements"]}[0]
    assert 1 <= placed["held"] < placed["rows"] == 16
    assert placed["size"] == placed["held"] * 16


def test_the_applications_arena(digits: str, tmp_path: Path) -> None:
    model = build(tmp_path, digits, "--user-arena")
    row = (ctypes.c_int8 * 16)()
    assert model.digits_push_row(row) == -INIT
    size = ctypes.c_uint32.in_dll(model, "digits_arena_size").value
    memory = (ctypes.c_uint8 * (size + 16))()
    base = -(-ctypes.addressof(memory) // 16) * 16
    assert model.digits_init_with(ctypes.c_void_p(base), ctypes.c_size_t(size)) == 0
    assert model.digits_push_row(row) == 15


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--keep-input",), "--rows does not go with --keep-input"),
        (("--no-streams",), "--rows does not go with --no-streams"),
        (("--share-arena",), "--rows does not go with --share-arena"),
        (("--runtime", "tflm"), "TensorFlow Lite Micro takes the input whole"),
    ],
)
def test_what_does_not_go_together(
    words: tuple[str, ...], said: str, digits: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", digits, "-o", str(tmp_path / "c"), "--rows", *words]) != 0
    assert said in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_a_model_that_needs_its_input_whole(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sine = repo / "examples" / "sine" / "models" / "sine.tflite"
    assert main(["plan", str(sine), "--rows"]) != 0
    assert "operator 0, FULLY_CONNECTED, which reads it, needs all of it at once" in capsys.readouterr().err


def test_the_plan_says_how_many_rows_are_held(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(repo / "examples" / "camera" / "models" / "shapes.tflite"), "--rows"]) == 0
    assert ", 3 of 96 rows" in capsys.readouterr().out


def test_bench_counts_all_rows(digits: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    found = []
    for words in ((), ("--rows",)):
        main(["bench", digits, "--board", "netduinoplus2", "--json", *words])
        found.append(json.loads(capsys.readouterr().out))
    whole, rows = found
    assert rows["arena"]["size"] <= whole["arena"]["size"]
    assert whole["instructions"] < rows["instructions"] < 1.2 * whole["instructions"]
    assert sum(each["instructions"] for each in rows["operators"]) < rows["instructions"]
