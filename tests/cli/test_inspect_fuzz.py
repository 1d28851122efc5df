"""Hostile but readable files: rules, lowering and inspection answer with their own errors only, and agree."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.arena import plan_arena
from platformio_tinyml.cli import inspect
from platformio_tinyml.cli.runtimes import verdicts
from platformio_tinyml.errors import ModelError
from platformio_tinyml.model import (
    Activation,
    AddOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Padding,
    Pool2DOptions,
    ReshapeOptions,
    SoftmaxOptions,
    TensorType,
)
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model

INTERESTING = (0, 1, 2, 3, 9, -1, -128, 127, 255, 65536, 2**30, 2**31 - 1, -(2**31), 0x7FC00000, 0x7F800000, 0x00000001)
"""int32 values; the last three are NaN, infinity and the smallest number as float32."""


def build_seed() -> bytes:
    """Every operator that is lowered, once."""
    builder = Builder()
    unit, units = per_tensor(1.0), per_channel([1.0, 1.0])
    bias = builder.tensor("bias", (2,), TensorType.INT32, quantization=units, data=bytes(8))

    def activation(name: str, shape: tuple[int, ...], type: TensorType = TensorType.INT8, scale: float = 1.0) -> int:
        return builder.tensor(name, shape, type, quantization=None if type is TensorType.FLOAT32 else per_tensor(scale))

    x = activation("x", (1, 4, 4, 2), TensorType.FLOAT32)
    quantized = activation("quantized", (1, 4, 4, 2))
    builder.operator("QUANTIZE", [x], [quantized])
    filter_ = builder.tensor("filter", (2, 1, 1, 2), quantization=units, data=b"\1\2\3\4")
    conv = activation("conv", (1, 4, 4, 2))
    builder.operator(
        "CONV_2D", [quantized, filter_, bias], [conv], Conv2DOptions(Padding.SAME, 1, 1, 1, 1, Activation.RELU)
    )
    filter_ = builder.tensor("depthwise_filter", (1, 3, 3, 2), quantization=per_channel([1.0, 1.0], 3), data=bytes(18))
    depthwise = activation("depthwise", (1, 2, 2, 2))
    options = DepthwiseConv2DOptions(Padding.SAME, 2, 2, 1, 1, 1, Activation.RELU6)
    builder.operator("DEPTHWISE_CONV_2D", [conv, filter_, bias], [depthwise], options)
    peak = activation("peak", (1, 2, 2, 2))
    builder.operator("MAX_POOL_2D", [depthwise], [peak], Pool2DOptions(Padding.SAME, 1, 1, 2, 2, Activation.NONE))
    mean = activation("mean", (1, 1, 1, 2))
    builder.operator("AVERAGE_POOL_2D", [peak], [mean], Pool2DOptions(Padding.VALID, 2, 2, 2, 2, Activation.NONE))
    total = activation("total", (1, 1, 1, 2))
    builder.operator("ADD", [mean, mean], [total], AddOptions(Activation.NONE, True))
    shape = builder.tensor("shape", (2,), TensorType.INT32, data=struct.pack("<2i", 1, 2))
    flat = activation("flat", (1, 2))
    builder.operator("RESHAPE", [total, shape], [flat], ReshapeOptions((1, 2)))
    filter_ = builder.tensor("matrix", (2, 2), quantization=unit, data=b"\1\2\3\4")
    full = activation("full", (1, 2))
    builder.operator("FULLY_CONNECTED", [flat, filter_, -1], [full], FullyConnectedOptions(Activation.NONE, 0, False))
    softmax = builder.tensor("softmax", (1, 2), quantization=per_tensor(1 / 256, -128))
    builder.operator("SOFTMAX", [full], [softmax], SoftmaxOptions(1.0))
    y = activation("y", (1, 2), TensorType.FLOAT32)
    builder.operator("DEQUANTIZE", [softmax], [y])
    return builder.build([x], [y])


SEED = build_seed()


def examine(data: bytes, path: Path) -> str:
    """How far the file gets: damaged, refused or planned."""
    try:
        model = read_model(data, "net")
    except ModelError:
        return "damaged"
    simplified = simplify(model)
    violations = check_model(simplified.model)
    text = "\n".join(inspect._text(simplified, violations, tuple(verdicts(simplified, data)), path))
    assert all(line.isprintable() and len(line) <= 80 for line in text.splitlines())
    inspect._report(simplified, violations, path)
    try:
        program = lower_model(simplified.model)
    except ModelError:
        assert violations
        return "refused"
    assert not violations
    plan_arena(program)
    return "planned"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("fuzz") / "net.tflite"
    file.write_bytes(SEED)
    return file


def test_seed_is_sound(path: Path) -> None:
    assert examine(SEED, path) == "planned"


@pytest.mark.slow
def test_every_word_changed(path: Path) -> None:
    ends = set()
    for position in range(0, len(SEED) - 3, 4):
        for word in (0, 1, -1, 2**31 - 1, 0x7FC00000):
            ends.add(examine(SEED[:position] + struct.pack("<i", word) + SEED[position + 4 :], path))
    assert ends == {"damaged", "refused", "planned"}


@settings(max_examples=300, deadline=20_000, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.integers(0, len(SEED) // 4 - 1), st.one_of(st.sampled_from(INTERESTING), st.integers(-300, 300))),
        min_size=1,
        max_size=4,
    )
)
def test_random_words_changed(path: Path, edits: list[tuple[int, int]]) -> None:
    data = bytearray(SEED)
    for index, word in edits:
        struct.pack_into("<i", data, 4 * index, word)
    examine(bytes(data), path)
