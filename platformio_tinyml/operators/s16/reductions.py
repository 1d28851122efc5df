"""Reductions on int16."""

from __future__ import annotations

from .. import mean, reduction
from .common import INT16

SUPPORTS = (
    reduction.support("MEAN", "Along constant axes.", reduction.ADDING, mean.factor, INT16),
    reduction.support(
        "SUM", "Along constant axes.", reduction.ADDING, lambda instance, _: reduction.ratio(instance), INT16
    ),
    reduction.support("REDUCE_MAX", "Along constant axes.", reduction.LARGEST, elements=INT16),
    reduction.support("REDUCE_MIN", "Along constant axes.", reduction.SMALLEST, elements=INT16),
)
