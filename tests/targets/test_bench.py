"""`bench`: figures that add up, errors that say what to do. The exact counts are tested in tests/emulate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from model_builder import Builder, per_tensor

from platformio_tinyml.cli import main
from platformio_tinyml.model import Activation, FullyConnectedOptions, SoftmaxOptions
from platformio_tinyml.standalone.targets import find_target

pytest.importorskip("unicorn")
needs_compiler = pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="arm-none-eabi-gcc is not installed")


def dense(inputs: int, outputs: int) -> bytes:
    """FULLY_CONNECTED and SOFTMAX."""
    builder = Builder()
    source = builder.tensor("input", (1, inputs), quantization=per_tensor(0.5))
    values = np.ones((outputs, inputs), np.int8)
    filter_ = builder.tensor("filter", (outputs, inputs), quantization=per_tensor(0.01), data=values)
    hidden = builder.tensor("hidden", (1, outputs), quantization=per_tensor(0.3))
    output = builder.tensor("output", (1, outputs), quantization=per_tensor(1 / 256, -128))
    builder.operator("FULLY_CONNECTED", [source, filter_], [hidden], FullyConnectedOptions(Activation.NONE, 0, False))
    builder.operator("SOFTMAX", [hidden], [output], SoftmaxOptions(1.0))
    return builder.build([source], [output])


def bench(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    code = main(["bench", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "my model.tflite"
    path.write_bytes(dense(100, 10))
    return str(path)


@pytest.mark.parametrize(
    "board", ["netduinoplus2", "stm32vldiscovery", "microbit", "mps2_an500", "mps2_an505", "hifive1-revb"]
)
def test_figures_add_up(board: str, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    compiler = find_target(board).compiler
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    code, report = bench(capsys, model, "--board", board)
    assert code == 0
    assert (report["schema"], report["ok"], report["board"]) == ("tinyml-report/1", True, board)
    assert report["compiler"].startswith(f"{compiler} 1")
    assert report["flags"][-1] == "-Os"
    assert report["macs"] == 1000
    assert report["instructions_per_mac"] == round(report["instructions"] / 1000, 3)
    assert [(o["index"], o["opcode"], o["macs"]) for o in report["operators"]] == [
        (0, "FULLY_CONNECTED", 1000),
        (1, "SOFTMAX", 0),
    ]
    kernels = sum(operator["instructions"] for operator in report["operators"])
    assert 1000 < kernels < report["instructions"] < kernels + 100
    for memory in ("flash", "ram"):
        assert sum(owner[memory] for owner in report["owners"]) == report[memory]
    owners = {owner["owner"]: owner for owner in report["owners"]}
    assert owners["arena:my_model"]["ram"] == report["arena"]["size"] == report["ram"]
    assert 1000 < owners["weights:my_model"]["flash"] < report["flash"]
    assert report["arena"]["method"] == "planned"
    assert 0 < report["stack"] < 1000


@needs_compiler
def test_optimize_counts_and_is_repeatable(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    small = bench(capsys, model, "--board", "netduinoplus2")
    assert bench(capsys, model, "--board", "netduinoplus2") == small
    fast = [
        bench(capsys, model, "--board", "netduinoplus2", *level)
        for level in (["--optimize", "-O2"], ["--optimize=-O2"], ["-O2"])
    ]
    assert fast == fast[:1] * 3
    assert fast[0][1]["flags"][-1] == "-O2"
    assert fast[0][1]["instructions"] != small[1]["instructions"]
    kernels = [[each["instructions"] for each in report["operators"]] for _, report in (small, fast[0])]
    assert kernels[0] == pytest.approx(kernels[1], rel=0.02), "kernels have a level of their own"
    assert main(["bench", model, "--board", "netduinoplus2", "-O9"]) == 2


@needs_compiler
def test_table(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, report = bench(capsys, model, "--board", "microbit")
    assert main(["bench", model, "--board", "microbit"]) == 0
    text = capsys.readouterr().out
    for figure in ("instructions", "flash", "ram", "stack"):
        assert f"{report[figure]:,}" in text
    assert "0 FULLY_CONNECTED" in text


@needs_compiler
def test_what_does_not_fit_is_measured_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wide.tflite"
    path.write_bytes(dense(9000, 1))
    code, report = bench(capsys, str(path), "--board", "stm32vldiscovery")
    assert code == 1
    assert not report["fits"]
    assert report["ram"] >= 9000 > report["ram_limit"]
    assert report["instructions"] > 9000
    assert main(["bench", str(path), "--board", "stm32vldiscovery"]) == 1
    assert "does not fit stm32vldiscovery" in capsys.readouterr().out


def test_boards_without_a_core_to_count_on(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    for board in ("uno", "host", "nonsense"):
        code, report = bench(capsys, model, "--board", board)
        assert code == 2
        assert "netduinoplus2, stm32vldiscovery, microbit, mps2_an386" in report["errors"][0]["next"]


def test_missing_compiler(model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    code, report = bench(capsys, model, "--board", "netduinoplus2")
    assert code == 4
    assert "arm-none-eabi-gcc" in report["errors"][0]["message"]
    assert "install" in report["errors"][0]["next"]


@needs_compiler
def test_a_compiler_that_fails_is_quoted(model: str, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setattr("platformio_tinyml.standalone.build._FLAGS", ("-nonsense",))
    code, report = bench(capsys, model, "--board", "netduinoplus2")
    assert code == 4
    assert "-nonsense" in report["errors"][0]["message"]


def test_a_model_that_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"nothing")
    code, report = bench(capsys, str(path), "--board", "netduinoplus2")
    assert code == 3
    assert report["errors"]
