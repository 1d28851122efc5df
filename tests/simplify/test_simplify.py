"""simplify: what it leaves alone, and what it says and writes of what it took out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from model_builder import Builder, per_tensor
from program_runner import run_program
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.cli import main
from platformio_tinyml.manifest import CutTensor, manifest_from_json, ranges, read_manifest
from platformio_tinyml.model import Activation, AddOptions, Conv2DOptions, Model, Padding, TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import simplify, summary
from platformio_tinyml.tflite import read_model, read_model_file

SHARED = Path(__file__).parents[3] / "shared" / "models"
CHANNELS = {"vww_96_int8": (2738, 1650), "kws_ref_model": (588, 0), "hello_world_int8": (33, 4)}


def two_convolutions(
    *, padding: Padding = Padding.VALID, zero_point: int = -128, outputs_first: bool = False, residual: bool = False
) -> bytes:
    """3x3 with three filters, the second with nothing but a bias of 200 steps; then 3x3 with one."""
    builder = Builder()
    options = Conv2DOptions(padding, 1, 1, 1, 1, Activation.NONE)
    x = builder.tensor("x", (1, 6, 6, 2), quantization=per_tensor(0.5, 0))
    weights = np.ones((3, 3, 3, 2), np.int8)
    weights[1] = 0
    first = builder.tensor("first", weights.shape, quantization=per_tensor(0.1), data=weights)
    bias = np.array([0, 200 if zero_point == -128 else 0, 0], np.int32)
    b = builder.tensor("b", (3,), TensorType.INT32, quantization=per_tensor(0.05), data=bias)
    size = 6 if padding is Padding.SAME else 4
    y = builder.tensor("y", (1, size, size, 3), quantization=per_tensor(0.05, zero_point))
    builder.operator("CONV_2D", [x, first, b], [y], options)
    z = y
    if residual:
        z = builder.tensor("z", (1, size, size, 3), quantization=per_tensor(0.1, zero_point))
        builder.operator("ADD", [y, y], [z], AddOptions(Activation.NONE, False))
    second = builder.tensor("second", (1, 3, 3, 3), quantization=per_tensor(0.1), data=np.ones((1, 3, 3, 3), np.int8))
    last = 6 if padding is Padding.SAME else 2
    out = builder.tensor("out", (1, last, last, 1), quantization=per_tensor(1.0, 0))
    builder.operator("CONV_2D", [z, second], [out], options)
    return builder.build([x], [out, y] if outputs_first else [out])


def model(**how: object) -> Model:
    return read_model(two_convolutions(**how), "net")  # type: ignore[arg-type]


def test_a_channel_of_one_value_folds_into_the_next_bias():
    simplified = simplify(model())
    first, second = simplified.model.operators
    tensors = simplified.model.tensors
    assert simplified.kept == {first.outputs[0]: (0, 2)}
    assert tensors[first.inputs[1]].shape == (2, 3, 3, 2)
    assert tensors[second.inputs[1]].shape == (1, 3, 3, 2)
    (bias,) = np.frombuffer(tensors[second.inputs[2]].data or b"", np.int32)
    assert bias == 9 * 200
    assert tensors[second.inputs[2]].name == "second/bias"
    assert (simplified.channels.all, simplified.channels.constant, simplified.channels.removed) == (4, 1, 1)


def test_padding_keeps_what_it_differs_from():
    padded = simplify(model(padding=Padding.SAME))
    assert padded.kept == {}
    assert padded.model is padded.original
    assert padded.channels.constant == 1
    assert simplify(model(padding=Padding.SAME, zero_point=5)).kept != {}


def test_an_output_of_the_model_stays():
    assert simplify(model(outputs_first=True)).kept == {}


def test_both_ways_of_a_residual_lose_the_channel():
    simplified = simplify(model(residual=True))
    assert set(simplified.kept.values()) == {(0, 2)}
    assert len(simplified.kept) == 2


def test_a_model_that_is_refused_stays():
    whole = model()
    refused = replace(whole, tensors=tuple(replace(each, quantization=None) for each in whole.tensors))
    assert simplify(refused).model is refused


@pytest.mark.parametrize("name", CHANNELS)
def test_channels_of_known_models(name: str) -> None:
    path = SHARED / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    channels = simplify(read_model_file(path)).channels
    assert (channels.all, channels.constant) == CHANNELS[name]
    assert bool(channels.removed) == bool(channels.constant)


def test_files_and_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(two_convolutions())
    assert main(["generate", str(path), "-o", str(tmp_path / "on")]) == 0
    assert main(["generate", str(path), "-o", str(tmp_path / "off"), "--no-simplify"]) == 0
    on, off = (read_manifest(tmp_path / folder / "net_model.json") for folder in ("on", "off"))
    assert on.simplification == summary(simplify(model()))
    assert [(each.name, each.kept) for each in on.simplification.cut] == [("y", "0,2")]
    assert off.simplification is None
    assert on.macs < off.macs
    assert on.weights < off.weights
    assert on.simplification.macs == (off.macs, on.macs)
    text = (tmp_path / "on" / "net_model.c").read_text()
    assert '"y", of 3: 0,2' in text
    assert "Simplified" not in (tmp_path / "off" / "net_model.c").read_text()
    capsys.readouterr()
    assert main(["inspect", str(path)]) == 0
    assert "1 of the 4 channels" in capsys.readouterr().out
    assert main(["inspect", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["simplification"]["removed"] == 1


def test_kept_channels_as_text():
    assert ranges((0, 1, 2, 5, 7, 8)) == "0-2,5,7-8"
    cut = CutTensor(0, 0, "y", 9, 2, "0-2,5,7-8")
    assert cut.indices() == (0, 1, 2, 5, 7, 8)
    assert cut.cut(bytes(range(18))) == bytes([0, 1, 2, 3, 4, 5, 10, 11, 14, 15, 16, 17])


@pytest.mark.parametrize("kept", ["", "9", "3-2", "1,1", "5,4", "a", "0--3", "-1", "0-99999999999", "0,", "\u0661"])
def test_damaged_ranges(kept: str) -> None:
    with pytest.raises(ValueError, match="is no range of 9 channels"):
        CutTensor(0, 0, "y", 9, 1, kept).indices()


def test_a_manifest_with_damaged_ranges(tmp_path: Path) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(two_convolutions())
    assert main(["generate", str(path), "-o", str(tmp_path)]) == 0
    text = (tmp_path / "net_model.json").read_text()
    with pytest.raises(ValueError, match="is no range"):
        manifest_from_json(text.replace('"0,2"', '"0,7"'))


def test_subgraphs_of_other_signatures():
    """TFLM runs the first one."""
    builder = Builder()
    x, y = (builder.tensor(name, (1, 4), quantization=per_tensor(0.5)) for name in "xy")
    builder.operator("RELU", [x], [y])
    data = builder.build([x], [y], subgraphs=3)
    whole = read_model(data, "net")
    assert check_model(whole) == ()
    simple = simplify(whole)
    assert simple.model.subgraphs == ()
    assert simple.steps == ("Nobody runs the subgraphs behind the first, as those of other signatures: 2",)
    oracle, inputs = Oracle(data, whole), random_inputs(whole, np.random.default_rng(1))
    oracle.run(inputs)
    assert run_program(lower_model(simple.model), inputs)[y] == oracle.tensor(y)
