"""Operators on float32: one entry of the table for each, beside those of other types."""

from __future__ import annotations

from ..lowering import Support
<<<<<<< HEAD
from . import (
    batch_matmul,
    binary,
    filters,
    pools,
    reductions,
    resize_bilinear,
    softmax,
    transpose_conv,
    unary,
)
=======
from . import binary, filters, pools, reductions, softmax, svdf, unary
>>>>>>> main

SUPPORTS: tuple[Support, ...] = (
    *binary.SUPPORTS,
    *filters.SUPPORTS,
    *pools.SUPPORTS,
    *reductions.SUPPORTS,
    *unary.SUPPORTS,
    batch_matmul.SUPPORT,
    resize_bilinear.SUPPORT,
    softmax.SUPPORT,
<<<<<<< HEAD
    transpose_conv.SUPPORT,
=======
    svdf.SUPPORT,
>>>>>>> main
)
