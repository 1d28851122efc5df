"""Rules of operators on int16: see test_rules.py."""

from __future__ import annotations

from collections.abc import Callable

from changes import constant_of, ints, scales, tensor
from changes import options as with_options
from small_models import activation, constant, one_operator

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    BatchMatMulOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    LeakyReluOptions,
    Model,
    Padding,
    Pool2DOptions,
    Quantization,
    ReducerOptions,
    SoftmaxOptions,
    Tensor,
    TensorType,
    TransposeConvOptions,
)

INT16, INT32, INT64 = TensorType.INT16, TensorType.INT32, TensorType.INT64


def activation16(index: int, shape: tuple[int, ...], scale: float = 0.5) -> Tensor:
    return activation(index, shape, scale=scale, type=INT16)


def conv16() -> Model:
    bias = constant(2, (6,), type=INT64, byte=0)
    tensors = [activation16(0, (1, 5, 5, 4)), constant(1, (6, 3, 3, 4)), bias, activation16(3, (1, 5, 5, 6))]
    return one_operator("CONV_2D", tensors, Conv2DOptions(Padding.SAME, 1, 1, 1, 1, Activation.NONE))


def narrow_conv16() -> Model:
    return constant_of(2, type=INT32)(conv16())


def depthwise16() -> Model:
    bias = constant(2, (8,), type=INT64, byte=0)
    tensors = [activation16(0, (1, 5, 5, 4)), constant(1, (1, 3, 3, 8)), bias, activation16(3, (1, 5, 5, 8))]
    return one_operator(
        "DEPTHWISE_CONV_2D", tensors, DepthwiseConv2DOptions(Padding.SAME, 1, 1, 1, 1, 2, Activation.NONE)
    )


def tall_depthwise16() -> Model:
    """Of 600 taps."""
    weights = constant(1, (1, 600, 1, 4), byte=127)
    tensors = [activation16(0, (1, 1200, 1, 4)), weights, activation16(2, (1, 1200, 1, 4))]
    return one_operator(
        "DEPTHWISE_CONV_2D", tensors, DepthwiseConv2DOptions(Padding.SAME, 1, 1, 1, 1, 1, Activation.NONE)
    )


def dense16() -> Model:
    bias = constant(2, (3,), type=INT64, scales=(0.125,), byte=0)
    tensors = [activation16(0, (2, 4)), constant(1, (3, 4)), bias, activation16(3, (2, 3))]
    return one_operator("FULLY_CONNECTED", tensors, FullyConnectedOptions(Activation.NONE, 0, False))


def pool16() -> Model:
    options = Pool2DOptions(Padding.SAME, 2, 2, 2, 2, Activation.NONE)
    return one_operator("AVERAGE_POOL_2D", [activation16(0, (1, 4, 4, 3)), activation16(1, (1, 2, 2, 3))], options)


def softmax16() -> Model:
    return one_operator("SOFTMAX", [activation16(0, (2, 9)), activation16(1, (2, 9), 1 / 32768)], SoftmaxOptions(1.0))


def add16() -> Model:
    tensors = [activation16(0, (2, 3)), activation16(1, (3,)), activation16(2, (2, 3))]
    return one_operator("ADD", tensors, AddOptions(Activation.NONE, False))


def of_two(opcode: str) -> Callable[[], Model]:
    def build() -> Model:
        options = ArithmeticOptions(Activation.NONE) if opcode == "MUL" else None
        return one_operator(
            opcode, [activation16(0, (2, 3)), activation16(1, (3,)), activation16(2, (2, 3), 2.0)], options
        )

    build.__name__ = f"{opcode.lower()}16"
    return build


def prelu16() -> Model:
    return one_operator("PRELU", [activation16(0, (2, 3)), constant(1, (3,)), activation16(2, (2, 3))])


def sum16() -> Model:
    return one_operator("SUM", [activation16(0, (4, 3)), ints(1, 0), activation16(2, (3,))], ReducerOptions(False))


def leaky16() -> Model:
    return one_operator("LEAKY_RELU", [activation16(0, (5,)), activation16(1, (5,))], LeakyReluOptions(0.1))


def logistic16() -> Model:
    return one_operator("LOGISTIC", [activation16(0, (5,)), activation16(1, (5,), 1 / 32768)])


def transpose16() -> Model:
    bias = constant(3, (2,), type=INT64, byte=0)
    tensors = [
        ints(0, 1, 4, 4, 2),
        constant(1, (2, 3, 3, 3)),
        activation16(2, (1, 2, 2, 3)),
        bias,
        activation16(4, (1, 4, 4, 2)),
    ]
    return one_operator("TRANSPOSE_CONV", tensors, TransposeConvOptions(Padding.SAME, 2, 2, Activation.NONE))


def dequantize16() -> Model:
    return one_operator("DEQUANTIZE", [activation16(0, (5,)), activation(1, (5,), type=TensorType.FLOAT32)])


def quantize16() -> Model:
    return one_operator("QUANTIZE", [activation16(0, (5,)), activation(1, (5,))])


def of_one(opcode: str, source: float = 0.001) -> Callable[[], Model]:
    return lambda: one_operator(opcode, [activation16(0, (5,), source), activation16(1, (5,))])


def matmul16() -> Model:
    tensors = [activation16(0, (2, 3)), activation16(1, (3, 4)), activation16(2, (2, 4))]
    return one_operator("BATCH_MATMUL", tensors, BatchMatMulOptions(False, False))


EXP16, RSQRT16 = of_one("EXP"), of_one("RSQRT")
MUL16, SQUARED16 = of_two("MUL"), of_two("SQUARED_DIFFERENCE")

BROKEN_S16 = [
    (MUL16, scales(2, 0.125), "scale is below 1", "2**1 or more", ""),
    (MUL16, scales(2, 1e-320), "scale is below 1", "not finite", ""),
    (SQUARED16, scales(2, 2.0**-31), "square of twice", "2**31 or more", ""),
    (prelu16, scales(2, 2.0**-16), "output scale is below 16384", "2**15 or more", ""),
    (prelu16, scales(2, 2.0**-12), "alpha scale / output scale is below 64", "2**9 or more", ""),
    (prelu16, tensor(1, quantization=None), "Alpha is int8", "no scale", ""),
    (prelu16, constant_of(1, type=INT16), "Alpha is int8", "INT16", ""),
    (sum16, scales(2, 2.0**-16), "fit 32 bits", "4 values", ""),
    (leaky16, with_options(alpha=-1.0), "factors from 0 to 2**14", "no multiplier", ""),
    (leaky16, scales(1, 2.0**-20), "factors from 0 to 2**14", "2**19 or more", ""),
    (logistic16, scales(1, 1 / 256), "1/32768, to within 0.06%", "0.00390625", ""),
    (logistic16, scales(0, 3.0), "at most 2.66", "3.0", ""),
    (matmul16, scales(2, 2.0**-12), "input2 scale / output scale is below 2**7", "2**10 or more", ""),
    (matmul16, scales(2, 1e-320), "input2 scale / output scale is below 2**7", "not finite", ""),
    (
        matmul16,
        lambda m: tensor(0, shape=(2, 1 << 17))(tensor(1, shape=(1 << 17, 4))(m)),
        "products fits 48 bits",
        "131072 products",
        "",
    ),
    (EXP16, scales(0, 0.1), "Scales give values that are finite", "infinity", ""),
    (RSQRT16, scales(1, 2.0**-50), "is below 2**50", "2**54 or more", ""),
    (RSQRT16, scales(1, 1e-320), "is below 2**50", "not finite", ""),
    (transpose16, constant_of(3, type=INT32), "constant of int64 or int16", "INT32", ""),
    (dequantize16, tensor(1, type=INT16), "output is float", "INT16 to INT16", ""),
    (quantize16, tensor(1, type=TensorType.UINT8), "from int16 to int8, int16 or int32", "INT16 to UINT8", ""),
    (quantize16, tensor(0, quantization=Quantization((0.5,), (40000,))), "type's range", "zero point 40000", ""),
    (quantize16, scales(1, 2.0**-32), "below 2**30", "2**31 or more", ""),
    (quantize16, tensor(0, data=bytes(10)), "scale is below 2**30 output scales", "times that", "fold the operator"),
    (conv16, tensor(3, type=TensorType.INT8), "Input and output are int16", "INT16 and INT8", ""),
    (conv16, tensor(0, quantization=Quantization((0.5,), (3,))), "the zero point 0", "zero point 3", ""),
    (conv16, tensor(0, quantization=None), "Tensors of int16 have one scale", "0 scales", ""),
    (conv16, constant_of(2, type=INT16), "constant of int64 or int32", "INT16", ""),
    (conv16, tensor(2, data=None), "constant of int64 or int32", "computed", ""),
    (conv16, scales(3, 2.0**-12), "below 2**7", "2**9 or more", ""),
    (narrow_conv16, scales(3, 2.0**-40), "2**30 with a bias of int32", "2**37 or more", ""),
    (conv16, constant_of(2, type=INT64), "48 bits, 32 where", "up to 7234", ""),
    (narrow_conv16, tensor(2, data=b"\xff\xff\xff\x7f" * 6), "48 bits, 32 where", "up to 2148", "int64 biases"),
    (depthwise16, constant_of(2, type=INT32), "constant of int64.", "INT32", ""),
    (tall_depthwise16, lambda m: m, "products of a channel can leave 32 bits", "up to 2496921600", ""),
    (dense16, constant_of(1, type=INT16), "The filter is an int8 constant", "INT16", ""),
    (pool16, with_options(filter_h=256, filter_w=256), "at most 65,535 elements", "256 x 256", ""),
    (softmax16, lambda m: tensor(0, shape=(65536,))(tensor(1, shape=(65536,))(m)), "65,535 elements", "65536", ""),
    (softmax16, scales(1, 1 / 256), "1/32768", "0.00390625", ""),
    (softmax16, scales(0, 3.0), "from 0 to 2.5", "1.0 * 3.0", ""),
    (softmax16, with_options(beta=float("nan")), "from 0 to 2.5", "nan", ""),
    (add16, tensor(1, type=INT32), "Inputs and output are int16", "INT16 and INT32", ""),
    (add16, scales(2, 2.0**-15), "less than 2**14 output scales", "16384", ""),
    (add16, scales(2, 2.0**-149), "less than 2**14 output scales", "3.5", ""),
]
