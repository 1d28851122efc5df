"""Operators on int16 activations, with weights of int8: entries beside those of int8, as far as TFLM has them."""

from .. import dequantize
from ..lowering import Support
from . import binary, filters, pools, reductions, softmax, transpose_conv, unary
from .common import INT16

SUPPORTS: tuple[Support, ...] = (
    *binary.SUPPORTS,
    *filters.SUPPORTS,
    *pools.SUPPORTS,
    *reductions.SUPPORTS,
    *unary.SUPPORTS,
    dequantize.support(INT16),
    softmax.SUPPORT,
    transpose_conv.SUPPORT,
)
