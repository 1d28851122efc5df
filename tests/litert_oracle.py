"""What TensorFlow Lite's reference kernels compute: the `ai_edge_litert` package. The oracle of uint8."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest


def run_litert(data: bytes, inputs: Sequence[np.ndarray]) -> list[bytes] | None:
    """The outputs' bytes of one invoke; None where it refuses the model."""
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="ai_edge_litert is not installed")
    try:
        interpreter = litert.Interpreter(
            model_content=data, experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF
        )
        interpreter.allocate_tensors()
        for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
    except (RuntimeError, ValueError):
        return None
    return [interpreter.get_tensor(detail["index"]).tobytes() for detail in interpreter.get_output_details()]
