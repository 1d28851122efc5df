"""REDUCE_MIN."""

from __future__ import annotations

from . import reduction

SUPPORT = reduction.support("REDUCE_MIN", "Along constant axes.", reduction.SMALLEST)
