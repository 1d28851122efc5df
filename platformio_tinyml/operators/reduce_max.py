"""REDUCE_MAX."""

from __future__ import annotations

from . import reduction

SUPPORT = reduction.support("REDUCE_MAX", "Along constant axes.", reduction.LARGEST)
