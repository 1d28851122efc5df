"""Wide CONCATENATIONs in the bytes of a file: TensorFlow Lite Micro runs what it is made of."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_tensor
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.model import Activation, ConcatenationOptions, TensorType
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.narrowed import narrowed

MOST = 10
"""What the package joins."""


def wide(count: int, kind: TensorType = TensorType.INT8) -> bytes:
    """`count` tensors of 1, 2, 3, 1, ... columns, one a constant and one twice, and what follows; one of ten before."""
    builder = Builder()
    quantization = None if kind is TensorType.FLOAT32 else per_tensor(0.5, 3)
    dtype = np.float32 if quantization is None else np.int8
    widths = [1 + n % 3 for n in range(count)]
    parts = [
        builder.tensor(
            f"x{n}",
            (2, width, 2),
            kind,
            quantization=quantization,
            data=np.arange(4 * width, dtype=dtype) if n == 1 else None,
        )
        for n, width in enumerate(widths)
    ]
    inputs = [*parts, parts[0]]
    few, whole, output = (
        builder.tensor(name, (2, columns, 2), kind, quantization=quantization)
        for name, columns in (("few", sum(widths[:MOST])), ("whole", sum(widths) + 1), ("y", sum(widths) + 1))
    )
    options = ConcatenationOptions(-2, Activation.NONE)
    builder.operator("CONCATENATION", parts[:MOST], [few], options)
    builder.operator("CONCATENATION", inputs, [whole], options)
    builder.operator("RELU", [whole], [output])
    return builder.build([parts[0], *parts[2:]], [output, few], description="wide")


@pytest.mark.parametrize("kind", [TensorType.INT8, TensorType.FLOAT32], ids=lambda kind: kind.name)
@pytest.mark.parametrize("count", [MOST, MOST * 2 - 1, 27, MOST * MOST, 130])
def test_it_runs_and_is_equal(count: int, kind: TensorType) -> None:
    data = wide(count, kind)
    model, changed = read_model(data, "net"), narrowed(data, MOST)
    assert changed is not None
    narrow = read_model(changed, "net")
    assert narrow.tensors[: len(model.tensors)] == model.tensors
    assert (narrow.inputs, narrow.outputs) == (model.inputs, model.outputs)
    assert max(len(operator.inputs) for operator in narrow.operators) == MOST
    assert narrowed(changed, MOST) is None
    inputs = random_inputs(model, np.random.default_rng(count))
    oracle = Oracle(changed, narrow)
    oracle.run(inputs)
    dtype = inputs[0].dtype
    (constant,) = (each for each in model.tensors if each.is_constant)
    parts = [inputs[0], np.frombuffer(constant.data or b"", dtype).reshape(constant.shape), *inputs[1:]]
    whole = np.maximum(np.concatenate([*parts, parts[0]], axis=1), dtype.type(0 if kind is TensorType.FLOAT32 else 3))
    expected = [whole.tobytes(), np.concatenate(parts[:MOST], axis=1).tobytes()]
    assert [oracle.tensor(index) for index in model.outputs] == expected


def test_a_file_without_wide_ones_stays() -> None:
    assert narrowed(wide(MOST - 1), MOST) is None
