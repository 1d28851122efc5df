"""Real conversions: of small models of every kind, and of the shared ones. Needs TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platformio_tinyml.quantize.source import recognise
from platformio_tinyml.tflite import read_model_file

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
PYTHON = os.environ.get("TINYML_TENSORFLOW_PYTHON")
if not PYTHON:
    pytest.skip("TINYML_TENSORFLOW_PYTHON names no interpreter with TensorFlow", allow_module_level=True)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of small model, with data; see make_models.py."""
    folder = tmp_path_factory.mktemp("models")
    for which, legacy in (("keras3", "0"), ("keras2", "1")):
        command = [PYTHON, str(HERE / "make_models.py"), str(folder), which]
        environment = {**os.environ, "TF_USE_LEGACY_KERAS": legacy, "TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    return folder


def quantize(source: Path, output: Path, *arguments: str | Path, data: str | Path) -> tuple[int, dict[str, Any]]:
    """(exit code, JSON)."""
    command = [sys.executable, "-m", "platformio_tinyml", "quantize", source, "--data", data, "-o", output]
    command += ["--python", PYTHON, "--json", *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=HERE.parent.parent, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "kind", "note"),
    [
        ("net.keras", "keras", False),
        ("net.h5", "h5", False),
        ("net", "saved-model", False),
        ("net.tflite", "float-tflite", False),
        ("half.tflite", "float-tflite", False),
        ("old.keras", "keras", True),
        ("old.h5", "h5", True),
        ("old", "saved-model", True),
    ],
)
def test_every_kind(models: Path, tmp_path: Path, name: str, kind: str, note: bool) -> None:
    output = tmp_path / "out.tflite"
    code, report = quantize(models / name, output, "--eval", models / "eval.npz", data=models / "data.npz")
    assert code == 0, report
    assert (report["kind"], report["size"]) == (kind, output.stat().st_size)
    assert bool(report["notes"]) is note
    assert report["warnings"] == []
    accuracy = report["accuracy"]
    assert (accuracy["metric"], accuracy["samples"], accuracy["data"]) == ("top-1", 300, "evaluation")
    assert accuracy["output_error"] < 0.02
    assert abs(accuracy["drop"]) < 0.15, "classes of nearly equal outputs may change, most must not"
    decibels = [operator["sqnr_db"] for operator in accuracy["operators"]]
    assert len(decibels) >= 4
    assert decibels == sorted(decibels)
    assert decibels[0] > 15
    assert recognise(output) == "int8-tflite"
    model = read_model_file(output)
    assert [model.tensors[index].shape for index in (*model.inputs, *model.outputs)] == [(1, 8, 6, 1), (1, 4)]


def test_it_is_what_tensorflows_own_converter_makes(models: Path, tmp_path: Path) -> None:
    """`reference.tflite` comes of TFLiteConverter with Optimize.DEFAULT and the same samples."""
    code, _ = quantize(models / "net.tflite", tmp_path / "out.tflite", data=models / "data.npz")
    assert code == 0
    ours, reference = read_model_file(tmp_path / "out.tflite", "m"), read_model_file(models / "reference.tflite", "m")
    assert ours.operators == reference.operators
    assert ours.tensors == reference.tensors


@pytest.mark.parametrize("name", ["net.keras", "net"])
def test_same_inputs_give_the_same_bytes(models: Path, tmp_path: Path, name: str) -> None:
    reports = [quantize(models / name, tmp_path / f"{n}.tflite", data=models / "data.npz")[1] for n in range(2)]
    assert reports[0]["sha256"] == reports[1]["sha256"]
    assert reports[0]["accuracy"] == reports[1]["accuracy"]


@pytest.mark.parametrize("name", ["lambda.keras", "lambda.h5", "oldlambda", "oldlambda.h5"])
def test_lambda_layers_are_refused_and_do_not_run(models: Path, tmp_path: Path, name: str) -> None:
    (models / "ran").unlink(missing_ok=True)
    code, report = quantize(models / name, tmp_path / "out.tflite", data="random")
    assert (code, report["errors"][0]["code"]) == (3, "model-unsafe")
    assert "a Lambda layer" in report["errors"][0]["message"]
    assert not (models / "ran").exists()
    assert list(tmp_path.iterdir()) == []


def test_lambda_layers_run_where_that_is_allowed(models: Path, tmp_path: Path) -> None:
    code, report = quantize(models / "doubling.keras", tmp_path / "refused.tflite", data="random")
    assert (code, report["errors"][0]["code"]) == (3, "model-unsafe")
    code, report = quantize(models / "doubling.keras", tmp_path / "out.tflite", "--allow-unsafe", data="random")
    assert code == 0, report
    assert report["calibration"]["calibrated"] is False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines a process")
@pytest.mark.parametrize("name", ["lambda.keras", "lambda.h5", "oldlambda.h5"])
def test_what_is_allowed_writes_no_files(models: Path, tmp_path: Path, name: str) -> None:
    code, report = quantize(models / name, tmp_path / "out.tflite", "--allow-unsafe", data="random")
    assert (code, report["errors"][0]["code"]) == (3, "model-load")
    assert "may not write files" in report["errors"][0]["next"]
    assert not (models / "ran").exists()


def test_data_of_a_python_file(models: Path, tmp_path: Path) -> None:
    """It writes where it likes, and gives the bytes that the same arrays in a file give."""
    script = tmp_path / "data.py"
    script.write_text(
        "import numpy, pathlib, subprocess\n"
        f"x = numpy.load({str(models / 'data.npz')!r})['x']\n"
        f"subprocess.run(['touch', {str(tmp_path / 'touched')!r}], check=True)\n"
        "def representative_dataset():\n    for sample in x:\n        yield [sample[numpy.newaxis]]\n"
    )
    reports = [
        quantize(models / "net.keras", tmp_path / "out.tflite", data=data)[1] for data in (script, models / "data.npz")
    ]
    assert reports[0]["sha256"] == reports[1]["sha256"]
    assert reports[0]["calibration"]["samples"] == 200
    assert (tmp_path / "touched").exists()


def test_python_operators_are_refused(models: Path, tmp_path: Path) -> None:
    code, report = quantize(models / "python", tmp_path / "out.tflite", data="random")
    assert (code, report["errors"][0]["code"]) == (3, "model-unsafe")
    code, report = quantize(models / "python", tmp_path / "out.tflite", "--allow-unsafe", data="random")
    assert (code, report["errors"][0]["code"]) == (3, "model-convert")


def test_two_inputs_and_float_doors(models: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.tflite"
    code, report = quantize(models / "two.keras", output, "--input-type", "float", data=models / "two.npz")
    assert code == 0, report
    assert (report["input_type"], report["accuracy"]["metric"]) == ("float", "output-error")
    assert report["accuracy"]["drop"] < 0.05
    model = read_model_file(output)
    assert {model.tensors[index].type.name for index in (*model.inputs, *model.outputs)} == {"FLOAT32"}
    assert recognise(output) == "int8-tflite"


@pytest.mark.parametrize("name", ["heads.keras", "heads", "heads.tflite"])
def test_the_names_of_a_signature_survive(models: Path, tmp_path: Path, name: str) -> None:
    """Two outputs of equal shape, and which is which: a sigmoid's scale is 1/256."""
    code, report = quantize(models / name, tmp_path / "out.tflite", data=models / "two.npz")
    assert code == 0, report
    model = read_model_file(tmp_path / "out.tflite", "kws")
    assert sorted(model.input_names) == ["left", "right"]
    shapes = {name: model.tensors[index].shape for name, index in zip(model.input_names, model.inputs, strict=True)}
    assert shapes == {"left": (1, 3), "right": (1, 5)}
    assert sorted(model.output_names) == ["aux", "score"]
    aux = model.tensors[model.outputs[model.output_names.index("aux")]]
    assert aux.quantization is not None
    assert aux.quantization.scale == (1 / 256,)


@pytest.mark.parametrize("name", ["lstm.keras", "gru.keras", "two-ways.keras", "cells.keras", "oldlstm.h5"])
def test_recurrent_layers_are_unrolled(models: Path, tmp_path: Path, name: str) -> None:
    code, report = quantize(models / name, tmp_path / "out.tflite", data=models / "steps.npz")
    assert code == 0, report
    assert report["accuracy"]["output_error"] < 0.12
    assert any(note.startswith("unrolled") for note in report["notes"])
    opcodes = [operator.opcode for operator in read_model_file(tmp_path / "out.tflite", "m").operators]
    assert "WHILE" not in opcodes
    assert opcodes.count("TANH") >= 12


def test_loops_are_refused_before_the_calibrator_dies_of_them(models: Path, tmp_path: Path) -> None:
    code, report = quantize(models / "lstm", tmp_path / "out.tflite", data=models / "steps.npz")
    error = report["errors"][0]
    assert (code, error["code"]) == (3, "model-loop"), error
    assert "unroll=True" in error["next"]


def test_what_has_no_int8_form_is_written_with_what_has(models: Path, tmp_path: Path) -> None:
    """LayerNormalization, UnitNormalization, ELU: SQUARE, NEG and ELU stay in float in TensorFlow's quantizer.

    UpSampling1D has TILE, which TensorFlow Lite Micro lacks.
    """
    code, report = quantize(models / "norms.keras", tmp_path / "out.tflite", data=models / "steps.npz")
    assert code == 0, report
    assert report["accuracy"]["output_error"] < 0.25, "two normalizations in 8 bits"
    opcodes = {operator.opcode for operator in read_model_file(tmp_path / "out.tflite", "m").operators}
    assert not opcodes & {"SQUARE", "NEG", "EXP", "TILE"}
    assert {"ELU", "CONCATENATION"} <= opcodes


@pytest.mark.parametrize("name", ["net.keras", "net", "net.tflite"])
def test_int16_activations(models: Path, tmp_path: Path, name: str) -> None:
    """Nearer to float than int8, run by TensorFlow Lite Micro, and taken as it is when it comes again."""
    output = tmp_path / "out.tflite"
    evaluation = ("--eval", models / "eval.npz")
    _, int8 = quantize(models / name, output, *evaluation, data=models / "data.npz")
    code, report = quantize(models / name, output, *evaluation, "--activations", "int16", data=models / "data.npz")
    assert code == 0, report
    assert report["input_type"] == "int16"
    assert report["accuracy"]["runtime"] == "tflite_micro"
    assert report["accuracy"]["output_error"] < int8["accuracy"]["output_error"] / 2
    model = read_model_file(output, "m")
    assert {model.tensors[index].type.name for index in (*model.inputs, *model.outputs)} == {"INT16"}
    assert recognise(output) == "int16-tflite"
    code, again = quantize(output, tmp_path / "again.tflite", data="random")
    assert (code, again["sha256"]) == (0, report["sha256"])


def test_int16_activations_with_float_doors(models: Path, tmp_path: Path) -> None:
    arguments = ("--activations", "int16", "--input-type", "float")
    code, report = quantize(models / "net.keras", tmp_path / "out.tflite", *arguments, data=models / "data.npz")
    assert code == 0, report
    assert report["input_type"] == "float"


def test_damaged_models(models: Path, tmp_path: Path) -> None:
    data = (models / "net.keras").read_bytes()
    (tmp_path / "cut.h5").write_bytes((models / "net.h5").read_bytes()[:3000])
    (tmp_path / "cut.keras").write_bytes(data[:2000] + bytes(500) + data[2500:])
    for name in ("cut.h5", "cut.keras"):
        code, report = quantize(tmp_path / name, tmp_path / "out.tflite", data=models / "data.npz")
        assert code == 3, report
        assert "Traceback" not in json.dumps(report)


@pytest.mark.parametrize(
    ("name", "data", "low", "high", "most"),
    [
        ("kws_saved_model", "kws", -100.0, 26.0, 0.05),
        ("kws_float.tflite", "kws", -100.0, 26.0, 0.15),
        ("ad01.h5", "ad01", -85.0, 15.0, 0.05),
        ("ad01_float.tflite", "ad01", -85.0, 15.0, 0.05),
    ],
)
def test_shared_models(
    shared_models: Path, tmp_path: Path, name: str, data: str, low: float, high: float, most: float
) -> None:
    """Smooth random curves over the range of the published int8 model stand for the data."""
    shape = (49, 10, 1) if data == "kws" else (640,)
    walks = np.random.default_rng(3).normal(size=(120, *shape)).cumsum(axis=1)
    walks = (walks - walks.min()) / (walks.max() - walks.min()) * (high - low) + low
    np.savez(tmp_path / "data.npz", x=walks.astype(np.float32))
    code, report = quantize(shared_models / name, tmp_path / "out.tflite", data=tmp_path / "data.npz")
    assert code == 0, report
    assert report["accuracy"]["output_error"] < most
    published = read_model_file(shared_models / ("kws_ref_model.tflite" if data == "kws" else "ad01_int8.tflite"))
    model = read_model_file(tmp_path / "out.tflite")
    skipped = ("RESHAPE",)
    assert [op.opcode for op in model.operators if op.opcode not in skipped] == [
        op.opcode for op in published.operators if op.opcode not in skipped
    ]
