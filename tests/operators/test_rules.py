"""Each rule: a model that breaks it is refused in its words, with what was found and what to do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from broken_gathers import BROKEN_GATHERS
from broken_logic import BROKEN_LOGIC
from broken_products import BROKEN_PRODUCTS
from broken_s16 import BROKEN_S16, tall_depthwise16
from changes import constant_of, ints, model, operator, options, scales, tensor, zero_points
from signal_rules import SIGNAL_BROKEN
from small_models import activation, constant, one_operator

from platformio_tinyml.errors import ModelError
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
from platformio_tinyml.operators import OPERATORS, check_model, lower_model, operator_macs
from platformio_tinyml.operators.refusal import way_out
from platformio_tinyml.operators.rules import QUANTIZE

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


BROKEN = [
    *SIGNAL_BROKEN,
    (logistic, tensor(0, quantization=Quantization((1e-12,), (0,))), "finite and in range", "1e-12", ""),
    (logistic, zero_points(1, 0), "zero point is -128", "0", "convert"),
    (tanh, zero_points(1, 3), "zero point is 0", "3", "convert"),
    (leaky_relu, scales(1, 1e-30), "finite and in range", "2**", ""),
    (leaky_relu, operator(options=None), "It has 1 input and one output", "no options", ""),
    (mul, scales(2, 1e-9), "less than 2**14", "2**", ""),
    (mul, operator(inputs=(0,)), "2 inputs", "1 inputs", ""),
    (maximum, operator(inputs=(0,)), "2 inputs and one output", "1 inputs", ""),
    (concatenation, operator(inputs=()), "1 to 64 inputs", "0 inputs", ""),
    (concatenation, tensor(2, type=TensorType.FLOAT32), "one type of whole bytes", "FLOAT32 and INT8", ""),
    (concatenation, tensor(2, shape=(2, 6)), "as long as all inputs", "axis 1", ""),
    (concatenation, scales(1, 0.25), "the output's scale", "2 different", ""),
    (concatenation, options(activation=Activation.RELU), "no fused activation", "RELU", ""),
    (pack, options(axis=5), "one dimension more", "axis 5", ""),
    (pack, tensor(1, shape=(4,)), "one dimension more", "axis 0", ""),
    (unpack, operator(inputs=()), "1 input and outputs", "0 inputs", ""),
    (unpack, tensor(1, shape=(4,)), "as many outputs", "axis 0", ""),
    (split, operator(inputs=(0,)), "2 inputs and outputs", "1 inputs", ""),
    (split, tensor(0, data=None), "Input 0 (axis)", "computed", ""),
    (split, tensor(0, type=TensorType.FLOAT32), "Input 0 (axis)", "FLOAT32", ""),
    (split, tensor(2, shape=(2, 3)), "as long as the input", "axis [1]", ""),
    (split_v, operator(inputs=(0,)), "3 inputs and outputs", "1 inputs", ""),
    (split_v, tensor(2, data=None), "Input 2 (axis)", "computed", ""),
    (slicing, operator(inputs=(0,)), "3 inputs and one output", "1 inputs", ""),
    (slicing, tensor(1, data=None), "Input 1 (begin)", "computed", ""),
    (slicing, tensor(2, data=None), "Input 2 (size)", "computed", ""),
    (slicing, tensor(3, shape=(3, 3)), "within the input", "begin [1, 0]", ""),
    (strided_slice, operator(inputs=(0,)), "4 inputs", "1 inputs", ""),
    (strided_slice, tensor(2, data=None), "Input 2 (end)", "computed", ""),
    (strided_slice, tensor(3, data=None), "Input 3 (strides)", "computed", ""),
    (strided_slice, options(ellipsis_mask=1), "no ellipsis", "ellipsis 1", ""),
    (strided_slice, tensor(4, shape=(3, 3)), "name the output's shape", "begin, end, strides", ""),
    (transpose, tensor(1, data=None), "Input 1 (permutation)", "computed", ""),
    (transpose, tensor(2, shape=(2, 3)), "each dimension once", "by [1, 0]", ""),
    (transpose, lambda _: transpose((2,) * 8, (7, 6, 5, 4, 3, 2, 1, 0)), "at most five are left", "8 loops", ""),
    (pad, tensor(1, data=None), "Input 1 (paddings)", "computed", ""),
    (pad, tensor(2, shape=(3, 6)), "two paddings", "with [0, 1, 2, 0]", ""),
    (pad, tensor(2, quantization=None), "constant of one element", "no zero point", ""),
    (padv2, constant_of(2, shape=(2,)), "constant of one element", "2 elements", ""),
    (mean, operator(inputs=(0,)), "2 inputs and one output, and its options", "1 inputs", ""),
    (mean, tensor(1, data=None), "Input 1 (axes)", "computed", ""),
    (mean, tensor(2, shape=(3,)), "dimensions of the input", "along [1]", ""),
    (mean, scales(2, 1e-30), "fit 32 bits", "values", ""),
    (mean, lambda _: wide_mean(), "three are kept and three reduced", "4", ""),
    (float_dense, tensor(1, data=None), "Filter and bias are constants", "computed", ""),
    (float_dense, constant_of(1, type=TensorType.INT16), "the filter float32 or int8", "FLOAT32 and INT16", ""),
    (float_dense, constant_of(1, type=TensorType.INT8), "A filter of int8 has one scale", "has no scale", ""),
    (float_depthwise, constant_of(1, type=TensorType.INT8), "(its dimension 3)", "has no scale", ""),
    (float_dense, tensor(3, type=TensorType.INT8), "output are float32", "FLOAT32 and INT8", ""),
    (float_conv, options(activation=Activation.TANH), "NONE, RELU, RELU_N1_TO_1 or RELU6.", "TANH", ""),
    (float_pool, options(activation=Activation.TANH), "NONE, RELU, RELU_N1_TO_1 or RELU6.", "TANH", ""),
    (float_softmax, tensor(1, type=TensorType.INT8), "Inputs and output are float32", "FLOAT32 and INT8", ""),
    (float_softmax, options(beta=math.inf), "beta is a finite number", "inf", ""),
    (float_leaky_relu, operator(inputs=()), "1 input and one output", "0 inputs", ""),
    (float_add, tensor(2, shape=(3, 3)), "broadcasting", "[3, 3]", ""),
    (float_mean, tensor(2, type=TensorType.INT8), "Data and output are float32", "FLOAT32 and INT8", ""),
    (fully_connected, operator(opcode="LSTM"), "has a kernel", "LSTM", "runtime = tflm"),
    (fully_connected, operator(opcode="CUSTOM", custom_code="My\x1bOp"), "has a kernel", "CUSTOM My\\x1bOp", ""),
    (fully_connected, operator(inputs=(0,)), "2 to 3 inputs", "1 inputs", "convert"),
    (fully_connected, operator(inputs=(0, -1)), "2 to 3 inputs", "omitted", ""),
    (fully_connected, operator(outputs=(3, 2)), "one output", "2 outputs", ""),
    (fully_connected, operator(outputs=()), "one output", "0 outputs", ""),
    (fully_connected, operator(options=None), "options", "no options", ""),
    (fully_connected, operator(options=CONV), "options", "no options", ""),
    (
        fully_connected,
        tensor(0, type=TensorType.INT16),
        "Input and output are int16",
        "INT16 and INT8",
        "runtime = tflm",
    ),
    (fully_connected, tensor(3, type=TensorType.UINT8), "int8", "INT8 and UINT8", ""),
    (fully_connected, tensor(1, data=None), "filter is a constant of int8", "computed", ""),
    (fully_connected, constant_of(1, type=TensorType.INT16), "filter is a constant of int8", "INT16", ""),
    (fully_connected, tensor(1, type=TensorType.UINT8), "filter is a constant of int8", "UINT8", ""),
    (fully_connected, constant_of(2, type=TensorType.INT64), "bias", "INT64", ""),
    (fully_connected, tensor(2, data=None), "int8", "INT32", ""),
    (fully_connected, tensor(0, data=b"12345678"), "first input is computed", "constant", ""),
    (fully_connected, tensor(0, quantization=None), "one scale", "no scale", ""),
    (fully_connected, scales(0, 0.5, 0.5), "one scale", "2 scales", ""),
    (fully_connected, scales(3, 0.0), "positive", "0.0", ""),
    (fully_connected, scales(3, -1.0), "positive", "-1.0", ""),
    (fully_connected, scales(3, math.inf), "finite", "inf", ""),
    (fully_connected, scales(3, math.nan), "finite", "nan", ""),
    (fully_connected, zero_points(0, 128), "-128 to 127", "128", ""),
    (fully_connected, zero_points(0), "one zero point", "no scale", ""),
    (fully_connected, options(weights_format=1), "default layout", "1", "tflm"),
    (fully_connected, options(activation=Activation.TANH), "fused activation", "TANH", ""),
    (fully_connected, constant_of(1, shape=(3, 2, 2)), "[N, K]", "(3, 2, 2)", ""),
    (fully_connected, constant_of(1, shape=(3, 5)), "[N, K]", "(3, 5)", ""),
    (fully_connected, tensor(3, shape=(2, 4)), "[N, K]", "(2, 4)", ""),
    (fully_connected, tensor(3, shape=(3, 3)), "[N, K]", "(3, 3)", ""),
    (fully_connected, tensor(3, shape=()), "[N, K]", "()", ""),
    (fully_connected, constant_of(2, shape=(4,)), "one element per output channel", "4 for 3", ""),
    (fully_connected, scales(1, 0.5, 0.5), "one scale, or one per output channel", "2 scales", ""),
    (fully_connected, scales(1, 0.5, 0.5, 0.5, dimension=1), "one per output channel", "dimension 1", ""),
    (fully_connected, scales(1, 0.5, 0.5, 0.0), "positive", "scale 0.0", ""),
    (fully_connected, zero_points(1, 4), "zero points of 0", "4", ""),
    (fully_connected, scales(3, 1e-30), "below 2**30", "2**", ""),
    (fully_connected, scales(2, 9.0), "within 0.02 output scales", "9.0", ""),
    (fully_connected, tensor(2, data=b"\xff\xff\xff\x7f" * 3), "32 bits", "up to", ""),
    (fully_connected, model(subgraphs=(INITIALISES_NOTHING,) * 2), "no other control flow", "3 subgraphs", "convert"),
    (fully_connected, model(inputs=()), "at least one input", "no input", ""),
    (fully_connected, model(outputs=()), "at least one", "no output", ""),
    (fully_connected, model(outputs=(1,)), "none is a constant", "output", ""),
    (fully_connected, model(inputs=(0, 0)), "each listed once", "twice", ""),
    (fully_connected, model(outputs=(3, 9)), "tensors that exist", "tensor 9 of 4", ""),
    (fully_connected, operator(inputs=(0, -2, 2)), "tensors that exist", "tensor -2", ""),
    (fully_connected, operator(outputs=(0,)), "written once", "second time", ""),
    (fully_connected, operator(outputs=(1,)), "written once", "second time", ""),
    (fully_connected, tensor(0, shape=(0, 4)), "shapes are fixed", "[0, 4]", "fixed shapes"),
    (fully_connected, tensor(0, shape=(-1, 4)), "shapes are fixed", "[-1, 4]", ""),
    (fully_connected, tensor(0, is_dynamic=True), "shapes are fixed", "dynamic", ""),
    (fully_connected, tensor(0, shape=(1 << 28, 4)), "1 GiB", "bytes", ""),
    (fully_connected, tensor(1, data=b"\x01" * 11), "as many bytes", "11 of 12", ""),
    (fully_connected, tensor(1, is_sparse=True), "sparse", "constant1", "sparsity"),
    (fully_connected, tensor(0, is_variable=True), "keeps its value", "tensor0", ""),
    (reading, operator(options=None), "Its options are in the file", "no options", ""),
    (once, model(subgraphs=(Model("i", "", (), (Operator(0, "ADD", 1, (), ()),), (), ()),)), "initialised", "ADD", ""),
    (fully_connected, operator(opcode="READ_VARIABLE"), "has one type and shape", "without a handle", ""),
    (once, operator(options=None), "Its options are in the file", "no options", ""),
    (svdf, operator(inputs=(0, 1, 2, -1, 4)), "5 inputs", "omitted", ""),
    (svdf, tensor(5, type=TensorType.INT16), "Input and output are int8", "INT16 and INT8", ""),
    (svdf, tensor(1, data=None), "inputs are constants", "computed", ""),
    (svdf, constant_of(2, type=TensorType.FLOAT32), "inputs are constants", "FLOAT32", ""),
    (svdf, tensor(4, is_variable=False), "variable tensors", "no variable", ""),
    (svdf, tensor(4, type=TensorType.INT32), "variable tensors", "INT32", ""),
    (svdf, tensor(4, type=TensorType.INT16), "type of the time weights", "INT16 and INT8", ""),
    (svdf, zero_points(2, 4), "have one scale", "zero point 4", ""),
    (svdf, scales(0, 0.5, 0.5), "have one scale", "2 scales", ""),
    (svdf, scales(5, -0.5), "have one scale", "-0.5", ""),
    (svdf, options(rank=3), "divides the filters", "rank 3 of 4", ""),
    (svdf, tensor(0, shape=(6,)), "two dimensions", "1 dimensions", ""),
    (svdf, tensor(4, shape=(2, 21)), "Weights are [filters", "[2, 21]", ""),
    (svdf, scales(3, 0.26), "bias's scale", "0.26 and 0.125", ""),
    (svdf, tensor(3, quantization=None), "bias's scale", "no scale", ""),
    (svdf, scales(4, 1e-30), "below 2**30", "2**", ""),
    (
        svdf,
        lambda m: constant_of(1, shape=(4, 70_000))(tensor(0, shape=(2, 70_000))(m)),
        "feature weights",
        "70000",
        "",
    ),
    (wide_svdf, zero_points(4, 1), "has the zero point 0", "zero point 1", ""),
    (float_svdf, tensor(4, is_variable=False), "variable tensors", "no variable", ""),
    (float_svdf, tensor(1, data=None), "inputs are constants", "computed", ""),
    (float_svdf, options(activation=Activation.TANH), "fused activation", "TANH", ""),
    (float_lstm, tensor(13, is_variable=False), "variable tensors", "no variable", ""),
    (float_lstm, tensor(1, data=None), "inputs are constants", "computed", ""),
    (lstm, operator(inputs=tuple(range(15))), "24 inputs", "15 inputs", ""),
    (lstm, lambda m: operator(inputs=(0, -1, *m.operators[0].inputs[2:]))(m), "24 inputs", "no input 1", "tflm"),
    (lstm, lambda m: operator(inputs=(*m.operators[0].inputs[:23], 1))(m), "24 inputs", "an input 23", "tflm"),
    (lstm, options(activation=Activation.RELU), "activation is TANH", "RELU", ""),
    (lstm, options(cell_clip=-1.0), "activation is TANH", "-1.0", ""),
    (lstm, tensor(13, is_variable=False), "variable tensors", "no variable", ""),
    (lstm, tensor(1, data=None), "inputs are constants", "computed", ""),
    (lstm, tensor(0, shape=(24,)), "three dimensions", "has 1", ""),
    (lstm, tensor(13, shape=(3, 5)), "Weights are [units", "15 elements", ""),
    (lstm, constant_of(3, shape=(5, 5)), "Weights are [units", "[5, 5]", ""),
    (lstm, scales(14, 0.3), "power of two", "0.3", ""),
    (lstm, scales(13, 1e30), "below 2**30", "2**", ""),
    (lstm, tensor(12, data=b"\xff\xff\xff\x7f" * 5), "of a gate can leave 32 bits", "up to", ""),
    (lstm, zero_points(2, 9), "have one scale", "zero point 9", ""),
    (fully_connected, tensor(0, type=TensorType.FLOAT16), "int64, bool or float", "FLOAT16", ""),
    (conv, tensor(0, shape=(25, 4)), "four dimensions", "has 2", ""),
    (conv, constant_of(1, shape=(6, 36)), "four dimensions", "has 2", ""),
    (conv, tensor(2, shape=(1, 4, 5, 6)), "follow from padding", "[1, 4, 5, 6]", ""),
    (conv, tensor(2, shape=(2, 5, 5, 6)), "Batches", "[2, 5, 5, 6]", ""),
    (conv, tensor(2, shape=(1, 5, 5, 7)), "output's depth", "7", ""),
    (conv, constant_of(1, shape=(6, 3, 3, 3)), "whole part", "3", ""),
    (conv, constant_of(1, shape=(6, 3, 3, 1)), "groups", "4", ""),
    (conv, options(stride_h=0), "1 to 32,767", "stride 0", ""),
    (conv, options(stride_w=-1), "1 to 32,767", "stride -1", ""),
    (conv, options(dilation_h=0), "1 to 32,767", "dilation 0", ""),
    (conv, options(dilation_w=20000), "spans", "20000", ""),
    (conv, options(padding=Padding.VALID), "follow from padding", "[1, 3, 3, 6]", ""),
    (depthwise, options(depth_multiplier=1), "depth_multiplier", "1", ""),
    (depthwise, constant_of(1, shape=(2, 3, 3, 8)), "[1, height", "[2, 3, 3, 8]", ""),
    (depthwise, scales(1, *[0.5] * 8, dimension=0), "dimension 3", "dimension 0", ""),
    (max_pool, tensor(1, shape=(1, 2, 2, 4)), "same depth", "3 and 4", ""),
    (max_pool, scales(1, 0.6), "differ by at most", "0.6", ""),
    (max_pool, zero_points(1, 3), "one zero point", "3", ""),
    (max_pool, options(filter_h=0), "spans", "0 taps", ""),
    (max_pool, options(filter_w=40000), "spans", "40000 taps", ""),
    (max_pool, options(filter_w=5), "follow from padding", "", ""),
    (softmax, zero_points(1, -128), "1/256", "0.5", ""),
    (softmax, tensor(1, shape=(9, 2)), "same shape", "[9, 2]", ""),
    (softmax, options(beta=0.0), "2**-26", "0.0", ""),
    (softmax, options(beta=math.nan), "2**-26", "nan", ""),
    (add, tensor(1, shape=(4,)), "broadcasting", "[4]", ""),
    (add, tensor(2, shape=(3, 3)), "broadcasting", "[3, 3]", ""),
    (add, tensor(2, shape=(1, 2, 3)), "broadcasting", "[1, 2, 3]", ""),
    (add, scales(2, 1e-7), "2**19", "", ""),
    (add, tensor(1, data=b"123", type=TensorType.UINT8), "computed as int8", "INT8 and UINT8", ""),
    (add, tensor(1, data=b"123", type=TensorType.BOOL), "int8", "BOOL", ""),
    (add, lambda m: tensor(0, data=b"123456")(tensor(1, data=b"123")(m)), "At most one input", "two constants", ""),
    (quantize, zero_points(0, 200), "of their type's range", "200", ""),
    (quantize, tensor(1, type=TensorType.UINT32), "from int8 to int8, uint8", "INT8 to UINT32", ""),
    (quantize, scales(1, 1e-30), "2**30", "", ""),
    (quantize, tensor(1, shape=(6,)), "same shape", "[6]", ""),
    (dequantize, tensor(1, type=TensorType.INT8), "output is float", "INT8 to INT8", ""),
    (dequantize, tensor(0, quantization=None), "one scale", "no scale", ""),
    (softmax, lambda m: tensor(0, shape=(4096,))(tensor(1, shape=(4096,))(m)), "4,095", "4096", ""),
    (softmax, operator(inputs=(0, 0)), "1 input and", "2 inputs", ""),
    (add, operator(inputs=(0,)), "2 inputs", "1 inputs", ""),
    (add, tensor(1, quantization=None), "All tensors", "no scale", ""),
    (quantize, operator(inputs=(0, 0)), "1 input and", "2 inputs", ""),
    (five_dimensions, lambda m: m, "at most four", "5", ""),
    (reshape, operator(inputs=(0, 0, 0)), "1 to 2", "3 inputs", ""),
    (reshape, tensor(1, shape=(7,)), "equally many", "[7]", ""),
    (reshape, tensor(1, type=TensorType.FLOAT32), "one type of whole bytes", "FLOAT32", ""),
    (reshape, tensor(0, data=b"123456"), "computed", "constant", ""),
    *BROKEN_GATHERS,
    *BROKEN_PRODUCTS,
    *BROKEN_LOGIC,
    *BROKEN_S16,
]


@pytest.mark.parametrize(
    "build",
    dict.fromkeys(build for build, *_ in BROKEN if build not in (five_dimensions, tall_depthwise16)),
    ids=lambda build: build.__name__,
)
def test_the_whole_ones_pass(build: Callable[[], Model]) -> None:
    assert check_model(build()) == ()


@pytest.mark.parametrize(("build", "change", "rule", "found", "next_step"), BROKEN)
def test_broken(
    build: Callable[[], Model], change: Callable[[Model], Model], rule: str, found: str, next_step: str
) -> None:
    broken = change(build())
    violations = check_model(broken)
    matching = [v for v in violations if rule in v.rule and found in v.found and next_step in v.next_step]
    assert matching, violations
    with pytest.raises(ModelError) as raised:
        lower_model(broken)
    assert all(violation.rule in raised.value.message for violation in violations)
    assert raised.value.next_step
    assert raised.value.message.isprintable() or "\n" in raised.value.message


def chain(count: int, opcode: str = "CONV_3D", type: TensorType = TensorType.INT8) -> Model:
    tensors = tuple(activation(index, (1, 4), type=type, name=f"t{index}") for index in range(count + 1))
    operators = tuple(Operator(i, opcode, 1, (i,), (i + 1,)) for i in range(count))
    return Model("model", "", tensors, operators, (0,), (count,))


def test_equal_violations_are_told_once() -> None:
    (violation,) = check_model(chain(3))
    assert (violation.operator, violation.name) == ("", "")
    assert violation.found == 'none for CONV_3D (operators 0, 1, 2 "t1", of Conv3D)'
    (violation,) = check_model(chain(30))
    assert "CONV_3D (30 operators" in violation.found
    (violation,) = check_model(chain(2, "ADD", TensorType.INT32))
    assert violation.operator == "ADD (operators 0, 1)"


def test_all_that_is_missing_is_one_line_and_an_error_six() -> None:
    model = chain(12)
    missing, there = (
        ["RFFT2D", "CONV_3D", "HASHTABLE", "BUCKETIZE", "RANDOM_UNIFORM", "UNIQUE"],
        ["ADD", "SUB", "MUL", "PAD", "SPLIT", "PACK"],
    )
    operators = map(lambda operator, opcode: replace(operator, opcode=opcode), model.operators, missing + there)
    with pytest.raises(ModelError) as raised:
        lower_model(replace(model, operators=tuple(operators)))
    lines = raised.value.message.splitlines()
    assert len(lines) + 1 <= 6
    assert all(opcode in lines[1] for opcode in missing)
    assert "more: pio-tinyml inspect" in lines[-1]


@pytest.mark.parametrize(
    ("type", "said"),
    [
        (TensorType.FLOAT32, "custom_tinyml_data"),
        (TensorType.INT16, "custom_tinyml_activations = int8"),
        (TensorType.INT8, "quantized already"),
        (TensorType.UINT8, "convert the float model"),
    ],
)
def test_only_a_float_model_is_to_be_quantized(type: TensorType, said: str) -> None:
    assert said in way_out(chain(1, "RELU", type), QUANTIZE)


def test_all_violations_at_once() -> None:
    broken = options(weights_format=1)(scales(3, -1.0)(model(outputs=())(fully_connected())))
    assert len(check_model(broken)) == 3


def test_a_tensor_read_before_it_is_written() -> None:
    whole = chain(2, "RESHAPE")
    swapped = replace(whole, operators=(whole.operators[1], whole.operators[0]))
    assert [v.found for v in check_model(swapped)] == ['"t1" (tensor 1) is read by operator 1 before it is written']


def test_an_output_that_nothing_writes() -> None:
    whole = chain(2, "RESHAPE")
    cut = replace(whole, operators=whole.operators[:1])
    assert [v.found for v in check_model(cut)] == ['output "t2" (tensor 2) is never written']


def test_hostile_names_stay_short_and_printable() -> None:
    broken = scales(3, -1.0)(tensor(3, name="\x1b[2J" * 5000)(fully_connected()))
    with pytest.raises(ModelError) as raised:
        lower_model(broken)
    assert "\x1b" not in raised.value.message
    assert len(raised.value.message) < 500


def test_macs() -> None:
    for build, macs in [(fully_connected, 24), (conv, 5400), (depthwise, 1800), (max_pool, 0), (add, 0)]:
        whole = build()
        assert operator_macs(whole, whole.operators[0]) == macs
    malformed = operator(inputs=())(conv())
    assert operator_macs(malformed, malformed.operators[0]) == 0
    unknown = chain(1)
    assert operator_macs(unknown, unknown.operators[0]) == 0


def test_every_rule_of_the_table_is_broken_by_a_test() -> None:
    texts = {
        rule.text for entries in OPERATORS.values() for support in entries for stage in support.rules for rule in stage
    }
    told = {violation.rule for build, change, *_ in BROKEN for violation in check_model(change(build()))}
    assert texts <= told
