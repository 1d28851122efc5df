"""Operators on int16 activations, with weights of int8: entries beside those of int8, as far as TFLM has them,
and what converters write beside."""

from .. import dequantize
from ..lowering import Support
from . import (
    batch_matmul,
    binary,
    filters,
    pools,
    reductions,
    rsqrt,
    softmax,
    tables,
    transpose_conv,
    unary,
    unidirectional_sequence_lstm,
)
from .common import INT16

SUPPORTS: tuple[Support, ...] = (
    *binary.SUPPORTS,
    *filters.SUPPORTS,
    *pools.SUPPORTS,
    *reductions.SUPPORTS,
    *tables.SUPPORTS,
    *unary.SUPPORTS,
    batch_matmul.SUPPORT,
    dequantize.support(INT16),
    rsqrt.SUPPORT,
    softmax.SUPPORT,
    transpose_conv.SUPPORT,
    unidirectional_sequence_lstm.SUPPORT,
)
