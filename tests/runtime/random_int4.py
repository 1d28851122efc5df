"""The random models of int8 (random_models.py) with filters of int4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import model_builder
import numpy as np
from random_models import MODELS
from random_uint8 import rebuilt

from platformio_tinyml.model import TensorType


class Int4Builder(model_builder.Builder):
    """Writes the upper half of each weight of a filter, two in a byte, the first one low."""

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        type: TensorType | int = TensorType.INT8,
        *,
        data: Any = None,
        **others: Any,
    ) -> int:
        if name == "filter":
            halves = np.append(data.reshape(-1) >> 4, [0] * (data.size % 2)).astype(np.uint8) & 15
            type, data = TensorType.INT4, halves[0::2] | halves[1::2] << 4
        return super().tensor(name, shape, type, data=data, **others)


INT4 = {
    f"{opcode} of int4": rebuilt(MODELS[opcode], lambda _: Int4Builder())
    for opcode in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
}
