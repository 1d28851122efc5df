"""The kernels in one planned arena compute what they compute with each tensor in memory of its own."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy
import pytest
from program_runner import constant_buffers, run_call, run_program

from platformio_tinyml.arena import plan_arena
from platformio_tinyml.operators import lower_model
from platformio_tinyml.program import ArenaPlan, Program
from platformio_tinyml.tflite import read_model_file

NAMES = (
    "kws_ref_model",
    "vww_96_int8",
    "pretrainedResnet_quant",
    "ad01_int8",
    "hello_world_int8",
    "micro_speech_quantized",
)
GUARD = bytes(range(64))


def run_in_arena(
    program: Program, plan: ArenaPlan, inputs: list[numpy.ndarray], arena: ctypes.Array
) -> dict[int, bytes]:
    """Each computed tensor right after its call, and the model's inputs and outputs after the last."""

    def address(tensor: int) -> int:
        owner, offset = program.storage(tensor)
        return ctypes.addressof(arena) + plan.offset_of(owner) + offset

    for tensor, value in zip(program.model.inputs, inputs, strict=True):
        ctypes.memmove(address(tensor), value.tobytes(), value.nbytes)
    constants = constant_buffers(program)

    def read(tensors: tuple[int, ...]) -> dict[int, bytes]:
        return {tensor: ctypes.string_at(address(tensor), program.model.tensors[tensor].size) for tensor in tensors}

    found: dict[int, bytes] = {}
    for call in program.calls:
        run_call(call, constants, address)
        found.update(read(call.outputs))
    found.update(read(program.model.inputs + program.model.outputs))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_planned_arena_gives_the_same_bytes(name: str, shared_models: Path) -> None:
    path = shared_models / f"{name}.tflite"
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the shared models")
    program = lower_model(read_model_file(path, name))
    random = numpy.random.default_rng(1)
    inputs = [
        random.integers(-128, 128, program.model.tensors[tensor].size, dtype=numpy.int8)
        for tensor in program.model.inputs
    ]
    expected = run_program(program, inputs)
    for keep_input in (False, True):
        plan = plan_arena(program, keep_input=keep_input)
        arena = ctypes.create_string_buffer(b"\xa5" * plan.size + GUARD, plan.size + len(GUARD))
        for _ in range(2):
            found = run_in_arena(program, plan, inputs, arena)
            wrong = {tensor for tensor, value in found.items() if value != expected[tensor]}
            assert wrong <= (set() if keep_input else set(program.model.inputs))
        assert arena.raw[plan.size :] == GUARD
