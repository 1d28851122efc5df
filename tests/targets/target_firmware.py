"""Models as firmware for tests: on emulated cores, on this machine, and on an AVR in simavr."""

from __future__ import annotations

import ctypes
import functools
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from program_runner import run_program
from random_models import MODELS
from random_uint8 import UINT8
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.emulate import Emulator
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.manifest import Manifest
from platformio_tinyml.model import Model
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.operators.uint8 import FILTERS
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.streams import Streams
from platformio_tinyml.tflite import read_model

SIMAVR = Path(__file__).parent.parent.parent / "platform-emulated" / "simavr.py"
_AVR_C = """
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <avr/sleep.h>
#include <stdint.h>

static void put(const uint8_t *bytes, uint16_t size) {
  for (uint16_t i = 0; i < size; i++) {
    while (!(UCSR0A & _BV(UDRE0))) { }
    UDR0 = bytes[i];
  }
}

static void stop(void) {
  while (!(UCSR0A & _BV(UDRE0))) { }
  cli();
  sleep_enable();
  for (;;) sleep_cpu();
}
"""


@dataclass(frozen=True)
class Case:
    """A model, the inputs of some invokes, and for each the outputs of TensorFlow Lite Micro."""

    model: Model
    inputs: tuple[tuple[bytes, ...], ...]
    outputs: tuple[tuple[bytes, ...], ...]


def case_of(data: bytes, name: str, seed: int, invokes: int) -> Case:
    """`invokes` random inputs and what the oracle makes of them."""
    model = read_model(data, name)
    oracle, rng = Oracle(data, model), np.random.default_rng(seed)
    inputs, outputs = [], []
    for _ in range(invokes):
        values = random_inputs(model, rng)
        oracle.run(values)
        inputs.append(tuple(value.tobytes() for value in values))
        outputs.append(tuple(oracle.tensor(index) for index in model.outputs))
    return Case(model, tuple(inputs), tuple(outputs))


def host_case_of(data: bytes, name: str, seed: int, invokes: int) -> Case:
    """The same of a model that the oracle refuses: what the kernels make of it here, compared in tests/runtime."""
    model, rng = read_model(data, name), np.random.default_rng(seed)
    inputs = [random_inputs(model, rng) for _ in range(invokes)]
    found = [run_program(lower_model(model), each) for each in inputs]
    outputs = tuple(tuple(each[index] for index in model.outputs) for each in found)
    return Case(model, tuple(tuple(value.tobytes() for value in each) for each in inputs), outputs)


OF_UINT8 = {opcode: UINT8[opcode] for opcode in UINT8 if opcode.split()[0] in FILTERS or "AVERAGE" in opcode}


@functools.cache
def random_cases(per_operator: int, invokes: int, largest: int = 1 << 20) -> tuple[Case, ...]:
    """Random models of each operator, whose tensors together have at most `largest` bytes."""
    cases = []
    for opcode, build in (MODELS | OF_UINT8).items():
        seed = found = 0
        while found < per_operator:
            seed += 1
            name = f"{opcode.lower().replace(' ', '_')}_{seed}"
            data = build(np.random.default_rng(10_000 + seed))
            model = read_model(data, name)
            if not check_model(model) and sum(tensor.size for tensor in model.tensors) <= largest:
                cases.append((host_case_of if opcode in OF_UINT8 else case_of)(data, name, seed, invokes))
                found += 1
    return tuple(cases)


AT_ONCE = 40
"""Files of C that are compiled together: starting the compiler takes longer than most of them."""


def write_joined(models: Sequence[Model], folder: Path, streams: Streams = Streams.ON) -> tuple[Manifest, ...]:
    """As `write_sources`, but with the files of many models included by a few, which are what is compiled."""
    manifests = write_sources(models, folder, streams=streams)
    files = [path for path in sorted(folder.glob("*.c")) if path.name != "tinyml_kernels.c"]
    for position in range(0, len(files), AT_ONCE):
        parts = [path.rename(path.with_suffix(".part")) for path in files[position : position + AT_ONCE]]
        included = [f'#include "{part.name}"\n#undef AT\n#undef STATE\n' for part in parts]
        (folder / f"models_{position}.c").write_text("".join(included))
    return manifests


def of_tensors(manifest: Manifest, arena: bytes) -> bytes:
    """`arena` with zeros where the last buffer that lay there was scratch, which each core uses in its own way."""
    content = bytearray(arena)
    for place in sorted(manifest.arena.placements, key=lambda place: place.first_used):
        end = place.offset + place.size
        content[place.offset : end] = bytes(place.size) if place.tensor is None else arena[place.offset : end]
    return bytes(content)


class BoardFirmware:
    """Models in one ELF for a board with an emulated core."""

    def __init__(
        self,
        models: Sequence[Model],
        board: str,
        folder: Path,
        optimize: str = "-Os",
        streams: Streams = Streams.ON,
    ) -> None:
        target = find_target(board)
        if shutil.which(target.compiler) is None:
            pytest.skip(f"{target.compiler} is not installed")
        self.manifests = write_joined(models, folder, streams)
        self.emulator = Emulator(read_image(link_sources(folder, self.manifests, target, optimize)))
        for manifest in self.manifests:
            assert self.emulator.call(manifest.init).result == 0

    def invoke(self, manifest: Manifest, inputs: Sequence[bytes]) -> tuple[bytes, ...]:
        """One invoke: the outputs."""
        emulator = self.emulator
        for tensor, value in zip(manifest.inputs, inputs, strict=True):
            emulator.write(emulator.call(tensor.accessor).result, value)
        assert emulator.call(manifest.invoke).result == 0
        return tuple(emulator.read(emulator.call(t.accessor).result, t.bytes) for t in manifest.outputs)

    def arena(self, manifest: Manifest) -> bytes:
        """The tensors' bytes in a model's arena, see `of_tensors`."""
        arena = self.emulator.symbol(f"{manifest.name}_arena").address
        return of_tensors(manifest, self.emulator.read(arena, manifest.arena.size))


class HostFirmware:
    """The same C as a shared library of this machine; `invoke` and `arena` as BoardFirmware's."""

    def __init__(self, models: Sequence[Model], folder: Path, *, init: bool = True) -> None:
        self.manifests = write_joined(models, folder)
        library = folder / "models.so"
        command = ["cc", "-std=c99", "-O1", "-shared", "-fPIC", *sorted(folder.glob("*.c")), "-o", library]
        subprocess.run(command, check=True)
        self._library = ctypes.CDLL(str(library))
        for manifest in self.manifests if init else ():
            assert self._library[manifest.init]() == 0

    def _address(self, accessor: str) -> int:
        function = self._library[accessor]
        function.restype = ctypes.c_void_p
        return function()

    def invoke(self, manifest: Manifest, inputs: Sequence[bytes]) -> tuple[bytes, ...]:
        """One invoke: the outputs."""
        for tensor, value in zip(manifest.inputs, inputs, strict=True):
            ctypes.memmove(self._address(tensor.accessor), value, len(value))
        assert self._library[manifest.invoke]() == 0
        return tuple(ctypes.string_at(self._address(t.accessor), t.bytes) for t in manifest.outputs)

    def call(self, function: str) -> None:
        """A function without arguments."""
        self._library[function]()

    def arena(self, manifest: Manifest) -> bytes:
        """The tensors' bytes in a model's arena, see `of_tensors`."""
        arena = bytes((ctypes.c_uint8 * manifest.arena.size).in_dll(self._library, f"{manifest.name}_arena"))
        return of_tensors(manifest, arena)


def run_on_avr(cases: Sequence[Case], mcu: str, folder: Path) -> tuple[Path, list[tuple[tuple[bytes, ...], ...]]]:
    """Compile the cases into one firmware for `mcu` and run it in simavr: the ELF, and the outputs of each case."""
    for tool in ("avr-gcc", "simavr"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    manifests = write_joined([case.model for case in cases], folder)
    (folder / "main.c").write_text(_avr_main(cases, manifests))
    elf = folder / "firmware.elf"
    flags = [f"-mmcu={mcu}", "-Os", "-std=gnu99", "-Wall", "-Wextra", "-Werror"]
    flags += ["-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"]
    subprocess.run(["avr-gcc", *flags, *sorted(folder.glob("*.c")), "-o", elf], check=True)
    run = [sys.executable, SIMAVR, mcu, "16000000", elf]
    said = subprocess.run(run, capture_output=True, check=True, timeout=300).stdout
    position, results = 0, []
    for case in cases:
        outputs = []
        for expected in case.outputs:
            sizes = [len(output) for output in expected]
            starts = [position + sum(sizes[:index]) for index in range(len(sizes))]
            outputs.append(tuple(said[start : start + size] for start, size in zip(starts, sizes, strict=True)))
            position += sum(sizes)
        results.append(tuple(outputs))
    assert position == len(said)
    return elf, results


def _avr_main(cases: Sequence[Case], manifests: Sequence[Manifest]) -> str:
    lines = [f'#include "{manifest.header}"' for manifest in manifests] + [_AVR_C]
    body = []
    for case, manifest in zip(cases, manifests, strict=True):
        body.append(f"  if ({manifest.init}() != TINYML_OK) stop();")
        for invoke, inputs in enumerate(case.inputs):
            for tensor, value in zip(manifest.inputs, inputs, strict=True):
                name = f"{tensor.accessor}_{invoke}"
                digits = re.sub(r"(..)", r"0x\1,", value.hex())
                lines.append(f"static const uint8_t {name}[] PROGMEM = {{{digits}}};")
                body.append(f"  memcpy_P({tensor.accessor}(), {name}, {len(value)});")
            body.append(f"  if ({manifest.invoke}() != TINYML_OK) stop();")
            body += [f"  put((const uint8_t *){t.accessor}(), {t.bytes});" for t in manifest.outputs]
    return "\n".join([*lines, "int main(void) {", "  UCSR0B = _BV(TXEN0);", *body, "  stop();", "}", ""])
