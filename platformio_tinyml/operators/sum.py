"""SUM."""

from __future__ import annotations

from . import reduction

SUPPORT = reduction.support(
    "SUM", "Along constant axes.", reduction.ADDING, lambda instance, _: reduction.ratio(instance)
)
