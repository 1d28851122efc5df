"""Files of int16 activations made by what makes files of int8: each tensor of it that is computed is of 16 bits."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

TESTS = Path(__file__).resolve().parent.parent
sys.path.append(str(TESTS))

from model_builder import Builder  # noqa: E402

from platformio_tinyml.model import Quantization, TensorType  # noqa: E402

FINER = 256
"""The scale of int8 over that of int16."""


class Int16Builder(Builder):
    """Filters stay of int8, biases become int64. What TensorFlow Lite Micro does not have of int16 is a mean."""

    def tensor(
        self,
        name: str,
        shape: Any,
        type: TensorType | int = TensorType.INT8,
        *,
        quantization: Quantization | None = None,
        data: Any = None,
        **others: Any,
    ) -> int:
        """As of Builder; integers without scales stay what they are."""
        if quantization is None or name == "filter":
            return super().tensor(name, shape, type, quantization=quantization, data=data, **others)
        finer = replace(
            quantization,
            scale=tuple(float(np.float32(scale / FINER)) for scale in quantization.scale),
            zero_point=(0,) * len(quantization.zero_point),
        )
        if name == "bias":
            data, type = (np.asarray(data, np.int64) * FINER), TensorType.INT64
        else:
            data, type = (None if data is None else (np.asarray(data, np.int16) * FINER)), TensorType.INT16
        return super().tensor(name, shape, type, quantization=finer, data=data, **others)

    def operator(self, opcode: str | int, *others: Any, **more: Any) -> int:
        """As of Builder."""
        return super().operator("MEAN" if opcode in ("REDUCE_MAX", "REDUCE_MIN") else opcode, *others, **more)
