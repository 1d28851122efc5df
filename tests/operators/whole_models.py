"""A model of each operator that every rule lets pass: test_rules.py breaks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from changes import constant_of, ints, operator, tensor
from small_models import activation, constant, one_operator

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    AxisOptions,
    CallOnceOptions,
    ConcatenationOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    LeakyReluOptions,
    Model,
    Operator,
    Padding,
    Pool2DOptions,
    Quantization,
    ReducerOptions,
    SoftmaxOptions,
    StridedSliceOptions,
    SvdfOptions,
    Tensor,
    TensorType,
    UnidirectionalSequenceLstmOptions,
    VarHandleOptions,
)

FULLY_CONNECTED = FullyConnectedOptions(Activation.NONE, 0, False)


CONV = Conv2DOptions(Padding.SAME, 1, 1, 1, 1, Activation.NONE)


DEPTHWISE = DepthwiseConv2DOptions(Padding.SAME, 1, 1, 1, 1, 2, Activation.NONE)


POOL = Pool2DOptions(Padding.VALID, 2, 2, 2, 2, Activation.NONE)


ADD = AddOptions(Activation.NONE, False)


def fully_connected() -> Model:
    bias = constant(2, (3,), type=TensorType.INT32, scales=(0.125,))
    tensors = [activation(0, (2, 4)), constant(1, (3, 4)), bias, activation(3, (2, 3))]
    return one_operator("FULLY_CONNECTED", tensors, FULLY_CONNECTED)


def conv() -> Model:
    tensors = [activation(0, (1, 5, 5, 4)), constant(1, (6, 3, 3, 4)), activation(2, (1, 5, 5, 6))]
    return one_operator("CONV_2D", tensors, CONV)


def depthwise() -> Model:
    tensors = [activation(0, (1, 5, 5, 4)), constant(1, (1, 3, 3, 8)), activation(2, (1, 5, 5, 8))]
    return one_operator("DEPTHWISE_CONV_2D", tensors, DEPTHWISE)


def max_pool() -> Model:
    return one_operator("MAX_POOL_2D", [activation(0, (1, 4, 4, 3)), activation(1, (1, 2, 2, 3))], POOL)


def softmax() -> Model:
    tensors = [activation(0, (2, 9)), activation(1, (2, 9), scale=1 / 256, zero_point=-128)]
    return one_operator("SOFTMAX", tensors, SoftmaxOptions(1.0))


def add() -> Model:
    return one_operator("ADD", [activation(0, (2, 3)), activation(1, (3,)), activation(2, (2, 3))], ADD)


def five_dimensions() -> Model:
    shapes = (2, 1, 2, 1, 2), (1, 2, 1, 2, 1), (2, 2, 2, 2, 2)
    return one_operator("ADD", [activation(index, shape) for index, shape in enumerate(shapes)], ADD)


def quantize() -> Model:
    return one_operator("QUANTIZE", [activation(0, (5,), scale=2.0), activation(1, (5,))])


def dequantize() -> Model:
    return one_operator("DEQUANTIZE", [activation(0, (5,)), activation(1, (5,), type=TensorType.FLOAT32)])


def reshape() -> Model:
    return one_operator("RESHAPE", [activation(0, (2, 3)), activation(1, (6,))])


def logistic() -> Model:
    return one_operator("LOGISTIC", [activation(0, (5,)), activation(1, (5,), scale=1 / 256, zero_point=-128)])


def tanh() -> Model:
    return one_operator("TANH", [activation(0, (5,)), activation(1, (5,), scale=1 / 128)])


def leaky_relu() -> Model:
    return one_operator("LEAKY_RELU", [activation(0, (5,)), activation(1, (5,))], LeakyReluOptions(0.1))


def mul() -> Model:
    tensors = [activation(0, (2, 3)), activation(1, (3,)), activation(2, (2, 3))]
    return one_operator("MUL", tensors, ArithmeticOptions(Activation.NONE))


def maximum() -> Model:
    return one_operator("MAXIMUM", [activation(0, (2, 3)), activation(1, (3,)), activation(2, (2, 3))])


def concatenation() -> Model:
    tensors = [activation(0, (2, 3)), activation(1, (2, 4)), activation(2, (2, 7))]
    return one_operator("CONCATENATION", tensors, ConcatenationOptions(1, Activation.NONE))


def pack() -> Model:
    return one_operator("PACK", [activation(0, (3,)), activation(1, (3,)), activation(2, (2, 3))], AxisOptions(0))


def unpack() -> Model:
    whole = one_operator("UNPACK", [activation(0, (2, 3)), activation(1, (3,)), activation(2, (3,))], AxisOptions(0))
    return replace(operator(inputs=(0,), outputs=(1, 2))(whole), inputs=(0,), outputs=(1, 2))


def split() -> Model:
    whole = one_operator("SPLIT", [ints(0, 1), activation(1, (2, 4)), activation(2, (2, 2)), activation(3, (2, 2))])
    return replace(operator(inputs=(0, 1), outputs=(2, 3))(whole), inputs=(1,), outputs=(2, 3))


def split_v() -> Model:
    tensors = [activation(0, (2, 3)), ints(1, 1, 2), ints(2, 1), activation(3, (2, 1)), activation(4, (2, 2))]
    whole = one_operator("SPLIT_V", tensors)
    return replace(operator(inputs=(0, 1, 2), outputs=(3, 4))(whole), inputs=(0,), outputs=(3, 4))


def slicing() -> Model:
    return one_operator("SLICE", [activation(0, (4, 3)), ints(1, 1, 0), ints(2, 2, -1), activation(3, (2, 3))])


def strided_slice() -> Model:
    tensors = [activation(0, (4, 3)), ints(1, 1, 0), ints(2, 4, 3), ints(3, 2, 1), activation(4, (2, 3))]
    return one_operator("STRIDED_SLICE", tensors, StridedSliceOptions(0, 0, 0, 0, 0, False))


def transpose(shape: tuple[int, ...] = (2, 3), order: tuple[int, ...] = (1, 0)) -> Model:
    turned = tuple(shape[axis] for axis in order)
    return one_operator("TRANSPOSE", [activation(0, shape), ints(1, *order), activation(2, turned)])


def pad() -> Model:
    return one_operator("PAD", [activation(0, (2, 3)), ints(1, 0, 1, 2, 0), activation(2, (3, 5))])


def padv2() -> Model:
    tensors = [activation(0, (2,)), ints(1, 0, 1), constant(2, (1,), scales=(0.5,)), activation(3, (3,))]
    return one_operator("PADV2", tensors)


def mean() -> Model:
    return one_operator("MEAN", [activation(0, (2, 3)), ints(1, 1), activation(2, (2,))], ReducerOptions(False))


def wide_mean() -> Model:
    shape, axes = (2,) * 8, (0, 2, 4, 6)
    tensors = [activation(0, shape), ints(1, *axes), activation(2, (2,) * 4)]
    return one_operator("MEAN", tensors, ReducerOptions(False))


INITIALISES_NOTHING = Model("init", "", (), (), (), ())


def reading() -> Model:
    """A variable read, added to and assigned."""
    tensors = (
        Tensor(0, "handle", (), TensorType.RESOURCE),
        activation(1, (2,)),
        activation(2, (2,)),
        activation(3, (2,)),
    )
    operators = (
        Operator(0, "VAR_HANDLE", 1, (), (0,), VarHandleOptions("", "state")),
        Operator(1, "READ_VARIABLE", 1, (0,), (2,)),
        Operator(2, "ADD", 1, (1, 2), (3,), ADD),
        Operator(3, "ASSIGN_VARIABLE", 1, (0, 3), ()),
    )
    return Model("model", "", tensors, operators, (1,), (3,))


def once() -> Model:
    whole = reading()
    call = Operator(0, "CALL_ONCE", 1, (), (), CallOnceOptions(1))
    return replace(whole, operators=(call, *whole.operators), subgraphs=(INITIALISES_NOTHING,))


def svdf() -> Model:
    tensors = [
        *(activation(0, (2, 3)), constant(1, (4, 3)), constant(2, (4, 5))),
        *(constant(3, (2,), type=TensorType.INT32, scales=(0.125,)), activation(4, (2, 20)), activation(5, (2, 2))),
    ]
    whole = replace(one_operator("SVDF", tensors, SvdfOptions(2, Activation.RELU)), inputs=(0,))
    return tensor(4, is_variable=True)(whole)


def wide_svdf() -> Model:
    return tensor(4, type=TensorType.INT16, quantization=Quantization((0.5,), (0,)))(
        constant_of(2, type=TensorType.INT16)(svdf())
    )


def lstm() -> Model:
    """2 batches, 3 steps, 4 inputs, 5 units."""
    tensors = [activation(0, (2, 3, 4))]
    tensors += [constant(n, (5, 4 if n < 5 else 5)) for n in range(1, 9)]
    tensors += [constant(n, (5,), type=TensorType.INT32, scales=(0.25,)) for n in range(9, 13)]
    tensors += [activation(13, (2, 5)), activation(14, (2, 5), type=TensorType.INT16), activation(15, (2, 3, 5))]
    inputs = (*range(9), -1, -1, -1, *range(9, 13), -1, -1, 13, 14, -1, -1, -1, -1)
    whole = one_operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM", tensors, UnidirectionalSequenceLstmOptions(Activation.TANH, 0.0, 0.0, False)
    )
    whole = replace(operator(inputs=inputs, outputs=(15,))(whole), inputs=(0,), outputs=(15,))
    whole = tensor(14, is_variable=True, quantization=Quantization((2.0**-11,), (0,)))(whole)
    return tensor(13, is_variable=True)(whole)


def wide_lstm() -> Model:
    """The same of int16, with biases of 64 bits."""
    whole = lstm()
    for index in (0, 13, 15):
        whole = tensor(index, type=TensorType.INT16, quantization=Quantization((2.0**-11,), (0,)))(whole)
    for index in range(9, 13):
        whole = tensor(index, type=TensorType.INT64, data=bytes(8 * 5))(whole)
    return whole


def floats(build: Callable[[], Model]) -> Callable[[], Model]:
    """The same model in float32; shapes and axes stay integers."""

    def built() -> Model:
        whole = build()
        changed = tuple(
            each
            if each.type is TensorType.INT32 and each.quantization is None
            else replace(each, type=TensorType.FLOAT32, quantization=None, data=each.data and bytes(4 * each.elements))
            for each in whole.tensors
        )
        return replace(whole, tensors=changed)

    built.__name__ = f"float_{build.__name__}"
    return built


float_dense, float_conv, float_pool = floats(fully_connected), floats(conv), floats(max_pool)


float_depthwise = floats(depthwise)


float_svdf, float_lstm = floats(svdf), floats(lstm)


float_softmax, float_leaky_relu, float_add, float_mean = floats(softmax), floats(leaky_relu), floats(add), floats(mean)


def chain(count: int, opcode: str = "CONV_3D", type: TensorType = TensorType.INT8) -> Model:
    tensors = tuple(activation(index, (1, 4), type=type, name=f"t{index}") for index in range(count + 1))
    operators = tuple(Operator(i, opcode, 1, (i,), (i + 1,)) for i in range(count))
    return Model("model", "", tensors, operators, (0,), (count,))
