"""Which kernel lowering chooses: a table of shapes. A choice that moves costs speed, not correctness."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from network import Network, WideNetwork
from network_values import NONE, VALID, Value

from platformio_tinyml.operators import lower_model
from platformio_tinyml.tflite import read_model

Layer = Callable[[Network, Value], Value]


def conv(depth: int, *options: object, **more: object) -> Layer:
    return lambda network, x: network.conv(x, depth, *options, **more)  # type: ignore[arg-type]


def depthwise(*options: object, **more: object) -> Layer:
    return lambda network, x: network.depthwise(x, *options, **more)  # type: ignore[arg-type]


def dense(units: int) -> Layer:
    return lambda network, x: network.dense(x, units)


CHOICES: tuple[tuple[str, tuple[int, ...], Layer, str], ...] = (
    ("1x1", (1, 6, 6, 8), conv(8, 1), "conv_2d_s8"),
    ("odd channels", (1, 6, 6, 5), conv(7, 3), "conv_2d_s8"),
    ("a first layer", (1, 8, 8, 3), conv(8, 3, 2), "conv_2d_s8"),
    ("1-D", (1, 1, 16, 3), conv(4, (1, 5)), "conv_2d_s8"),
    ("grouped", (1, 6, 6, 8), conv(8, 3, groups=2), "conv_2d_s8"),
    ("dilated", (1, 8, 8, 4), conv(4, 3, dilation=2), "conv_2d_s8"),
    ("one output", (1, 6, 6, 8), conv(1, 1), "conv_2d_few_s8"),
    ("three outputs of 1x1", (2, 6, 6, 5), conv(3, 1), "conv_2d_few_s8"),
    ("four outputs of 1x1", (1, 6, 6, 8), conv(4, 1), "conv_2d_s8"),
    ("one output of 1x1, two apart", (1, 6, 6, 8), conv(1, 1, 2), "conv_2d_s8"),
    ("two groups of 1x1", (1, 6, 6, 8), conv(2, 1, groups=2), "conv_2d_s8"),
    ("one output of 3x3", (1, 6, 6, 8), conv(1, 3), "conv_2d_s8"),
    ("a whole input", (1, 4, 4, 4), conv(6, 4, padding=VALID), "conv_2d_s8"),
    ("depthwise", (1, 6, 6, 8), depthwise(3), "depthwise_conv_2d_s8"),
    ("depthwise of five", (1, 6, 6, 5), depthwise(3), "depthwise_conv_2d_s8"),
    ("depthwise of four", (1, 6, 6, 4), depthwise(5), "depthwise_conv_2d_s8"),
    ("depthwise of three", (1, 6, 6, 3), depthwise(3), "depthwise_few_s8"),
    ("depthwise of two", (1, 6, 6, 2), depthwise(3, 2), "depthwise_few_s8"),
    ("depthwise of one", (1, 6, 6, 1), depthwise(3), "conv_2d_s8"),
    ("one channel, eight copies", (1, 6, 6, 1), depthwise(3, multiplier=8), "conv_2d_s8"),
    ("three channels, two copies", (1, 6, 6, 3), depthwise(3, multiplier=2), "conv_2d_s8"),
    ("four channels, two copies", (1, 6, 6, 4), depthwise(3, multiplier=2), "depthwise_multiplied_s8"),
    ("dense", (1, 37), dense(19), "fully_connected_s8"),
    ("dense to one", (1, 64), dense(1), "fully_connected_s8"),
    ("dense, batches", (4, 12), dense(8), "fully_connected_s8"),
    ("few exponentials", (1, 10), lambda network, x: network.softmax(x), "softmax_s8"),
    ("many exponentials", (20, 20), lambda network, x: network.softmax(x), "softmax_table_s8"),
    ("many rows", (1, 8, 8), lambda network, x: network.matmul(x, network.input(1, 8, 8)), "batch_matmul_panels_s8"),
    ("one row", (1, 1, 8), lambda network, x: network.matmul(x, network.input(1, 8, 8)), "batch_matmul_s8"),
    ("deconvolution", (1, 4, 4, 8), lambda network, x: network.transpose_conv(x, 4), "transpose_conv_s8"),
    ("logistic", (1, 6, 6, 4), lambda network, x: network.unary("LOGISTIC", x), "table_s8"),
    ("relu", (1, 6, 6, 4), lambda network, x: network.unary("RELU", x), "table_s8"),
    ("average", (1, 6, 6, 4), lambda network, x: network.pool(x, "AVERAGE_POOL_2D", 2), "average_pool_2d_s8"),
    ("largest", (1, 6, 6, 4), lambda network, x: network.pool(x, "MAX_POOL_2D", 2), "max_pool_2d_s8"),
)
WIDE: tuple[tuple[str, tuple[int, ...], Layer, str], ...] = (
    ("1x1", (1, 6, 6, 8), conv(8, 1), "fully_connected_s16"),
    ("1x1, two apart", (1, 6, 6, 8), conv(8, 1, 2), "conv_2d_s16"),
    ("general", (1, 6, 6, 5), conv(7, 3), "conv_2d_s16"),
    ("depthwise", (1, 6, 6, 8), depthwise(3), "depthwise_conv_2d_s16"),
    ("depthwise of three", (1, 6, 6, 3), depthwise(3), "depthwise_conv_2d_s16"),
    ("dense", (1, 37), dense(19), "fully_connected_s16"),
)


def chosen(network: Network, shape: tuple[int, ...], layer: Layer) -> list[str]:
    """Functions of the calls of a network of one layer."""
    model = network.build(layer(network, network.input(*shape, zero_point=-3 if type(network) is Network else 0)))
    return [call.function.removeprefix("tinyml_") for call in lower_model(read_model(model, "one")).calls]


@pytest.mark.parametrize(("shape", "layer", "kernel"), [pytest.param(*row, id=name) for name, *row in CHOICES])
def test_of_int8(shape: tuple[int, ...], layer: Layer, kernel: str) -> None:
    assert chosen(Network(7), shape, layer) == [kernel]


@pytest.mark.parametrize(("shape", "layer", "kernel"), [pytest.param(*row, id=name) for name, *row in WIDE])
def test_of_int16(shape: tuple[int, ...], layer: Layer, kernel: str) -> None:
    assert chosen(WideNetwork(7), shape, layer) == [kernel]


def test_small_dense_layers_are_convolutions_where_there_is_one() -> None:
    network = Network(7)
    x = network.conv(network.input(1, 2, 2, 4), 4, 1)
    model = network.build(network.dense(network.reshape(x, 1, 16), 3, NONE))
    assert {call.function for call in lower_model(read_model(model, "one")).calls} == {"tinyml_conv_2d_s8"}
