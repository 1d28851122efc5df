"""What TFLM's recording allocator counts: head, and the tail by kind, of a model on x86-64 with reference kernels."""

from __future__ import annotations

import os
import re
import tempfile

import pytest

_LINE = re.compile(r"'([^']+)' used (\d+) bytes")
_KINDS = {
    "TfLiteEvalTensor data": "tensors",
    "Persistent TfLiteTensor data": "inputs and outputs",
    "Persistent TfLiteTensor quantization data": "quantization",
    "Persistent buffer data": "operator data",
    "TfLiteTensor variable buffer data": "variables",
    "NodeAndRegistration struct": "nodes",
}
"""The recorder's names by ours (StaticPlan.parts)."""


def recorded(data: bytes, arena_size: int = 1 << 22) -> dict[str, int]:
    """Bytes by StaticPlan's names of parts, and `head`."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=arena_size)
    text = _captured(interpreter.print_allocations)
    head = re.search(r"allocation head (\d+) bytes", text)
    assert head, text
    return {"head": int(head.group(1))} | {_KINDS[name]: int(size) for name, size in _LINE.findall(text)}


def _captured(call: object) -> str:
    """What C++ writes to the error stream meanwhile."""
    assert callable(call)
    saved = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            call()
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        file.seek(0)
        return file.read().decode()
