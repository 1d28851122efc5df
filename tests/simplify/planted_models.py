"""Random models of several operators, in which channels that never change are planted: `planted(rng)` gives a file.

Chains with branches that meet again, windows with and without padding, strides, dilations, groups, depth multipliers,
zero points at both ends, multipliers that are tiny or above 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    AxisOptions,
    ConcatenationOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Options,
    Padding,
    Pool2DOptions,
    ReducerOptions,
    ReshapeOptions,
    SoftmaxOptions,
    StridedSliceOptions,
    TensorType,
)

Rng = np.random.Generator
ACTIVATIONS = (Activation.NONE, Activation.RELU, Activation.RELU, Activation.RELU6, Activation.RELU_N1_TO_1)


@dataclass(frozen=True)
class Value:
    """A tensor of the model that is being made."""

    index: int
    shape: tuple[int, ...]
    scale: float
    zero_point: int


class Planter:
    """Adds operators to a file."""

    def __init__(self, rng: Rng) -> None:
        self.rng = rng
        self.builder = Builder()

    def value(self, name: str, shape: tuple[int, ...], scale: float, zero_point: int | None = None) -> Value:
        if zero_point is None:
            zero_point = int(self.rng.choice([-128, -128, 127, 0, self.rng.integers(-128, 128)]))
        scale = float(np.float32(scale))
        quantization = per_tensor(scale, zero_point)
        return Value(self.builder.tensor(name, shape, quantization=quantization), shape, scale, zero_point)

    def weighted(
        self, opcode: str, source: Value, filter_shape: tuple, shape: tuple, axis: int, options: Options
    ) -> Value:
        """A filter of which some outputs have one value, and some inputs no weight."""
        rng, channels = self.rng, filter_shape[axis]
        weights = rng.integers(-127, 128, filter_shape).astype(np.int8)
        products = weights.size // channels
        bias = rng.integers(-1000 * products, 1000 * products + 1, channels)
        columns = np.moveaxis(weights, axis, 0)
        for channel in np.flatnonzero(rng.random(channels) < rng.choice([0.3, 0.6, 0.95])):
            kind = rng.integers(3)
            if kind == 0:
                columns[channel] = 0
            elif kind == 1:  # always below or above what the output holds
                bias[channel] = int(rng.choice([-1, 1])) * products * 127 * 300
            else:
                columns[channel] = rng.integers(-1, 2)
        if axis == 0 and rng.integers(3) == 0:
            weights[..., rng.random(filter_shape[-1]) < 0.4] = 0
        ratio = float(rng.choice([1, 1, 1, 4, 0.01, 2.0**-20, 300])) / (64 * np.sqrt(products))
        per_channel_scales = [float(np.float32(0.01 * 2.0 ** rng.uniform(-2, 2))) for _ in range(channels)]
        scales = per_channel_scales if rng.integers(3) else per_channel_scales[:1]
        filter_ = self.builder.tensor("filter", filter_shape, quantization=per_channel(scales, axis), data=weights)
        inputs = [source.index, filter_]
        if rng.integers(5):
            quantization = per_channel([source.scale * scale for scale in scales])
            data = bias.astype(np.int32)
            inputs.append(
                self.builder.tensor("bias", (channels,), TensorType.INT32, quantization=quantization, data=data)
            )
        elif opcode == "FULLY_CONNECTED":
            inputs.append(-1)
        output = self.value(opcode, shape, source.scale * float(np.median(scales)) / ratio)
        self.builder.operator(opcode, inputs, [output.index], options)
        return output

    def window(self, source: Value, dilated: bool) -> tuple[Padding, tuple, tuple, tuple, tuple]:
        """Padding, taps, strides, dilations, output size."""
        rng = self.rng
        while True:
            padding = Padding(int(rng.integers(2)))
            taps, strides = rng.choice([1, 1, 2, 3, 5], 2), rng.choice([1, 1, 2, 3], 2)
            dilations = rng.choice([1, 1, 2], 2) if dilated else np.array([1, 1])
            spans = (taps - 1) * dilations + 1
            covered = np.array(source.shape[1:3]) - (0 if padding is Padding.SAME else spans - 1)
            sizes = -(-covered // strides)
            if sizes.min() >= 1:
                return padding, *(tuple(map(int, each)) for each in (taps, strides, dilations, sizes))

    def conv_2d(self, source: Value) -> Value:
        padding, taps, strides, dilations, sizes = self.window(source, dilated=True)
        depth, outputs = source.shape[3], int(self.rng.choice([1, 3, 4, 8, 13]))
        groups = 2 if depth % 2 == 0 and outputs % 2 == 0 and self.rng.integers(6) == 0 else 1
        options = Conv2DOptions(padding, *strides, *dilations, self.activation())
        shape = (source.shape[0], *sizes, outputs)
        return self.weighted("CONV_2D", source, (outputs, *taps, depth // groups), shape, 0, options)

    def depthwise_conv_2d(self, source: Value) -> Value:
        padding, taps, strides, dilations, sizes = self.window(source, dilated=True)
        multiplier = int(self.rng.choice([1, 1, 2, 3])) if source.shape[3] > 1 else 6
        channels = source.shape[3] * multiplier
        options = DepthwiseConv2DOptions(padding, *strides, *dilations, multiplier, self.activation())
        shape = (source.shape[0], *sizes, channels)
        return self.weighted("DEPTHWISE_CONV_2D", source, (1, *taps, channels), shape, 3, options)

    def pool(self, source: Value, taps: tuple[int, int] | None = None) -> Value:
        padding, found, strides, _, sizes = self.window(source, dilated=False)
        taps, strides, sizes = (found, strides, sizes) if taps is None else (taps, (1, 1), source.shape[1:3])
        opcode = str(self.rng.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        output = self.value(opcode, (source.shape[0], *sizes, source.shape[3]), source.scale, source.zero_point)
        options = Pool2DOptions(padding, *strides, *taps, self.activation())
        self.builder.operator(opcode, [source.index], [output.index], options)
        return output

    def add(self, one: Value, two: Value | None) -> Value:
        """Without `two` a constant is added, one for all channels or one for each."""
        other = two.index if two else -1
        scale = two.scale if two else one.scale
        if two is None:
            shape = ((), (1,), one.shape[-1:], one.shape)[self.rng.integers(4)]
            data = self.rng.integers(-128, 128, shape).astype(np.int8)
            other = self.builder.tensor("addend", shape, quantization=per_tensor(scale, 5), data=data)
        output = self.value("ADD", one.shape, max(one.scale, scale) * float(self.rng.choice([0.5, 1, 2, 200])))
        inputs = [one.index, other] if self.rng.integers(2) else [other, one.index]
        self.builder.operator("ADD", inputs, [output.index], AddOptions(self.activation(), False))
        return output

    def quantize(self, source: Value) -> Value:
        output = self.value("QUANTIZE", source.shape, source.scale * float(self.rng.choice([0.3, 1, 3, 1000])))
        self.builder.operator("QUANTIZE", [source.index], [output.index])
        return output

    def relu(self, source: Value) -> Value:
        output = self.value("RELU", source.shape, source.scale * float(self.rng.choice([0.3, 1, 3])))
        self.builder.operator("RELU", [source.index], [output.index])
        return output

    def pad(self, source: Value) -> Value:
        """Of height and width, sometimes of the channels too."""
        pads = np.zeros((len(source.shape), 2), np.int32)
        pads[1:3] = self.rng.integers(0, 3, (2, 2))
        pads[-1] = self.rng.choice([0, 0, 0, 1], 2)
        if self.rng.integers(2):  # as often before a window of 3
            pads[:] = [(0, 0), (int(self.rng.integers(2)), 1), (int(self.rng.integers(2)), 1), (0, 0)]
        shape = tuple(int(size + sum(pair)) for size, pair in zip(source.shape, pads, strict=True))
        output = self.value("PAD", shape, source.scale, source.zero_point)
        amounts = self.builder.tensor("paddings", pads.shape, TensorType.INT32, data=pads)
        self.builder.operator("PAD", [source.index, amounts], [output.index])
        return output

    def padded_window(self, source: Value) -> Value:
        """PAD and a window without padding, as Keras writes strides; mostly what SAME would pad."""
        rng, stride = self.rng, int(self.rng.choice([1, 2]))
        pads = np.zeros((4, 2), np.int32)
        for axis in (1, 2):
            size = source.shape[axis]
            total = max((-(-size // stride) - 1) * stride + 3 - size, 0)
            pads[axis] = (total // 2, total - total // 2)
        if rng.integers(3) == 0:
            pads[1 + rng.integers(2), rng.integers(2)] += 1
        shape = tuple(int(size + sum(pair)) for size, pair in zip(source.shape, pads, strict=True))
        padded = self.value("PAD", shape, source.scale, source.zero_point)
        amounts = self.builder.tensor("paddings", pads.shape, TensorType.INT32, data=pads)
        inputs, value = [source.index, amounts], int(rng.choice([-128, source.zero_point, 0]))
        is_pad = rng.integers(2)
        if not is_pad:
            quantization, data = per_tensor(source.scale, source.zero_point), np.array([value], np.int8)
            inputs.append(self.builder.tensor("value", (1,), quantization=quantization, data=data))
        self.builder.operator("PAD" if is_pad else "PADV2", inputs, [padded.index])
        sizes = tuple((size - 3) // stride + 1 for size in shape[1:3])
        if min(sizes) < 1:
            return padded
        kind, depth = rng.integers(3), shape[3]
        if kind == 0:
            options = Conv2DOptions(Padding.VALID, stride, stride, 1, 1, self.activation())
            return self.weighted("CONV_2D", padded, (4, 3, 3, depth), (shape[0], *sizes, 4), 0, options)
        if kind == 1:
            options = DepthwiseConv2DOptions(Padding.VALID, stride, stride, 1, 1, 1, self.activation())
            return self.weighted("DEPTHWISE_CONV_2D", padded, (1, 3, 3, depth), (shape[0], *sizes, depth), 3, options)
        output = self.value("MAX_POOL_2D", (shape[0], *sizes, depth), source.scale, source.zero_point)
        options = Pool2DOptions(Padding.VALID, stride, stride, 3, 3, self.activation())
        self.builder.operator("MAX_POOL_2D", [padded.index], [output.index], options)
        return output

    def concatenation(self, source: Value) -> Value:
        """Of two convolutions of a tensor, and sometimes the tensor itself, along the channels or the width."""
        axis = int(self.rng.choice([3, -1, 2]))
        parts = [source, self.pool(source, taps=(1, 1))]
        shape = list(source.shape)
        shape[axis] = sum(part.shape[axis] for part in parts)
        output = self.value("CONCATENATION", tuple(shape), source.scale, source.zero_point)
        indices = [part.index for part in parts]
        self.builder.operator("CONCATENATION", indices, [output.index], ConcatenationOptions(axis, Activation.NONE))
        return output

    def reduction(self, source: Value) -> Value:
        """Of height and width, mostly."""
        opcode = str(self.rng.choice(["MEAN", "MEAN", "SUM", "REDUCE_MAX"]))
        axes = ([1, 2], [-3, -2], [2], [1, 3])[self.rng.choice([0, 0, 1, 2, 3])]
        shape = tuple(1 if axis in axes or axis - 4 in axes else size for axis, size in enumerate(source.shape))
        same = opcode == "REDUCE_MAX"
        output = self.value(opcode, shape, source.scale * (1 if same else 3), source.zero_point if same else None)
        indices = self.builder.tensor("axes", (len(axes),), TensorType.INT32, data=np.array(axes, np.int32))
        self.builder.operator(opcode, [source.index, indices], [output.index], ReducerOptions(True))
        return output

    def arithmetic(self, source: Value) -> Value:
        """With a constant."""
        opcode = str(self.rng.choice(["SUB", "MUL", "MAXIMUM", "MINIMUM"]))
        shape = ((), source.shape[-1:], source.shape)[self.rng.integers(3)]
        data = self.rng.integers(-128, 128, shape).astype(np.int8)
        is_comparison = opcode.startswith("M") and opcode != "MUL"
        quantization = per_tensor(source.scale, source.zero_point if is_comparison else 3)
        constant = self.builder.tensor("operand", shape, quantization=quantization, data=data)
        output = self.value(opcode, source.shape, source.scale, source.zero_point if is_comparison else None)
        options = None if is_comparison else ArithmeticOptions(self.activation())
        self.builder.operator(opcode, [source.index, constant], [output.index], options)
        return output

    def same(self, source: Value) -> Value:
        """QUANTIZE to what the values are already."""
        output = self.value("QUANTIZE", source.shape, source.scale, source.zero_point)
        self.builder.operator("QUANTIZE", [source.index], [output.index])
        return output

    def computed_shape(self, source: Value, shape: tuple[int, ...]) -> int:
        """The shape as Flatten computes it: the first dimension of the input, and the rest."""

        def integers(*values: int) -> int:
            return self.builder.tensor("", (len(values),), TensorType.INT32, data=np.array(values, np.int32))

        whole = self.builder.tensor("whole", (len(source.shape),), TensorType.INT32)
        self.builder.operator("SHAPE", [source.index], [whole])
        first = self.builder.tensor("first", (), TensorType.INT32)
        options = StridedSliceOptions(0, 0, 0, 0, 1, False)
        self.builder.operator("STRIDED_SLICE", [whole, integers(0), integers(1), integers(1)], [first], options)
        rest = [self.builder.tensor("", (), TensorType.INT32, data=np.array(size, np.int32)) for size in shape[1:]]
        packed = self.builder.tensor("packed", (len(shape),), TensorType.INT32)
        self.builder.operator("PACK", [first, *rest], [packed], AxisOptions(0))
        return packed

    def reshape(self, source: Value, shape: tuple[int, ...]) -> Value:
        output = self.value("RESHAPE", shape, source.scale, source.zero_point)
        if self.rng.integers(2) and shape[0] == source.shape[0]:
            target = self.computed_shape(source, shape)
        else:
            target = self.builder.tensor("shape", (len(shape),), TensorType.INT32, data=np.array(shape, np.int32))
        self.builder.operator("RESHAPE", [source.index, target], [output.index], ReshapeOptions(shape))
        return output

    def fully_connected(self, source: Value) -> Value:
        depth = int(np.prod(source.shape)) // source.shape[0]
        outputs, shape = int(self.rng.choice([1, 3, 8, 12])), source.shape
        if len(shape) == 4 and self.rng.integers(3):
            source = self.reshape(source, (shape[0], depth))
        options = FullyConnectedOptions(self.activation(), 0, False)
        return self.weighted("FULLY_CONNECTED", source, (outputs, depth), (shape[0], outputs), 0, options)

    def residual(self, source: Value) -> Value:
        """Two ways from one tensor that meet: the tensor itself, or 1x1 convolutions of it."""
        filters = int(self.rng.choice([4, 8]))
        one = self.one_by_one(source, filters)
        two = source if source.shape[3] == filters and self.rng.integers(2) else self.one_by_one(source, filters)
        return self.add(one, two)

    def one_by_one(self, source: Value, filters: int) -> Value:
        options = Conv2DOptions(Padding.SAME, 1, 1, 1, 1, self.activation())
        shape = (*source.shape[:3], filters)
        return self.weighted("CONV_2D", source, (filters, 1, 1, source.shape[3]), shape, 0, options)

    def activation(self) -> Activation:
        return ACTIVATIONS[self.rng.integers(len(ACTIVATIONS))]

    def step(self, source: Value) -> Value:
        """One more operator, or a few."""
        steps: list[Callable[[Value], Value]] = [self.quantize, self.fully_connected, self.relu, self.arithmetic]
        steps += [lambda value: self.add(value, None), self.same]
        if len(source.shape) == 4:
            steps += [self.conv_2d, self.conv_2d, self.depthwise_conv_2d] * 3
            steps += [self.pool, self.residual, self.pad, self.padded_window, self.concatenation, self.reduction]
        return steps[self.rng.integers(len(steps))](source)


def planted(rng: Rng) -> bytes:
    """A file. Some of its tensors may be outputs beside the last."""
    planter = Planter(rng)
    shape = (
        int(rng.choice([1, 1, 2])),
        int(rng.integers(1, 8)),
        int(rng.integers(1, 8)),
        int(rng.choice([1, 2, 4, 7])),
    )
    source = planter.value("input", shape, 0.05)
    values = [source]
    if rng.integers(4) == 0:
        planter.step(source)  # and nobody reads it
    for _ in range(int(rng.integers(4, 10))):
        values.append(planter.step(values[-1]))
    outputs = [values[-1].index]
    if rng.integers(4) == 0 and len(values) > 3:
        outputs.append(values[int(rng.integers(1, len(values) - 1))].index)
    if rng.integers(4) == 0:
        last = values[-1]
        output = planter.value("SOFTMAX", last.shape, 1 / 256, -128)
        planter.builder.operator("SOFTMAX", [last.index], [output.index], SoftmaxOptions(1.0))
        outputs[0] = output.index
    return planter.builder.build([source.index], outputs)
