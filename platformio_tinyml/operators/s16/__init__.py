"""Operators on int16 activations, with weights of int8: entries beside those of int8, as far as TFLM has them."""

from ..lowering import Support
from . import binary, filters, pools, softmax

SUPPORTS: tuple[Support, ...] = (
    *binary.SUPPORTS,
    *filters.SUPPORTS,
    *pools.SUPPORTS,
    softmax.SUPPORT,
)
