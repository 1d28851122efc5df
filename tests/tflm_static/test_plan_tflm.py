"""`plan --runtime tflm`: the interpreter's arena as text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from model_builder import Builder, per_tensor

from platformio_tinyml.cli.main import main
from platformio_tinyml.model import Activation, AddOptions
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.metadata import read_offline_plan, with_offline_plan
from platformio_tinyml.tflm.static_plan import static_plan
from platformio_tinyml.tflm.typical_sizes import typical_sizes


def add(opcode: str = "ADD", custom_code: str = "") -> bytes:
    """y = x + x, 64 elements."""
    builder = Builder()
    x, y = (builder.tensor(name, (1, 64), quantization=per_tensor(0.5)) for name in "xy")
    builder.operator(opcode, [x, x], [y], AddOptions(Activation.NONE, False), custom_code=custom_code)
    return builder.build([x], [y])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.tflite"
    path.write_bytes(add())
    return path


def planned(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main(["plan", str(path), "--runtime", "tflm", "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)["arena"]


def test_json(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arena = planned(model, capsys)
    expected = static_plan(read_model(add(), "net"), typical_sizes(32))
    assert arena["method"] == "estimate" and arena["kernels"] == "reference"
    assert (arena["size"], arena["head"], arena["tail"]) == (expected.size, 128, expected.tail)
    assert sum(arena["parts"].values()) == arena["tail"]


def test_text(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arena = planned(model, capsys)
    assert main(["plan", str(model), "--runtime", "tflm"]) == 0
    text = capsys.readouterr().out
    assert f"net: arena {arena['size']:,} bytes (estimate; tflm, reference kernels)" in text
    assert f"head {arena['head']}: " in text and "while AllocateTensors plans" in text


def test_the_file_s_own_plan_counts(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = with_offline_plan(add(), (0, 960))
    assert read_offline_plan(data) == (0, 960)
    assert read_offline_plan(add()) == ()
    model.write_bytes(data)
    assert planned(model, capsys)["head"] == 1024


def test_no_bound(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_bytes(add("CUSTOM", "Mine"))
    assert main(["plan", str(model), "--runtime", "tflm", "--json"]) == 3
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert error["code"] == "no-bound" and "Mine" in error["message"]


def test_wrong_arguments(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(model), "--runtime", "tflm", "--tflm-structs", str(model)]) == 4
    assert "no ELF object" in capsys.readouterr().err
    assert main(["plan", str(model), "--runtime", "tflm", "--kernels", "magic"]) == 2
