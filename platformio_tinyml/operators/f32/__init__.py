"""Operators on float32: one entry of the table for each, beside those of other types."""

from __future__ import annotations

from ..lowering import Support
from . import binary, filters, pools, reductions, softmax, svdf, unary

SUPPORTS: tuple[Support, ...] = (
    *binary.SUPPORTS,
    *filters.SUPPORTS,
    *pools.SUPPORTS,
    *reductions.SUPPORTS,
    *unary.SUPPORTS,
    softmax.SUPPORT,
    svdf.SUPPORT,
)
