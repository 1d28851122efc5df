"""Rules of operators that compare, select or go along an axis: see test_rules.py."""

from __future__ import annotations

import struct

from changes import ints, operator, options, scales, tensor, zero_points
from small_models import activation, constant, one_operator

from platformio_tinyml.model import (
    Activation,
    ArithmeticOptions,
    CumsumOptions,
    Model,
    Quantization,
    ReducerOptions,
    Tensor,
    TensorType,
)


def flags(index: int, shape: tuple[int, ...]) -> Tensor:
    return activation(index, shape, type=TensorType.BOOL)


def equal() -> Model:
    return one_operator("EQUAL", [activation(0, (2, 3)), activation(1, (3,)), flags(2, (2, 3))])


def logical_and() -> Model:
    return one_operator("LOGICAL_AND", [flags(0, (2, 3)), flags(1, (3,)), flags(2, (2, 3))])


def logical_not() -> Model:
    return one_operator("LOGICAL_NOT", [flags(0, (2, 3)), flags(1, (2, 3))])


def select_v2() -> Model:
    return one_operator(
        "SELECT_V2", [flags(0, (2, 1)), activation(1, (2, 3)), activation(2, (3,)), activation(3, (2, 3))]
    )


def select() -> Model:
    return one_operator("SELECT", [flags(0, (2, 3)), *(activation(n, (2, 3)) for n in (1, 2, 3))])


def div() -> Model:
    tensors = [activation(0, (2, 3)), constant(1, (3,)), activation(2, (2, 3))]
    return one_operator("DIV", tensors, ArithmeticOptions(Activation.NONE))


def l2_normalization() -> Model:
    tensors = [activation(0, (2, 3)), activation(1, (2, 3), scale=1 / 128)]
    return one_operator("L2_NORMALIZATION", tensors, ArithmeticOptions(Activation.NONE))


def log_softmax() -> Model:
    return one_operator("LOG_SOFTMAX", [activation(0, (2, 3)), activation(1, (2, 3), scale=1 / 16, zero_point=127)])


def float_log_softmax(shape: tuple[int, ...] = (2, 3)) -> Model:
    tensors = [activation(n, shape, type=TensorType.FLOAT32) for n in range(2)]
    return one_operator("LOG_SOFTMAX", tensors)


def cumsum() -> Model:
    return one_operator(
        "CUMSUM", [activation(0, (2, 3)), ints(1, -1), activation(2, (2, 3))], CumsumOptions(False, False)
    )


def reduce_all() -> Model:
    return one_operator("REDUCE_ALL", [flags(0, (2, 3)), ints(1, 0), flags(2, (3,))], ReducerOptions(False))


def add_n() -> Model:
    return one_operator("ADD_N", [*(activation(n, (2, 3)) for n in range(3)), activation(3, (2, 3))])


def floor_div() -> Model:
    tensors = [activation(n, (2, 3), type=TensorType.FLOAT32) for n in range(3)]
    tensors[1] = Tensor(1, "divisor", (3,), TensorType.FLOAT32, data=struct.pack("<3f", 1, -2, 0.5))
    return one_operator("FLOOR_DIV", tensors)


def maximum_of_int64() -> Model:
    return one_operator("MAXIMUM", [activation(n, (3,), type=TensorType.INT64) for n in range(3)])


_ONES = b"\x01" * 6
BROKEN_LOGIC = [
    (add_n, operator(inputs=(0,)), "It has 2 to 15 inputs", "1 inputs", ""),
    (add_n, operator(inputs=(0, 1, -1)), "No input is omitted.", "one is", ""),
    (add_n, tensor(1, shape=(1, 3)), "Inputs and output have the same shape.", "[1, 3] and [2, 3]", ""),
    (add_n, scales(1, 0.25), "All inputs have one scale and one zero point.", "2 different ones", ""),
    (add_n, zero_points(1, 3), "All inputs have one scale and one zero point.", "2 different ones", ""),
    (add_n, scales(3, 1e-9), "The input scale is less than 2**19 output scales.", "4999", ""),
    (
        add_n,
        lambda m: tensor(0, data=_ONES)(tensor(1, data=_ONES)(tensor(2, data=_ONES)(m))),
        "At least one input is computed.",
        "constants only",
        "fold",
    ),
    (
        floor_div,
        tensor(1, data=struct.pack("<3f", 1, -0.0, 2)),
        "A divisor that is a constant has no 0.",
        'a 0 in "divisor"',
        "",
    ),
    (maximum_of_int64, tensor(1, type=TensorType.INT32), "Inputs and output are int64.", "INT32 and INT64", ""),
    (equal, tensor(2, type=TensorType.INT8), "output is bool", "INT8", ""),
    (equal, tensor(1, type=TensorType.BOOL), "one type", "BOOL and INT8", ""),
    (equal, tensor(0, quantization=None), "Inputs have one scale", "no scale", ""),
    (equal, scales(0, 1.5), "below 1", "1.5", ""),
    (logical_and, tensor(1, type=TensorType.INT8), "Both inputs", "BOOL and INT8", ""),
    (logical_not, tensor(1, type=TensorType.INT8), "Input and output are bool.", "BOOL and INT8", ""),
    (select_v2, tensor(0, type=TensorType.INT8), "condition is bool", "INT8", ""),
    (select_v2, tensor(2, type=TensorType.FLOAT32), "one type of whole bytes", "FLOAT32 and INT8", ""),
    (select_v2, tensor(2, shape=(4,)), "broadcasting", "[4]", ""),
    (select, tensor(0, shape=(1, 3)), "or the condition one element", "[1, 3] and [2, 3]", ""),
    (div, scales(2, 1e-9), "less than 2**23", "2**", ""),
    (l2_normalization, tensor(1, quantization=Quantization((0.5,), (0,))), "1/128", "0.5", ""),
    (l2_normalization, options(activation=Activation.RELU), "There is no fused activation.", "RELU", ""),
    (
        l2_normalization,
        lambda m: tensor(0, shape=(33026,))(tensor(1, shape=(33026,))(m)),
        "33,025 elements",
        "[33026]",
        "",
    ),
    (log_softmax, tensor(1, quantization=Quantization((0.5,), (0,))), "1/16", "0.5", ""),
    (log_softmax, scales(0, 1e-9), "above 2**-26", "1e-09", ""),
    (
        float_log_softmax,
        lambda m: tensor(0, shape=())(tensor(1, shape=())(m)),
        "at least one dimension.",
        "a scalar",
        "",
    ),
    (cumsum, tensor(1, data=ints(1, 2).data), "There is one axis, a dimension of the input.", "[2] of 2", ""),
    (cumsum, scales(2, 1e-9), "less than 2**19", "2**", ""),
    (reduce_all, tensor(2, shape=(2,)), "axes are dimensions", "(2,)", ""),
    (reduce_all, operator(options=None), "options are in the file", "no options", ""),
]
"""(model, change, words of the rule, of what was found, of the next step)."""
