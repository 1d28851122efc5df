"""LOG."""

from __future__ import annotations

import math

from ..program.fixed_point import INT8_RANGE
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: LogLUTPrepare of TensorFlow Lite, elementwise.cc."""
    least = (INT8_RANGE[0] - zero_point_of(instance.output)) * scale_of(instance.output)
    return unary.of_reals(instance, lambda x: math.log(x) if x > 0 else least)


SUPPORT = unary.support("LOG", "A table; what is not above 0 gives -128.", function)
