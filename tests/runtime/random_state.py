"""Models of one operator with state, as random_models.py."""

from __future__ import annotations

import numpy as np
from model_builder import Builder, per_tensor
from random_parts import (
    Rng,
    activation,
    scale,
    size,
    values,
    zero_point,
)

from platformio_tinyml.model import (
    Activation,
    SvdfOptions,
    TensorType,
    UnidirectionalSequenceLstmOptions,
)


def spread(rng: Rng, *scales: float) -> float:
    """A scale for which a sum of `scales`' products reaches over the range, or far beyond or below it."""
    return float(np.float32(np.prod(scales) * float(rng.choice([1.0, 1.0, 4.0, 0.05, 40.0]))))


def svdf(rng: Rng) -> bytes:
    builder, wide = Builder(), bool(rng.integers(3))
    batches, depth, units, rank, memory = (
        int(rng.integers(1, 4)),
        size(rng),
        size(rng),
        int(rng.integers(1, 4)),
        size(rng),
    )
    filters, kind = units * rank, TensorType.INT16 if wide else TensorType.INT8
    limit = 32767 if wide else 127
    source = per_tensor(scale(rng), zero_point(rng))
    feature = per_tensor(scale(rng))
    state = per_tensor(
        spread(rng, source.scale[0], feature.scale[0], 127 * np.sqrt(depth) * 74 / limit),
        0 if wide else zero_point(rng),
    )
    time = per_tensor(float(np.float32(2.0 ** rng.uniform(-20, -8))))
    output = per_tensor(
        spread(rng, state.scale[0], time.scale[0], limit * limit * np.sqrt(memory * rank) / 400), zero_point(rng)
    )
    times = rng.integers(-limit, limit + 1, (filters, memory)) if rng.integers(6) else np.full((filters, memory), limit)
    bias = per_tensor(float(np.float32(np.float32(state.scale[0]) * np.float32(time.scale[0]))))
    most = int(rng.choice([1, 1000, 1 << 24]))
    inputs = [
        builder.tensor("input", (batches, depth), quantization=source),
        builder.tensor("feature", (filters, depth), quantization=feature, data=values(rng, (filters, depth))),
        builder.tensor(
            "time", (filters, memory), kind, quantization=time, data=times.astype(np.int16 if wide else np.int8)
        ),
        builder.tensor(
            "bias",
            (units,),
            TensorType.INT32,
            quantization=bias,
            data=rng.integers(-most, most, units).astype(np.int32),
        ),
        builder.tensor("state", (batches, filters * memory), kind, quantization=state, is_variable=True),
    ]
    target = builder.tensor("output", (batches, units), quantization=output)
    builder.operator("SVDF", inputs, [target], SvdfOptions(rank, activation(rng)))
    return builder.build([inputs[0]], [target])


def lstm(rng: Rng) -> bytes:
    return _lstm(rng, TensorType.INT8)


def lstm_of_int16(rng: Rng) -> bytes:
    return _lstm(rng, TensorType.INT16)


def _lstm(rng: Rng, kind: TensorType) -> bytes:
    """Of int16 with biases of 64 bits."""
    builder, wide = Builder(), kind is TensorType.INT16
    most_of_input, finer = (32767, 1 / 256) if wide else (127, 1.0)
    batches, steps, depth, units = int(rng.integers(1, 4)), int(rng.integers(1, 6)), size(rng), size(rng)
    time_major = bool(rng.integers(2))
    ends = (steps, batches) if time_major else (batches, steps)
    source = per_tensor(scale(rng), 0 if wide else zero_point(rng))
    steps_of_hidden = float(rng.choice([1 / 128, 1 / 256, 0.003, 0.02])) * finer
    hidden = per_tensor(float(np.float32(steps_of_hidden)), 0 if wide else zero_point(rng))
    cell = per_tensor(2.0 ** int(rng.integers(-15, 1)))
    tensors: dict[int, int] = {0: builder.tensor("input", (*ends, depth), kind, quantization=source)}
    for position in range(1, 9):
        before, columns = (source, depth) if position < 5 else (hidden, units)
        weights = per_tensor(
            float(np.float32(2.0 ** rng.uniform(-3, 3) / (before.scale[0] * most_of_input * 74 * np.sqrt(columns))))
        )
        data = values(rng, (units, columns))
        tensors[position] = builder.tensor(f"weights{position}", (units, columns), quantization=weights, data=data)
    most = int(rng.choice([1, 1000 * most_of_input, 1 << 38] if wide else [1, 1000, 30_000]))
    of_bias, dtype = (TensorType.INT64, np.int64) if wide else (TensorType.INT32, np.int32)
    for position in range(12, 16):
        data = rng.integers(-most, most, units).astype(dtype)
        tensors[position] = builder.tensor(
            f"bias{position}", (units,), of_bias, quantization=per_tensor(1.0), data=data
        )
    tensors[18] = builder.tensor("hidden", (batches, units), kind, quantization=hidden, is_variable=True)
    tensors[19] = builder.tensor("cell", (batches, units), TensorType.INT16, quantization=cell, is_variable=True)
    target = builder.tensor("output", (*ends, units), kind, quantization=hidden)
    clip = float(rng.choice([0.0, 0.0, 0.5, 2.0, 1e6]))
    options = UnidirectionalSequenceLstmOptions(Activation.TANH, clip, 0.0, time_major)
    inputs = [tensors.get(position, -1) for position in range(24)]
    builder.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [target], options)
    return builder.build([tensors[0]], [target])


STATEFUL = {
    "SVDF": svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm,
    "UNIDIRECTIONAL_SEQUENCE_LSTM INT16": lstm_of_int16,
}
