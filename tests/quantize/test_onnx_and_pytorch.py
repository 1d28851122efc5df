"""Real conversions of ONNX and .pt2 files, by an interpreter that has the converter too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from platformio_tinyml.tflite import read_model_file

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent.parent
ONNX, TORCH = os.environ.get("TINYML_ONNX_PYTHON"), os.environ.get("TINYML_TORCH_PYTHON")

MAKE_ONNX = """
import sys, numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper
rng = np.random.default_rng(0)
def weights(name, *shape): return numpy_helper.from_array((rng.standard_normal(shape) * 0.3).astype(np.float32), name)
def whole(name, *values): return numpy_helper.from_array(np.array(values, np.int64), name)
graph = helper.make_graph(
    [
        helper.make_node("Conv", ["x", "w1", "b1"], ["a"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2", "b2"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=8,
                         name="/c2/Conv"),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("GlobalAveragePool", ["d"], ["e"]),
        helper.make_node("Flatten", ["e"], ["f"]),
        helper.make_node("Unsqueeze", ["f", "0"], ["g"]),  # as PyTorch writes a GRU: its state is of the batch's size
        helper.make_node("Shape", ["g"], ["s"]),
        helper.make_node("Gather", ["s", "1"], ["t"]),
        helper.make_node("Concat", ["1", "t", "8"], ["u"], axis=0),
        helper.make_node("Expand", ["zero", "u"], ["h"]),
        helper.make_node("GRU", ["g", "w4", "r4", "b4", "", "h"], ["i"], hidden_size=8, linear_before_reset=1),
        helper.make_node("Reshape", ["i", "1x8"], ["j"]),
        helper.make_node("Gemm", ["j", "w3", "b3"], ["y"], transB=1),
    ],
    "net",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 8, 12])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])],
    [weights("w1", 8, 3, 3, 3), weights("b1", 8), weights("w2", 8, 1, 3, 3), weights("b2", 8), weights("w3", 4, 8),
     weights("b3", 4), weights("w4", 1, 24, 8), weights("r4", 1, 24, 8), weights("b4", 1, 48),
     numpy_helper.from_array(np.zeros((1, 1, 1), np.float32), "zero"), whole("0", 0), whole("1", 1), whole("8", 8),
     whole("1x8", 1, 8)],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.save(model, sys.argv[1], save_as_external_data=True, location="net.onnx.data", size_threshold=16)
"""
MAKE_PT2 = """
import sys, torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(
    nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, 1, 1, groups=8), nn.ReLU6(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4),
).eval()
torch.export.save(torch.export.export(net, (torch.randn(1, 3, 8, 12),)), sys.argv[1])
"""


@pytest.mark.parametrize(
    ("python", "script", "name", "kind"),
    [(ONNX, MAKE_ONNX, "net.onnx", "onnx"), (TORCH, MAKE_PT2, "net.pt2", "pt2")],
)
def test_a_network_with_channels_first(tmp_path: Path, python: str | None, script: str, name: str, kind: str) -> None:
    if not python:
        pytest.skip("TINYML_ONNX_PYTHON and TINYML_TORCH_PYTHON name no interpreter with the converter")
    source, output = tmp_path / name, tmp_path / "out.tflite"
    subprocess.run([python, "-c", script, source], check=True, capture_output=True)
    np.savez(tmp_path / "s.npz", x=np.random.default_rng(0).standard_normal((120, 3, 8, 12)).astype(np.float32))
    command = ["quantize", source, "--data", tmp_path / "s.npz", "-o", output, "--python", python, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "platformio_tinyml", *map(str, command)], capture_output=True, text=True, cwd=ROOT
    )
    report = json.loads(done.stdout)
    assert done.returncode == 0, report
    assert report["kind"] == kind
    assert report["accuracy"]["output_error"] < 0.03
    (note,) = report["notes"]
    assert "is 1x8x12x3 on the device, channels last; the model has 1x3x8x12" in note
    model = read_model_file(output)
    assert [model.tensors[index].shape for index in (*model.inputs, *model.outputs)] == [(1, 8, 12, 3), (1, 4)]
    assert not any(operator.opcode == "TRANSPOSE" for operator in model.operators)
