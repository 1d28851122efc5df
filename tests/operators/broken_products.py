"""Rules of operators that multiply, interpolate or seek the best: see test_rules.py."""

from __future__ import annotations

from changes import constant_of, ints, operator, options, scales, tensor
from small_models import activation, constant, one_operator

from platformio_tinyml.model import (
    Activation,
    BatchMatMulOptions,
    Model,
    Padding,
    Quantization,
    ResizeOptions,
    TensorType,
    TransposeConvOptions,
)


def transpose_conv() -> Model:
    tensors = [ints(0, 1, 4, 4, 2), constant(1, (2, 3, 3, 3)), activation(2, (1, 2, 2, 3)), activation(3, (1, 4, 4, 2))]
    return one_operator("TRANSPOSE_CONV", tensors, TransposeConvOptions(Padding.SAME, 2, 2, Activation.NONE))


def resize_bilinear() -> Model:
    tensors = [activation(0, (1, 2, 3, 4)), ints(1, 4, 5), activation(2, (1, 4, 5, 4))]
    return one_operator("RESIZE_BILINEAR", tensors, ResizeOptions(False, False))


def too_fine() -> Model:
    tensors = [activation(0, (1, 3, 1, 1)), ints(1, 2000, 1), activation(2, (1, 2000, 1, 1))]
    return one_operator("RESIZE_BILINEAR", tensors, ResizeOptions(False, False))


def batch_matmul() -> Model:
    tensors = [activation(0, (2, 3, 4)), activation(1, (4, 5)), activation(2, (2, 3, 5))]
    return one_operator("BATCH_MATMUL", tensors, BatchMatMulOptions(False, False))


def six_dimensions() -> Model:
    tensors = [activation(0, (2, 1, 1, 1, 3, 4)), activation(1, (4, 5)), activation(2, (2, 1, 1, 1, 3, 5))]
    return one_operator("BATCH_MATMUL", tensors, BatchMatMulOptions(False, False))


def arg_max() -> Model:
    tensors = [activation(0, (2, 3)), ints(1, 1), activation(2, (2,), type=TensorType.INT32)]
    return one_operator("ARG_MAX", tensors)


def prelu() -> Model:
    return one_operator("PRELU", [activation(0, (2, 3)), constant(1, (3,)), activation(2, (2, 3))])


def squared_difference() -> Model:
    return one_operator("SQUARED_DIFFERENCE", [activation(0, (2, 3)), activation(1, (3,)), activation(2, (2, 3))])


BROKEN_PRODUCTS = [
    (transpose_conv, operator(inputs=(0, 1)), "3 to 4 inputs", "2 inputs", ""),
    (transpose_conv, tensor(1, data=None), "filter is an int8 constant", "computed", ""),
    (transpose_conv, tensor(0, type=TensorType.FLOAT32), "Input 0 (output shape)", "FLOAT32", ""),
    (
        transpose_conv,
        tensor(0, data=ints(0, 1, 4, 5, 2).data),
        "The first input is the output's shape",
        "[1, 4, 5, 2]",
        "",
    ),
    (transpose_conv, constant_of(1, shape=(2, 3, 3, 4)), "N is the output's depth, D the input's", "[2, 3, 3, 4]", ""),
    (transpose_conv, options(stride_h=0), "no smaller", "stride 0", ""),
    (resize_bilinear, options(align_corners=True, half_pixel_centers=True), "not both set", "both", ""),
    (resize_bilinear, lambda _: too_fine(), "beyond the input", "row or column 3 of 3", ""),
    (batch_matmul, tensor(1, shape=(3, 5)), "matrices that multiply", "[3, 5]", ""),
    (batch_matmul, lambda _: six_dimensions(), "at most five dimensions", "6", ""),
    (batch_matmul, scales(2, 1e-9), "sum of products, and its multiple", "4 products", ""),
    (arg_max, tensor(1, data=None), "Input 1 (axis)", "computed", ""),
    (arg_max, tensor(2, type=TensorType.FLOAT32), "output is int32", "FLOAT32", ""),
    (arg_max, tensor(2, shape=(3,)), "There is one axis", "[3]", ""),
    (prelu, tensor(2, quantization=Quantization((1e-30,), (0,))), "less than 2**22", "2**", ""),
    (squared_difference, tensor(2, quantization=Quantization((1e-30,), (0,))), "less than 2**44 output", "2**", ""),
]
"""(model, change, words of the rule, of what was found, of the next step)."""
