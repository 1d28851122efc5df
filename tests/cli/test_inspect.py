"""`pio-tinyml inspect`: what people read, what programs read, and the snippets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.cli import main
from platformio_tinyml.model import Activation, FullyConnectedOptions, SoftmaxOptions, TensorType

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared" / "models"
MACS = {
    "hello_world_int8": 288,
    "micro_speech_quantized": 336_000,
    "ad01_int8": 264_192,
    "kws_ref_model": 2_656_768,
    "pretrainedResnet_quant": 12_501_632,
    "vww_96_int8": 7_489_664,
}


def dense_model(name: str = "y") -> bytes:
    builder = Builder()
    x = builder.tensor("x", (1, 3), quantization=per_tensor(0.5, -3))
    w = builder.tensor("w", (2, 3), quantization=per_channel([1.0, 1.0]), data=bytes(6))
    b = builder.tensor("b", (2,), TensorType.INT32, quantization=per_channel([0.5, 0.5]), data=bytes(8))
    y = builder.tensor(name, (1, 2), quantization=per_tensor(0.25, 4))
    builder.operator("FULLY_CONNECTED", [x, w, b], [y], FullyConnectedOptions(Activation.NONE, 0, False), version=5)
    return builder.build([x], [y], description="dense")


def refused_model(name: str = "z", custom_code: str = "Mine") -> bytes:
    builder = Builder()
    x = builder.tensor("x", (2, 3), TensorType.FLOAT32)
    y = builder.tensor("y", (2, 3), TensorType.FLOAT32)
    z = builder.tensor(name, (), TensorType.FLOAT32)
    builder.operator("SOFTMAX", [x], [y], SoftmaxOptions(float("nan")))
    builder.operator("CUSTOM", [y, -1], [z], custom_code=custom_code)
    builder.operator("ASSIGN_VARIABLE", [y, z], [])
    builder.operator(4711, [y], [builder.tensor("unused", (5,))])
    return builder.build([x], [z])


@pytest.fixture
def dense(tmp_path: Path) -> Path:
    path = tmp_path / "dense.tflite"
    path.write_bytes(dense_model())
    return path


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    path = tmp_path / "refused.tflite"
    path.write_bytes(refused_model())
    return path


def inspect_json(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert main(["inspect", *map(str, arguments), "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    report: dict[str, Any] = json.loads(captured.out)
    return report


def inspect_text(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["inspect", *map(str, arguments)]) == 0
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines()), max(text.splitlines(), key=len)
    return text


def test_json_of_a_sound_model(capsys: pytest.CaptureFixture[str], dense: Path) -> None:
    report = inspect_json(capsys, dense)
    snippet = report.pop("snippet")
    assert report == {
        "schema": "tinyml-report/1",
        "ok": True,
        "name": "dense",
        "source": str(dense),
        "description": "dense",
        "bytes": dense.stat().st_size,
        "constant_bytes": 14,
        "parameters": 8,
        "macs": 6,
        "subgraphs": 1,
        "inputs": [
            {"tensor": 0, "name": "x", "type": "INT8", "shape": [1, 3], "bytes": 3, "scale": 0.5, "zero_point": -3}
        ],
        "outputs": [
            {"tensor": 3, "name": "y", "type": "INT8", "shape": [1, 2], "bytes": 2, "scale": 0.25, "zero_point": 4}
        ],
        "operators": [
            {
                "index": 0,
                "opcode": "FULLY_CONNECTED",
                "custom_code": None,
                "version": 5,
                "name": "y",
                "inputs": [0, 1, 2],
                "outputs": [3],
                "input_shapes": [[1, 3], [2, 3], [2]],
                "shape": [1, 2],
                "type": "INT8",
                "bytes": 2,
                "weights": {"type": "INT8", "shape": [2, 3], "bytes": 6, "scales": 2, "quantized_dimension": 0},
                "parameters": 8,
                "macs": 6,
                "options": {"activation": "NONE", "weights_format": 0, "keep_num_dims": False, "narrow_sums": False},
            }
        ],
        "violations": [],
        "simplification": {
            "channels": 2,
            "constant": 2,
            "removed": 0,
            "constants": [14, 14],
            "macs": [6, 6],
            "cut": [],
            "steps": [],
            "resized": [],
            "unlike_tflm": "",
        },
        "runtimes": [
            {
                "runtime": "compiled",
                "refused": None,
                "arena": 16,
                "method": "planned",
                "lower_bound": 16,
                "state": 0,
                "custom": [],
            },
            {
                "runtime": "tflm",
                "refused": None,
                "arena": 720,
                "method": "estimate",
                "lower_bound": None,
                "state": 0,
                "custom": [],
            },
        ],
    }
    assert "custom_tinyml_models = models/dense.tflite" in snippet["platformio_ini"].splitlines()


def test_text_of_a_sound_model(capsys: pytest.CaptureFixture[str], dense: Path) -> None:
    text = inspect_text(capsys, dense)
    assert "dense: 1 operators, 8 parameters, 6 MACs" in text
    assert "input 0: x  1x3 INT8, 3 bytes\n  real = 0.5 * (q + 3)" in text
    assert "output 0: y  1x2 INT8, 2 bytes\n  real = 0.25 * (q - 4)" in text
    assert "compiled takes this model: arena" in text and "tflm takes this model if" in text
    assert "INT8 x2" in text
    assert "#include <dense_model.h>" in text


def test_json_of_a_refused_model_has_the_same_keys(
    capsys: pytest.CaptureFixture[str], dense: Path, refused: Path
) -> None:
    sound, report = inspect_json(capsys, dense), inspect_json(capsys, refused)
    assert report.keys() == sound.keys()
    assert all(operator.keys() == sound["operators"][0].keys() for operator in report["operators"])
    assert report["ok"] is True
    assert report["macs"] is None
    assert report["snippet"] is None
    assert report["outputs"][0]["scale"] is None
    assert report["operators"][0]["options"] == {"beta": None}
    assert report["operators"][1]["custom_code"] == "Mine"
    assert report["operators"][1]["input_shapes"] == [[2, 3], None]
    assert report["operators"][2]["shape"] is None
    assert report["operators"][3]["opcode"] == "BUILTIN_4711"
    assert report["violations"]
    for violation in report["violations"]:
        assert violation.keys() == {"operator", "name", "rule", "found", "next"}
        assert violation["rule"] and violation["found"] and violation["next"]


def test_text_of_a_refused_model(capsys: pytest.CaptureFixture[str], refused: Path) -> None:
    text = inspect_text(capsys, refused)
    assert "MACs unknown" in text
    assert "compiled refuses this model: 3 reasons" in text and "tflm may take this model" in text
    assert "CUSTOM Mine" in text
    assert "#include" not in text


def test_name_is_used_everywhere(capsys: pytest.CaptureFixture[str], dense: Path) -> None:
    report = inspect_json(capsys, dense, "--name", "kws")
    assert report["name"] == "kws"
    assert "custom_tinyml_dense_name = kws" in report["snippet"]["platformio_ini"].splitlines()
    assert "kws_invoke();" in report["snippet"]["c"]
    assert main(["inspect", str(dense), "--name", "a b"]) == 2


@pytest.mark.parametrize("hostile", ["\x1b[2J\x1b]0;owned\x07", "a\nb\r\tc", "\u202eevil", "n" * 10_000, "名前" * 50])
def test_names_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path, hostile: str) -> None:
    path = tmp_path / "m.tflite"
    for data in (dense_model(hostile), refused_model(hostile), refused_model("z", custom_code=hostile)):
        path.write_bytes(data)
        text = inspect_text(capsys, path)
        assert all(line.isprintable() for line in text.splitlines())
        assert len(text) < 6000


def test_file_names_cannot_break_out_of_the_snippet(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a ; b ${sysenv.HOME} %x.tflite"
    path.write_bytes(dense_model())
    lines = inspect_json(capsys, path)["snippet"]["platformio_ini"].splitlines()
    library = Path(__file__).parents[2].as_posix()
    assert lines == [f"lib_deps = symlink://{library}", "custom_tinyml_models = models/a_b_sysenv_HOME_x.tflite"]


@pytest.mark.parametrize("name", MACS)
def test_shared_models(capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = SHARED / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    report = inspect_json(capsys, path)
    assert report["violations"] == []
    assert report["macs"] == MACS[name] == sum(operator["macs"] for operator in report["operators"])
    assert f"{MACS[name]:,} MACs" in inspect_text(capsys, path)


def test_terminal_without_the_letters(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(dense_model("Größe 東京"))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "platformio_tinyml", "inspect", str(path)]
    result = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert result.returncode == 0
    assert rb"Gr\xf6\xdfe" in result.stdout


@pytest.mark.parametrize("compiler", ["gcc", "g++"])
def test_snippet_compiles(capsys: pytest.CaptureFixture[str], tmp_path: Path, dense: Path, compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    lines = inspect_json(capsys, dense)["snippet"]["c"].splitlines()
    assert main(["generate", str(dense), "-o", str(tmp_path), "--with-runtime"]) == 0
    body = "\n".join(lines[1:])
    program = f"{lines[0]}\nint main(void) {{\n{body}\n(void)in0; (void)out0;\nreturn 0;\n}}\n"
    standard = "-std=c99" if compiler == "gcc" else "-std=c++17"
    command = [compiler, standard, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{tmp_path}"]
    language = "c" if compiler == "gcc" else "c++"
    result = subprocess.run([*command, "-x", language, "-"], input=program, text=True, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr


def test_what_tflm_refuses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    builder = Builder()
    x = builder.tensor("x", (1, 3), TensorType.FLOAT32)
    w = builder.tensor("w", (2, 3), quantization=per_tensor(1.0, 0), data=bytes(6))
    y = builder.tensor("y", (1, 2), TensorType.FLOAT32)
    builder.operator("FULLY_CONNECTED", [x, w, -1], [y], FullyConnectedOptions(Activation.NONE, 0, False))
    path = tmp_path / "hybrid.tflite"
    path.write_bytes(builder.build([x], [y]))
    text = " ".join(inspect_text(capsys, path).split())
    assert "tflm refuses this model: operator 0 FULLY_CONNECTED is hybrid" in text
