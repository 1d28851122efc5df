"""Which operators the compiled runtime runs: the one place to add the next."""

from __future__ import annotations

from . import (
    add,
    average_pool_2d,
    conv_2d,
    depthwise_conv_2d,
    dequantize,
    expand_dims,
    fully_connected,
    max_pool_2d,
    quantize,
    reshape,
    softmax,
    squeeze,
)
from .lowering import Support

OPERATORS: dict[str, Support] = {
    module.SUPPORT.opcode: module.SUPPORT
    for module in (
        add,
        average_pool_2d,
        conv_2d,
        depthwise_conv_2d,
        dequantize,
        expand_dims,
        fully_connected,
        max_pool_2d,
        quantize,
        reshape,
        softmax,
        squeeze,
    )
}
"""By name in schema.fbs."""
