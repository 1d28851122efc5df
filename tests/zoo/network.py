"""Networks with random weights, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from model_builder import per_tensor
from network_values import NONE, RELU, SAME, STEPS, VALID, Shape, Value, Values

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    AxisOptions,
    BatchMatMulOptions,
    BlockOptions,
    ConcatenationOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    GatherOptions,
    LeakyReluOptions,
    MirrorPadOptions,
    Options,
    Padding,
    Pool2DOptions,
    ReducerOptions,
    ReshapeOptions,
    ResizeOptions,
    SoftmaxOptions,
    StridedSliceOptions,
    TensorType,
    TransposeConvOptions,
    VarHandleOptions,
)


class Network(Values):
    """One model under construction: each layer is a method."""

    # Weighted layers

    def conv(
        self,
        x: Value,
        depth: int,
        size: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 1,
        activation: Activation = RELU,
        padding: Padding = SAME,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
    ) -> Value:
        """CONV_2D with a bias; height and width of `size`, `stride` and `dilation` may differ."""
        (batch, *spatial, inputs), taps, strides, dilations = x.shape, _pair(size), _pair(stride), _pair(dilation)
        sizes = [_length(n, t, s, d, padding) for n, t, s, d in zip(spatial, taps, strides, dilations, strict=True)]
        output = self._activated((batch, *sizes, depth), activation)
        operands = self._weights(x, (depth, *taps, inputs // groups), 0, output)
        self.builder.operator(
            "CONV_2D", operands, [output.index], Conv2DOptions(padding, *strides, *dilations, activation)
        )
        return output

    def depthwise(
        self,
        x: Value,
        size: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 1,
        activation: Activation = RELU,
        padding: Padding = SAME,
        multiplier: int = 1,
        dilation: int | tuple[int, int] = 1,
    ) -> Value:
        """DEPTHWISE_CONV_2D with a bias."""
        (batch, *spatial, depth), taps, strides, dilations = x.shape, _pair(size), _pair(stride), _pair(dilation)
        sizes = [_length(n, t, s, d, padding) for n, t, s, d in zip(spatial, taps, strides, dilations, strict=True)]
        output = self._activated((batch, *sizes, depth * multiplier), activation)
        operands = self._weights(x, (1, *taps, depth * multiplier), 3, output)
        options = DepthwiseConv2DOptions(padding, *strides, *dilations, multiplier, activation)
        self.builder.operator("DEPTHWISE_CONV_2D", operands, [output.index], options)
        return output

    def dense(self, x: Value, units: int, activation: Activation = NONE) -> Value:
        """FULLY_CONNECTED over the last dimension, or over all but the first where there are four."""
        flat = x.shape if len(x.shape) < 4 else (x.shape[0], int(np.prod(x.shape[1:])))
        output = self._activated((*flat[:-1], units), activation)
        operands = self._weights(x, (units, flat[-1]), 0, output)
        options = FullyConnectedOptions(activation, 0, len(flat) > 2)
        self.builder.operator("FULLY_CONNECTED", operands, [output.index], options)
        return output

    def transpose_conv(
        self, x: Value, depth: int, size: int = 2, stride: int = 2, activation: Activation = RELU
    ) -> Value:
        """TRANSPOSE_CONV that makes height and width `stride` times as large."""
        batch, height, width, inputs = x.shape
        shape = (batch, height * stride, width * stride, depth)
        output = self._activated(shape, activation)
        products = (size / stride) ** 2 * inputs
        weights = self._weights(x, (depth, size, size, inputs), 0, output, products)
        operands = [self._ints(shape), weights[1], weights[0], weights[2]]
        self.builder.operator(
            "TRANSPOSE_CONV", operands, [output.index], TransposeConvOptions(SAME, stride, stride, activation)
        )
        return output

    # Elementwise

    def add(self, x: Value, y: Value, activation: Activation = NONE) -> Value:
        """ADD."""
        rms = float(np.hypot(x.rms, y.rms))
        return self._binary("ADD", x, y, rms, AddOptions(activation, False), activation)

    def sub(self, x: Value, y: Value) -> Value:
        """SUB."""
        return self._binary("SUB", x, y, float(np.hypot(x.rms, y.rms)), ArithmeticOptions(NONE))

    def mul(self, x: Value, y: Value) -> Value:
        """MUL."""
        return self._binary("MUL", x, y, x.rms * y.rms, ArithmeticOptions(NONE))

    def squared_difference(self, x: Value, y: Value) -> Value:
        """SQUARED_DIFFERENCE."""
        rms = 3 * float(np.hypot(x.rms, y.rms)) ** 2
        return self._binary("SQUARED_DIFFERENCE", x, y, rms / 3, None, RELU)

    def maximum(self, x: Value, y: Value) -> Value:
        """MAXIMUM of two of one quantization."""
        output = self._like(x, tuple(np.broadcast_shapes(x.shape, y.shape)))
        self.builder.operator("MAXIMUM", [x.index, y.index], [output.index])
        return output

    def prelu(self, x: Value) -> Value:
        """PRELU with an alpha for each channel."""
        data = self.rng.integers(0, 128, (1,) * (len(x.shape) - 2) + (x.shape[-1],)).astype(np.int8)
        alpha = self.builder.tensor("alpha", data.shape, quantization=per_tensor(1 / 256), data=data)
        output = self._value(x.shape, x.scale, x.zero_point, x.rms)
        self.builder.operator("PRELU", [x.index, alpha], [output.index])
        return output

    def unary(self, opcode: str, x: Value) -> Value:
        """LOGISTIC, TANH, HARD_SWISH, LEAKY_RELU, ELU, RELU, RELU6, ABS, RSQRT."""
        if opcode in self.fixed:
            output = self._value(x.shape, *self.fixed[opcode])
        elif opcode == "RSQRT":
            output = self._value(x.shape, 3 / x.rms**0.5 / 255, -128, 1 / x.rms**0.5)
        elif opcode in ("RELU", "ABS"):
            output = self._value(x.shape, x.rms / STEPS / 2, -128, x.rms)
        elif opcode == "RELU6":
            output = self._like(x)
        else:
            output = self._value(x.shape, x.rms / STEPS, -30, x.rms)
        options = LeakyReluOptions(0.1) if opcode == "LEAKY_RELU" else None
        self.builder.operator(opcode, [x.index], [output.index], options)
        return output

    def softmax(self, x: Value) -> Value:
        """SOFTMAX over the last dimension."""
        output = self._value(x.shape, 1 / 256, -128, 1 / x.shape[-1])
        self.builder.operator("SOFTMAX", [x.index], [output.index], SoftmaxOptions(1.0))
        return output

    def requantized(self, x: Value, scale: float, zero_point: int) -> Value:
        """QUANTIZE."""
        output = self._value(x.shape, scale, zero_point, x.rms)
        self.builder.operator("QUANTIZE", [x.index], [output.index])
        return output

    # Pools and reductions

    def pool(
        self,
        x: Value,
        opcode: str,
        size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: Padding = VALID,
    ) -> Value:
        """AVERAGE_POOL_2D or MAX_POOL_2D."""
        (batch, *spatial, depth), taps = x.shape, _pair(size)
        strides = _pair(size if stride is None else stride)
        sizes = [_length(n, t, s, 1, padding) for n, t, s in zip(spatial, taps, strides, strict=True)]
        output = self._like(x, (batch, *sizes, depth))
        self.builder.operator(opcode, [x.index], [output.index], Pool2DOptions(padding, *strides, *taps, NONE))
        return output

    def mean(self, x: Value, *axes: int, keep: bool = False) -> Value:
        """MEAN."""
        shape = tuple(1 if d in axes else n for d, n in enumerate(x.shape) if keep or d not in axes)
        output = self._value(shape, x.scale / 2, x.zero_point, x.rms / 2)
        self.builder.operator("MEAN", [x.index, self._ints(axes)], [output.index], ReducerOptions(keep))
        return output

    def reduce_max(self, x: Value, *axes: int) -> Value:
        """REDUCE_MAX."""
        output = self._like(x, tuple(n for d, n in enumerate(x.shape) if d not in axes))
        self.builder.operator("REDUCE_MAX", [x.index, self._ints(axes)], [output.index], ReducerOptions(False))
        return output

    def arg_max(self, x: Value) -> Value:
        """ARG_MAX over the last dimension."""
        index = self.builder.tensor("best", x.shape[:-1], TensorType.INT32)
        self.builder.operator("ARG_MAX", [x.index, self._ints((-1,))], [index])
        return Value(index, x.shape[:-1], 0, 0, 0)

    # Attention

    def matmul(self, x: Value, y: Value, adj_y: bool = False) -> Value:
        """BATCH_MATMUL."""
        columns = y.shape[-2 if adj_y else -1]
        batches = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        rms = x.rms * y.rms * float(np.sqrt(x.shape[-1]))
        output = self._value((*batches, x.shape[-2], columns), rms / STEPS, 0, rms)
        self.builder.operator("BATCH_MATMUL", [x.index, y.index], [output.index], BatchMatMulOptions(False, adj_y))
        return output

    # Movement

    def moved(
        self, opcode: str, x: Value, shape: Shape, inputs: Sequence[int] = (), options: Options | None = None
    ) -> Value:
        """Any operator that only moves elements of one tensor."""
        output = self._like(x, shape)
        self.builder.operator(opcode, [x.index, *inputs], [output.index], options)
        return output

    def reshape(self, x: Value, *shape: int) -> Value:
        """RESHAPE."""
        return self.moved("RESHAPE", x, shape, [self._ints(shape)], ReshapeOptions(shape))

    def flatten(self, x: Value) -> Value:
        """RESHAPE to a row for each of the first dimension."""
        return self.reshape(x, x.shape[0], int(np.prod(x.shape[1:])))

    def transpose(self, x: Value, *order: int) -> Value:
        """TRANSPOSE."""
        return self.moved("TRANSPOSE", x, tuple(x.shape[axis] for axis in order), [self._ints(order)])

    def concatenate(self, *values: Value, axis: int = -1) -> Value:
        """CONCATENATION, after QUANTIZE to the first one's quantization where one has another."""
        first, axis = values[0], axis % len(values[0].shape)
        alike = [
            x
            if (x.scale, x.zero_point) == (first.scale, first.zero_point)
            else self.requantized(x, first.scale, first.zero_point)
            for x in values
        ]
        length = sum(x.shape[axis] for x in values)
        output = self._like(first, tuple(length if d == axis else n for d, n in enumerate(first.shape)))
        options = ConcatenationOptions(axis, NONE)
        self.builder.operator("CONCATENATION", [x.index for x in alike], [output.index], options)
        return output

    def split(self, x: Value, count: int, axis: int = -1) -> list[Value]:
        """SPLIT."""
        axis %= len(x.shape)
        shape = tuple(n // count if d == axis else n for d, n in enumerate(x.shape))
        outputs = [self._like(x, shape) for _ in range(count)]
        at = self.builder.tensor("axis", (), TensorType.INT32, data=np.array([axis], np.int32))
        self.builder.operator("SPLIT", [at, x.index], [output.index for output in outputs])
        return outputs

    def unpack(self, x: Value, axis: int) -> list[Value]:
        """UNPACK."""
        outputs = [self._like(x, (*x.shape[:axis], *x.shape[axis + 1 :])) for _ in range(x.shape[axis])]
        self.builder.operator("UNPACK", [x.index], [output.index for output in outputs], AxisOptions(axis))
        return outputs

    def pack(self, values: Sequence[Value], axis: int) -> Value:
        """PACK of tensors of one quantization."""
        shape = values[0].shape
        output = self._like(values[0], (*shape[:axis], len(values), *shape[axis:]))
        self.builder.operator("PACK", [x.index for x in values], [output.index], AxisOptions(axis))
        return output

    def pad(self, x: Value, *pairs: tuple[int, int], mirror: bool = False) -> Value:
        """PAD or MIRROR_PAD (REFLECT)."""
        shape = tuple(n + sum(pair) for n, pair in zip(x.shape, pairs, strict=True))
        data = self.builder.tensor("paddings", (len(pairs), 2), TensorType.INT32, data=np.array(pairs, np.int32))
        return self.moved("MIRROR_PAD" if mirror else "PAD", x, shape, [data], MirrorPadOptions(0) if mirror else None)

    def window(self, x: Value, axis: int, begin: int, end: int, stride: int = 1) -> Value:
        """STRIDED_SLICE along one axis."""
        rank = len(x.shape)
        first, last, steps = [0] * rank, list(x.shape), [1] * rank
        first[axis], last[axis], steps[axis] = begin, end, stride
        shape = tuple(len(range(*bounds)) for bounds in zip(first, last, steps, strict=True))
        inputs = [self._ints(each) for each in (first, last, steps)]
        return self.moved("STRIDED_SLICE", x, shape, inputs, StridedSliceOptions(0, 0, 0, 0, 0, False))

    def resize(self, x: Value, factor: int = 2, opcode: str = "RESIZE_NEAREST_NEIGHBOR", half: bool = True) -> Value:
        """Height and width `factor` times as large."""
        batch, height, width, depth = x.shape
        size = self._ints((height * factor, width * factor))
        shape = (batch, height * factor, width * factor, depth)
        return self.moved(opcode, x, shape, [size], ResizeOptions(False, half))

    def blocks(self, x: Value, block: int, to_depth: bool) -> Value:
        """SPACE_TO_DEPTH or DEPTH_TO_SPACE."""
        batch, height, width, depth = x.shape
        if to_depth:
            shape = (batch, height // block, width // block, depth * block * block)
            return self.moved("SPACE_TO_DEPTH", x, shape, options=BlockOptions(block))
        shape = (batch, height * block, width * block, depth // block // block)
        return self.moved("DEPTH_TO_SPACE", x, shape, options=BlockOptions(block))

    def gather(self, x: Value, indices: Sequence[int], axis: int) -> Value:
        """GATHER of constant indices."""
        shape = (*x.shape[:axis], len(indices), *x.shape[axis + 1 :])
        return self.moved("GATHER", x, shape, [self._ints(indices)], GatherOptions(axis, 0))

    def reverse(self, x: Value, axis: int) -> Value:
        """REVERSE_V2."""
        return self.moved("REVERSE_V2", x, x.shape, [self._ints((axis,))])

    # State

    def variable(self, name: str, like: Value, shape: Shape) -> tuple[int, Value]:
        """A resource variable that starts at 0: (handle, what was assigned by the last invoke)."""
        handle = self.builder.tensor(name, (), TensorType.RESOURCE)
        value = self._value(shape, like.scale, like.zero_point, like.rms)
        self.builder.operator("VAR_HANDLE", [], [handle], VarHandleOptions("", name))
        self.builder.operator("READ_VARIABLE", [handle], [value.index])
        return handle, value

    def assign(self, handle: int, value: Value) -> None:
        """ASSIGN_VARIABLE."""
        self.builder.operator("ASSIGN_VARIABLE", [handle, value.index], [])


class WideNetwork(Network):
    """The same of int16, with weights of int8."""

    kind = TensorType.INT16
    bias, bias_type = TensorType.INT64, np.int64
    steps = 128
    fixed: ClassVar = {"LOGISTIC": (1 / 256, 0, 0.55), "TANH": (1 / 256, 0, 0.63)}


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def _length(size: int, taps: int, stride: int, dilation: int, padding: Padding) -> int:
    return -(-(size if padding is SAME else size - (taps - 1) * dilation) // stride)
