"""The random models of int8 (random_models.py) as TensorFlow 1 would have quantized them: all of it uint8."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from unittest import mock

import model_builder
import numpy as np
from model_builder import per_tensor
from random_models import MODELS
from random_parts import Rng, scale, shape_of, values, zero_point

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ConcatenationOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    Model,
    Padding,
    Pool2DOptions,
    Quantization,
    ReshapeOptions,
    SoftmaxOptions,
    TensorType,
)
from platformio_tinyml.operators import OPERATORS
from platformio_tinyml.operators.uint8 import EXACT, shifted

FILTER_ZERO_POINTS = (0, 1, 100, 127, 128, 129, 200, 255)


class Uint8Builder(model_builder.Builder):
    """Writes uint8, 128 more, where it is told int8. Filters get one scale and a zero point of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.filter_zero_point = 128

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        type: TensorType | int = TensorType.INT8,
        *,
        quantization: Quantization | None = None,
        data: Any = None,
        **others: Any,
    ) -> int:
        if type is TensorType.INT8:
            type = TensorType.UINT8
            if quantization is not None:
                point = self.filter_zero_point if name == "filter" else quantization.zero_point[0] + 128
                quantization = per_tensor(quantization.scale[0], point)
            data = None if data is None else (data.view(np.uint8) ^ 128)
        return super().tensor(name, shape, type, quantization=quantization, data=data, **others)


def rebuilt(make: Callable[[Rng], bytes], builder_of: Callable[[Rng], model_builder.Builder]) -> Callable[[Rng], bytes]:
    """A random model with another builder than its module's."""
    modules = [
        module for name, module in sys.modules.items() if name.startswith("random_") and hasattr(module, "Builder")
    ]

    def made(rng: Rng) -> bytes:
        builder = builder_of(rng)
        with ExitStack() as stack:
            for module in modules:
                stack.enter_context(mock.patch.object(module, "Builder", lambda: builder))
            return make(rng)

    return made


def _builder(rng: Rng) -> Uint8Builder:
    builder = Uint8Builder()
    builder.filter_zero_point = int(rng.choice(FILTER_ZERO_POINTS))
    return builder


def relu6(rng: Rng) -> bytes:
    """To the scale and zero point of the input: what others make of it is not one thing."""
    builder, shape = Uint8Builder(), shape_of(rng)
    source, output = (
        builder.tensor(name, shape, quantization=quantization)
        for quantization in [per_tensor(scale(rng), zero_point(rng))]
        for name in ("input", "output")
    )
    builder.operator("RELU6", [source], [output])
    return builder.build([source], [output])


def network(rng: Rng) -> bytes:
    """A small image network of that time, with a residual and a join."""
    builder, depth = Uint8Builder(), int(rng.choice([3, 4, 6, 8]))
    points = iter(rng.integers(1, 255, 8))

    def activation(name: str, *shape: int, like: Quantization | None = None) -> int:
        return builder.tensor(
            name, shape, quantization=like or per_tensor(float(rng.uniform(0.02, 0.1)), zero_point(rng))
        )

    def convolution(source: int, opcode: str, output: int, taps: int, stride: int, kind: Activation) -> int:
        _, _, _, channels = builder.tensors[source].shape
        outputs = builder.tensors[output].shape[3]
        shape = (outputs, taps, taps, channels) if opcode == "CONV_2D" else (1, taps, taps, outputs)
        builder.filter_zero_point = int(next(points))
        weights = builder.tensor("filter", shape, quantization=per_tensor(0.01), data=values(rng, shape))
        in_scale = builder.tensors[source].quantization.scale[0]
        bias = builder.tensor(
            "bias",
            (outputs,),
            TensorType.INT32,
            quantization=per_tensor(float(np.float32(in_scale) * np.float32(0.01))),
            data=rng.integers(-2000, 2000, outputs).astype(np.int32),
        )
        options = (
            Conv2DOptions(Padding.SAME, stride, stride, 1, 1, kind)
            if opcode == "CONV_2D"
            else DepthwiseConv2DOptions(Padding.SAME, stride, stride, 1, 1, 1, kind)
        )
        builder.operator(opcode, [source, weights, bias], [output], options)
        return output

    image = activation("input", 1, 9, 7, 3)
    one = convolution(image, "CONV_2D", activation("one", 1, 5, 4, depth), 3, 2, Activation.RELU6)
    two = convolution(one, "DEPTHWISE_CONV_2D", activation("two", 1, 5, 4, depth), 3, 1, Activation.RELU6)
    total = activation("sum", 1, 5, 4, depth)
    builder.operator("ADD", [one, two], [total], AddOptions(Activation.RELU, False))
    like = builder.tensors[total].quantization
    like = per_tensor(like.scale[0], like.zero_point[0] - 128)
    three = convolution(total, "CONV_2D", activation("three", 1, 5, 4, 5, like=like), 1, 1, Activation.NONE)
    joined = activation("joined", 1, 5, 4, depth + 5, like=like)
    builder.operator("CONCATENATION", [total, three], [joined], ConcatenationOptions(3, Activation.NONE))
    pooled = activation("pooled", 1, 1, 1, depth + 5, like=like)
    builder.operator("AVERAGE_POOL_2D", [joined], [pooled], Pool2DOptions(Padding.VALID, 1, 1, 5, 4, Activation.NONE))
    logits = convolution(pooled, "CONV_2D", activation("logits", 1, 1, 1, 10), 1, 1, Activation.NONE)
    flat = activation(
        "flat",
        1,
        10,
        like=per_tensor(
            builder.tensors[logits].quantization.scale[0], builder.tensors[logits].quantization.zero_point[0] - 128
        ),
    )
    builder.operator("RESHAPE", [logits], [flat], ReshapeOptions((1, 10)))
    output = activation("output", 1, 10, like=per_tensor(1 / 256, -128))
    builder.operator("SOFTMAX", [flat], [output], SoftmaxOptions(1.0))
    return builder.build([image], [output, three])


def _is_shifted(opcode: str) -> bool:
    """Whether uint8 alone makes it int8: movers of bytes and QUANTIZE take it as it is."""
    entries = OPERATORS[opcode]
    return opcode in EXACT and all(entry.types for entry in entries) and not any("UINT8" in e.types for e in entries)


UINT8 = {
    f"{opcode} of uint8": rebuilt(make, _builder)
    for opcode, make in MODELS.items()
    if opcode in OPERATORS and _is_shifted(opcode)
}
UINT8["RELU6 of uint8"], UINT8["a network of uint8"] = relu6, network


def inside(model: Model) -> Model:
    """What the runtime computes, without the calls that shift inputs and outputs."""
    border = shifted(model)
    known = {**border.inputs, **border.outputs}
    inputs, outputs = (tuple(known.get(index, index) for index in each) for each in (model.inputs, model.outputs))
    return replace(border.model, inputs=inputs, outputs=outputs)
