"""Files of float32 made by what makes files of int8: each tensor holds the real values of the one it stands for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

TESTS = Path(__file__).resolve().parent.parent
sys.path.append(str(TESTS))

from model_builder import Builder  # noqa: E402

from platformio_tinyml.model import Quantization, TensorType  # noqa: E402


class FloatBuilder(Builder):
    """Where int8 is quantized anew the sign changes, so that there is something to do."""

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
        if quantization is None:
            return super().tensor(name, shape, type, data=data, **others)
        if data is not None:
            data = _real(data, quantization)
        return super().tensor(name, shape, TensorType.FLOAT32, data=data, **others)

    def operator(self, opcode: str | int, *others: Any, **more: Any) -> int:
        """As of Builder."""
        return super().operator("NEG" if opcode == "QUANTIZE" else opcode, *others, **more)


def _real(data: np.ndarray, quantization: Quantization) -> np.ndarray:
    shape = [1] * data.ndim
    if len(quantization.scale) > 1:
        shape[quantization.quantized_dimension] = len(quantization.scale)
    scales, zeros = (
        np.reshape(each, shape) if data.ndim else each[0] for each in (quantization.scale, quantization.zero_point)
    )
    return ((data.astype(np.int64) - zeros) * scales).astype(np.float32)
