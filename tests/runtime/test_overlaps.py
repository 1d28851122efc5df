"""What an Overlap claims holds: outputs that share memory with their inputs at the very distance come out right."""

from __future__ import annotations

import ctypes
import shutil

import numpy as np
import pytest
from program_runner import CORES, constant_buffers, run_call, run_program
from random_gathers import LOOK_UPS
from random_int4 import INT4
from random_logic import LOGIC
from random_models import MODELS, MOVES, REDUCTIONS, STATEFUL
from random_products import PRODUCTS
from random_uint8 import UINT8, inside
from recorder import record
from tflm_oracle import random_inputs

from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.program import Overlap, Program
from platformio_tinyml.tflite import read_model

NO_CLAIM = MOVES | REDUCTIONS | LOOK_UPS | STATEFUL | PRODUCTS | LOGIC
NO_CLAIM_OF_INT16 = ("BATCH_MATMUL of int16", "MEAN of int16", "SUM of int16", "TRANSPOSE_CONV of int16")
OPCODES = [opcode for opcode in MODELS if opcode not in ("RESHAPE", "TRANSPOSE_CONV", *NO_CLAIM_OF_INT16, *NO_CLAIM)]
OPCODES += [f"{opcode} of uint8" for opcode in ("AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")]
OPCODES += INT4
"""Those that claim something."""
SEEDS = 60


def programs(opcode: str, count: int) -> list[tuple[Program, int]]:
    """(program of one call, seed)."""
    found = []
    for seed in range(count):
        model = inside(read_model((MODELS | UINT8 | INT4)[opcode](np.random.default_rng(seed)), "random"))
        if not check_model(model):
            found.append((lower_model(model), seed))
    return found


def run_overlapping(
    program: Program, overlap: Overlap, inputs: list[np.ndarray], distance: int, core: str = "plain"
) -> bytes:
    """The output where the input lies `distance` bytes after it; inputs of other indices have memory of their own."""
    tensors = program.model.tensors
    source_size, output_size = tensors[overlap.input].size, tensors[overlap.output].size
    low = max(0, -distance)
    arena = ctypes.create_string_buffer(low + max(output_size, distance + source_size))
    base = ctypes.addressof(arena)
    places = {overlap.output: base + low, overlap.input: base + low + distance}
    others = []
    for index, value in zip(program.model.inputs, inputs, strict=True):
        data = value.tobytes()
        if index == overlap.input:
            ctypes.memmove(places[index], data, len(data))
        else:
            others.append(ctypes.create_string_buffer(data, len(data)))
            places[index] = ctypes.addressof(others[-1])
    run_call(program.calls[overlap.call], constant_buffers(program), places.__getitem__, core)
    return ctypes.string_at(places[overlap.output], output_size)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("opcode", OPCODES)
def test_the_distance_is_enough_and_no_larger_than_needed(opcode: str, core: str) -> None:
    tried = broken = 0
    for program, seed in programs(opcode, SEEDS):
        rng = np.random.default_rng(seed)
        for overlap in program.overlaps:
            inputs = random_inputs(program.model, rng)
            expected = run_program(program, inputs)[overlap.output]
            for distance in (overlap.min_distance, overlap.min_distance + 1, overlap.min_distance + 7):
                assert run_overlapping(program, overlap, inputs, distance, core) == expected, f"seed {seed}, {distance}"
            tried += 1
            broken += run_overlapping(program, overlap, inputs, overlap.min_distance - 1, core) != expected
    assert tried > SEEDS / 4
    assert broken > 0, "one byte less makes no difference: the test would not notice a wrong claim"


@pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="arm-none-eabi-gcc is not installed")
@pytest.mark.parametrize("opcode", OPCODES)
def test_the_recorded_order_of_loads_and_stores_allows_it(opcode: str) -> None:
    exact = 0
    for program, seed in programs(opcode, SEEDS // 3):
        inputs = random_inputs(program.model, np.random.default_rng(seed))
        tensors = {index: value.tobytes() for index, value in zip(program.model.inputs, inputs, strict=True)}
        recording = record(program, 0, tensors)
        assert recording.output == run_program(program, inputs)[program.calls[0].outputs[0]], f"seed {seed}"
        for overlap in program.overlaps:
            needed = recording.min_distance(overlap.input, overlap.output)
            if needed is not None:
                assert needed == overlap.min_distance, f"seed {seed}"
                exact += 1
    assert exact > 0
