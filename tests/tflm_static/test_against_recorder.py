"""Head and every part of the tail equal what TFLM's own recording allocator counts (x86-64, reference kernels)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from model_builder import Builder, per_tensor
from recorded import recorded

from platformio_tinyml.model import Activation, AddOptions, BatchMatMulOptions, Options, TensorType
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflm.static_plan import StaticPlan, static_plan
from platformio_tinyml.tflm.struct_sizes import StructSizes
from platformio_tinyml.tflm.typical_sizes import typical_sizes

HOST = StructSizes(
    {
        **typical_sizes(64).structs,
        "ConcatenationParams": (80, 8),
        "OpDataConv": (80, 8),
        "OpDataFullyConnected": (72, 8),
    }
)
"""The package is built with USE_TFLM_COMPRESSION: two indices more per operator, ten for CONCATENATION."""

MODELS = (
    "hello_world_int8",
    "micro_speech_quantized",
    "ad01_int8",
    "kws_ref_model",
    "pretrainedResnet_quant",
    "vww_96_int8",
)


def compare(data: bytes) -> StaticPlan:
    """Plan the model and check all figures that the recorder has."""
    plan = static_plan(read_model(data, "model"), HOST)
    parts = dict(plan.parts)
    expected = recorded(data)
    assert {"head": plan.head} | {name: parts[name] for name in expected if name != "head"} == expected
    return plan


@pytest.mark.parametrize("model", MODELS)
def test_real_models(shared_models: Path, model: str) -> None:
    compare((shared_models / f"{model}.tflite").read_bytes())


def random_graph(seed: int) -> bytes:
    """Sums of earlier tensors, of a few sizes each, so that lifetimes and ties vary; dead ends included."""
    rng = np.random.default_rng(seed)
    builder = Builder()
    shapes = [(1, int(size)) for size in rng.choice([1, 16, 17, 32, 100, 128, 300], 3)]
    inputs = [builder.tensor(f"input{i}", shape, quantization=per_tensor(0.5)) for i, shape in enumerate(shapes)]
    by_shape = {shape: [tensor] for tensor, shape in zip(inputs, shapes, strict=True)}
    for step in range(rng.integers(1, 25)):
        shape = shapes[rng.integers(3)]
        operands = [int(rng.choice(by_shape[shape])) for _ in range(2)]
        target = builder.tensor(f"sum{step}", shape, quantization=per_tensor(0.5))
        builder.operator("ADD", operands, [target], AddOptions(Activation.NONE, False))
        by_shape[shape].append(target)
    unused = rng.random() < 0.3
    if unused:
        builder.tensor("unused", (1, 50), quantization=per_tensor(0.5))
    outputs = [tensor for tensor in range(3, len(builder.tensors) - unused) if rng.random() < 0.3]
    return builder.build(inputs, outputs or [len(builder.tensors) - 1 - unused])


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs(seed: int) -> None:
    compare(random_graph(seed))


def one(opcode: str, shapes: list[tuple[int, ...]], target: tuple[int, ...], options: Options | None = None) -> bytes:
    """One operator on inputs of the model."""
    builder = Builder()
    inputs = [builder.tensor(f"input{i}", shape, quantization=per_tensor(0.5)) for i, shape in enumerate(shapes)]
    output = builder.tensor("output", target, quantization=per_tensor(0.5))
    builder.operator(opcode, inputs, [output], options)
    return builder.build(inputs, [output])


@pytest.mark.parametrize("opcode", ["ADD", "SUB", "MUL"])
def test_two_operands(opcode: str) -> None:
    compare(one(opcode, [(1, 4, 4, 3), (1, 4, 4, 3)], (1, 4, 4, 3)))


@pytest.mark.parametrize("opcode", ["RELU", "RELU6", "LEAKY_RELU"])
def test_activations(opcode: str) -> None:
    compare(one(opcode, [(1, 10)], (1, 10)))


def test_logistic() -> None:
    builder = Builder()
    x = builder.tensor("x", (1, 10), quantization=per_tensor(0.5))
    y = builder.tensor("y", (1, 10), quantization=per_tensor(1 / 256, -128))
    builder.operator("LOGISTIC", [x], [y])
    compare(builder.build([x], [y]))


def test_concatenation() -> None:
    compare(one("CONCATENATION", [(2, 3), (4, 3)], (6, 3)))


def test_pack() -> None:
    compare(one("PACK", [(3,), (3,)], (2, 3)))


@pytest.mark.parametrize("opcode", ["MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"])
def test_reductions(opcode: str) -> None:
    builder = Builder()
    x = builder.tensor("x", (1, 4, 4, 3), quantization=per_tensor(0.5))
    axes = builder.tensor("axes", (2,), TensorType.INT32, data=np.array([1, 2], "<i4"))
    y = builder.tensor("y", (1, 3), quantization=per_tensor(0.5))
    builder.operator(opcode, [x, axes], [y])
    compare(builder.build([x], [y]))


@pytest.mark.parametrize("adjoint", [(False, False), (True, False), (False, True), (True, True)])
def test_batch_matmul(adjoint: tuple[bool, bool]) -> None:
    """Its turned operands stay in the tail."""
    shapes = [(3, 9, 5) if adjoint[0] else (3, 5, 9), (3, 7, 9) if adjoint[1] else (3, 9, 7)]
    data = one("BATCH_MATMUL", shapes, (3, 5, 7), BatchMatMulOptions(*adjoint))
    plan, expected = static_plan(read_model(data, "model"), HOST), recorded(data)
    assert plan.head == expected["head"]
    assert expected["operator data"] <= dict(plan.parts)["operator data"] <= expected["operator data"] + 16


def test_squared_difference() -> None:
    compare(one("SQUARED_DIFFERENCE", [(1, 4, 4, 3), (1, 4, 4, 3)], (1, 4, 4, 3)))


def test_strided_slice() -> None:
    builder = Builder()
    x = builder.tensor("x", (1, 10), quantization=per_tensor(0.5))
    bounds = [
        builder.tensor(f"b{i}", (2,), TensorType.INT32, data=np.array(value, "<i4"))
        for i, value in enumerate([(0, 2), (1, 6), (1, 1)])
    ]
    y = builder.tensor("y", (1, 4), quantization=per_tensor(0.5))
    builder.operator("STRIDED_SLICE", [x, *bounds], [y])
    compare(builder.build([x], [y]))


def test_split() -> None:
    builder = Builder()
    axis = builder.tensor("axis", (), TensorType.INT32, data=np.array(1, "<i4"))
    x = builder.tensor("x", (1, 10), quantization=per_tensor(0.5))
    parts = [builder.tensor(f"y{i}", (1, 5), quantization=per_tensor(0.5)) for i in range(2)]
    builder.operator("SPLIT", [axis, x], parts)
    compare(builder.build([x], parts))
