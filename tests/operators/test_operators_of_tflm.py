"""The list of what TFLM has (left_out.py) is what the package tflite_micro registers."""

from __future__ import annotations

import faulthandler
import os

import pytest
from model_builder import Builder, per_tensor
from tflite import BuiltinOperator

from platformio_tinyml.operators.left_out import TFLM

_CUSTOM = {"CIRCULAR_BUFFER", "DECODE", "DETECTION_POSTPROCESS", "ETHOS_U"}
_NO_OPERATORS = ("CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES")


def is_registered(runtime: object, opcode: str) -> bool:
    """Asked in a process of its own: some die of an operator without options."""
    builder = Builder()
    source, output = (builder.tensor(name, (1, 4), quantization=per_tensor(0.5)) for name in "xy")
    builder.operator(opcode, [source], [output])
    data = builder.build([source], [output])
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        faulthandler.disable()
        os.dup2(writing, 2)
        try:
            runtime.Interpreter.from_bytes(data, arena_size=1 << 16)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, errors="replace") as said:
        text = said.read()
    os.waitpid(child, 0)
    return "Didn't find op" not in text


def test_the_list_is_that_of_the_package() -> None:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")
    names = {name for name in vars(BuiltinOperator) if name.isupper()} - set(_NO_OPERATORS)
    assert len(names) > 150
    assert {name for name in names if is_registered(runtime, name)} == set(TFLM.split()) - _CUSTOM
