"""Integers that a file holds."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ..model import Tensor, TensorType

FORMATS = {TensorType.INT32: "i", TensorType.INT64: "q"}
LONGEST = 64
"""Elements of what is looked at: shapes, and parts of them."""

Values = Sequence[int]


def values_of(tensor: Tensor) -> Values | None:
    """None where it is computed, or no small tensor of integers."""
    code = FORMATS.get(tensor.type)
    if tensor.data is None or code is None or tensor.elements > LONGEST or len(tensor.data) != tensor.size:
        return None
    return struct.unpack(f"<{tensor.elements}{code}", tensor.data)
