"""The generated C gives TensorFlow Lite Micro's bytes on an AVR, whose int has 16 bits and whose flash is apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from model_builder import Builder, per_tensor
from random_signals import of_int64
from target_firmware import Case, case_of, random_cases, run_on_avr

from platformio_tinyml.firmware.boards import find_board
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import memory_of
from platformio_tinyml.model import Activation, Conv2DOptions, FullyConnectedOptions, Padding, TensorType

pytestmark = pytest.mark.slow

LARGE_AVR = "atmega1284p"
"""16 KB of RAM, so that many models fit one firmware."""


def test_hello_world_on_the_uno(shared_models: Path, tmp_path: Path) -> None:
    case = case_of((shared_models / "hello_world_int8.tflite").read_bytes(), "hello_world_int8", seed=1, invokes=20)
    board = find_board("uno")
    elf, outputs = run_on_avr([case], board.mcu, tmp_path)
    assert outputs == [case.outputs]
    image = read_image(elf)
    footprint = measure(image, memory_of(image, board.mcu), {})
    assert footprint.flash < board.flash
    assert footprint.ram + 512 < board.ram


def test_models_of_one_operator(tmp_path: Path) -> None:
    cases = random_cases(per_operator=5, invokes=1, largest=800)
    for position in range(0, len(cases), 40):
        part = cases[position : position + 40]
        _, outputs = run_on_avr(part, LARGE_AVR, tmp_path / str(position))
        for case, found in zip(part, outputs, strict=True):
            assert found == case.outputs, case.model


def test_quotients_sums_and_long_words(tmp_path: Path) -> None:
    """FLOOR_DIV and FLOOR_MOD where double has 32 bits, ADD_N of float, MAXIMUM and MINIMUM of int64: TFLM's bytes."""
    models = [of_int64(np.random.default_rng(seed)) for seed in range(4)]
    models += [_quotients(opcode, seed) for opcode in ("FLOOR_DIV", "FLOOR_MOD", "ADD_N") for seed in range(3)]
    cases = [case_of(data, f"net{number}", number, invokes=1) for number, data in enumerate(models)]
    _, outputs = run_on_avr(cases, LARGE_AVR, tmp_path)
    assert outputs == [case.outputs for case in cases]


def _quotients(opcode: str, seed: int) -> bytes:
    """By constants of all sizes, some of which make halves."""
    rng, builder, kind = np.random.default_rng(seed), Builder(), TensorType.FLOAT32
    divisors = rng.standard_normal(60) * np.exp2(rng.integers(-40, 20, 60))
    divisors[:20] = np.round(divisors[:20]) + 0.5
    x, y = (builder.tensor(name, (60,), kind) for name in "xy")
    divisor = builder.tensor("divisors", (60,), kind, data=divisors.astype(np.float32))
    builder.operator(opcode, [x, divisor], [y])
    return builder.build([x], [y])


@pytest.mark.parametrize("build", ["fully_connected", "conv_2d"])
def test_tables_as_large_as_an_object_can_be(build: str, tmp_path: Path) -> None:
    """Filters of nearly 32,767 bytes, the most that avr-gcc takes; CONV_2D does more than 65,536 multiplications."""
    case = _fully_connected() if build == "fully_connected" else _conv_2d()
    assert 32_000 < max(tensor.size for tensor in case.model.tensors) < 32_768
    _, outputs = run_on_avr([case], LARGE_AVR, tmp_path)
    assert outputs == [case.outputs]


def _fully_connected() -> Case:
    return _weighted("FULLY_CONNECTED", (1, 4092), (8, 4092), (1, 8), FullyConnectedOptions(Activation.NONE, 0, False))


def _conv_2d() -> Case:
    options = Conv2DOptions(Padding.VALID, 1, 1, 1, 1, Activation.NONE)
    return _weighted("CONV_2D", (1, 1, 3, 300), (109, 1, 1, 300), (1, 1, 3, 109), options)


def _weighted(opcode: str, shape: tuple, filter_shape: tuple, output_shape: tuple, options: object) -> Case:
    rng = np.random.default_rng(5)
    builder = Builder()
    source = builder.tensor("input", shape, quantization=per_tensor(0.5, -7))
    values = rng.integers(-127, 128, filter_shape).astype(np.int8)
    filter_ = builder.tensor("filter", filter_shape, quantization=per_tensor(0.01), data=values)
    output = builder.tensor("output", output_shape, quantization=per_tensor(0.7 * shape[-1] ** 0.5, 3))
    builder.operator(opcode, [source, filter_], [output], options)
    return case_of(builder.build([source], [output]), opcode.lower(), seed=2, invokes=1)
