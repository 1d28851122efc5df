"""Which operators the compiled runtime runs: the one place to add the next."""

from __future__ import annotations

from . import (
    abs,
    add,
    assign_variable,
    average_pool_2d,
    call_once,
    concatenation,
    conv_2d,
    depthwise_conv_2d,
    dequantize,
    elu,
    expand_dims,
    f32,
    fully_connected,
    hard_swish,
    leaky_relu,
    logistic,
    max_pool_2d,
    maximum,
    mean,
    minimum,
    mul,
    pack,
    pad,
    padv2,
    quantize,
    read_variable,
    reduce_max,
    reduce_min,
    relu,
    relu6,
    reshape,
    slice,
    softmax,
    split,
    split_v,
    squeeze,
    strided_slice,
    sub,
    sum,
    svdf,
    tanh,
    transpose,
    unidirectional_sequence_lstm,
    unpack,
    var_handle,
)
from .lowering import Support
from .rules import Instance

_SUPPORTS = (
    *f32.SUPPORTS,
    abs.SUPPORT,
    add.SUPPORT,
    assign_variable.SUPPORT,
    average_pool_2d.SUPPORT,
    call_once.SUPPORT,
    concatenation.SUPPORT,
    conv_2d.SUPPORT,
    depthwise_conv_2d.SUPPORT,
    dequantize.SUPPORT,
    elu.SUPPORT,
    expand_dims.SUPPORT,
    fully_connected.SUPPORT,
    hard_swish.SUPPORT,
    leaky_relu.SUPPORT,
    logistic.SUPPORT,
    max_pool_2d.SUPPORT,
    maximum.SUPPORT,
    mean.SUPPORT,
    minimum.SUPPORT,
    mul.SUPPORT,
    pack.SUPPORT,
    pad.SUPPORT,
    padv2.SUPPORT,
    quantize.SUPPORT,
    read_variable.SUPPORT,
    reduce_max.SUPPORT,
    reduce_min.SUPPORT,
    relu.SUPPORT,
    relu6.SUPPORT,
    reshape.SUPPORT,
    slice.SUPPORT,
    softmax.SUPPORT,
    split.SUPPORT,
    split_v.SUPPORT,
    squeeze.SUPPORT,
    strided_slice.SUPPORT,
    sub.SUPPORT,
    sum.SUPPORT,
    svdf.SUPPORT,
    tanh.SUPPORT,
    transpose.SUPPORT,
    unidirectional_sequence_lstm.SUPPORT,
    unpack.SUPPORT,
    var_handle.SUPPORT,
)

OPERATORS: dict[str, tuple[Support, ...]] = {
    opcode: tuple(support for support in _SUPPORTS if support.opcode == opcode)
    for opcode in sorted({support.opcode for support in _SUPPORTS})
}
"""By name in schema.fbs: one entry for each kind of activations that has rules and kernels of its own."""


def support_of(instance: Instance) -> Support | None:
    """The entry that serves an operator by its type; where there is but one, that one: its rules say what is wrong."""
    entries = OPERATORS.get(instance.operator.opcode, ())
    if len(entries) == 1:
        return entries[0]
    return next((entry for entry in entries if not entry.types or instance.activation_type in entry.types), None)
