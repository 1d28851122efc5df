"""A small model in all its forms, made by hand: two FULLY_CONNECTED operators behind each other."""

import struct
from collections.abc import Sequence

import numpy as np

from platformio_tinyml.model import Model, Operator, Quantization, Tensor, TensorType
from platformio_tinyml.operators.weighted import arranged
from platformio_tinyml.program import (
    ArenaBuffer,
    ArenaPlan,
    Constant,
    ConstantRef,
    KernelCall,
    Params,
    Placement,
    Program,
    TensorRef,
)

MACS = (8, 8)
BIAS = (-8, -52)


def program(
    name: str = "net",
    names: Sequence[str] = ("speech", "hidden", "scores"),
    weights: bytes = bytes(range(8)),
    scale: float = 0.5,
) -> Program:
    """Input 1x4, hidden 1x2, output 1x4; `names` are the activations', `weights` begins with the filter."""
    tensors = (
        _int8(0, names[0], (1, 4), scale, -3),
        _int8(1, names[1], (1, 2), 0.25, -128),
        _int8(2, names[2], (1, 4), 0.00390625, -128),
    )
    operators = (
        Operator(0, "FULLY_CONNECTED", 1, (0, -1, -1), (1,)),
        Operator(1, "FULLY_CONNECTED", 1, (1, -1, -1), (2,)),
    )
    # Both inputs have an offset of 3, which the biases hold.
    sums = [np.frombuffer(weights[start : start + 4], np.int8).sum(dtype=int) for start in (0, 4)]
    biases = [bias + 3 * each for bias, each in zip(BIAS, sums, strict=True)]
    constants = (
        Constant("op0_filter", "int8_t", weights, 4, "filter 2x4"),
        Constant("op0_bias", "int32_t", struct.pack("<2i", *biases), 4, "bias 2"),
        Constant("op1_filter", "int8_t", arranged(bytes(range(248, 256)), 4, 1, 4), 4, "filter 4x2"),
        Constant("op1_bias", "int32_t", struct.pack("<4i", *(3 * (4 * i - 15) for i in range(4))), 4, "bias 4"),
        Constant("scale", "int32_t", struct.pack("<2i", 2**30, 1), 4, "scale: a factor of 1"),
    )
    calls = (
        _fully_connected(operators[0], 4, 2, TensorRef(0)),
        _fully_connected(operators[1], 2, 4, TensorRef(1)),
    )
    return Program(Model(name, "", tensors, operators, (0,), (2,)), constants, calls)


def plan(of: Program) -> ArenaPlan:
    """The input at 0, the hidden tensor at 16, the output at 0 again."""
    buffers = [
        (ArenaBuffer(of.model.tensors[0].name, 4, 16, -1, 0, 0), 0),
        (ArenaBuffer(of.model.tensors[1].name, 2, 16, 0, 1, 1), 16),
        (ArenaBuffer(of.model.tensors[2].name, 4, 16, 1, 2, 2), 0),
    ]
    places = tuple(Placement(buffer, offset) for buffer, offset in buffers)
    return ArenaPlan(places, 32, 16, 32, 32, 0, "by hand")


def expected(values: Sequence[int], weights: bytes = bytes(range(8))) -> bytes:
    """The output's bytes for input `values`, by the textbook."""
    first = np.frombuffer(weights[:8], np.int8).reshape(2, 4).astype(np.int32)
    second = np.arange(-8, 0).reshape(4, 2)
    hidden = np.clip(first @ (np.array(values) + 3) + BIAS, -128, 127)
    return np.clip(second @ (hidden + 3), -128, 127).astype(np.int8).tobytes()


def _int8(index: int, name: str, shape: tuple[int, ...], scale: float, zero_point: int) -> Tensor:
    return Tensor(index, name, shape, TensorType.INT8, Quantization((scale,), (zero_point,)))


def _fully_connected(source: Operator, depth: int, outputs: int, tensor: TensorRef) -> KernelCall:
    fields = (
        ("batches", 1),
        ("input_depth", depth),
        ("output_depth", outputs),
        ("input_offset", 3),
        ("output_offset", 0),
        ("activation_min", -128),
        ("activation_max", 127),
        ("per_channel", 0),
        ("is_quick", 0),
    )
    filter_, bias = (ConstantRef(f"op{source.index}_{role}") for role in ("filter", "bias"))
    return KernelCall(
        function="tinyml_fully_connected_s8",
        params=Params("tinyml_fully_connected_params", fields),
        inputs=(tensor, filter_, bias, ConstantRef("scale")),
        outputs=source.outputs,
        source=source,
    )
