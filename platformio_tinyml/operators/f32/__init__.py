"""Operators on float32: one entry of the table for each, beside those of other types."""

from __future__ import annotations

from ..lowering import Support
from . import (
    batch_matmul,
    binary,
    cumsum,
    filters,
    pools,
    reductions,
    resize_bilinear,
    rows,
    softmax,
    svdf,
    transpose_conv,
    unary,
    unidirectional_sequence_lstm,
)

SUPPORTS: tuple[Support, ...] = (
    *binary.SUPPORTS,
    *filters.SUPPORTS,
    *pools.SUPPORTS,
    *reductions.SUPPORTS,
    *rows.SUPPORTS,
    *unary.SUPPORTS,
    batch_matmul.SUPPORT,
    cumsum.SUPPORT,
    resize_bilinear.SUPPORT,
    softmax.SUPPORT,
    svdf.SUPPORT,
    transpose_conv.SUPPORT,
    unidirectional_sequence_lstm.SUPPORT,
)
