"""Run the init of a linked model in the emulator, with arenas and model bytes of our choice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..emulate import Call, EmulationError, Emulator
from ..emulate.linked_model import free_memory
from ..emulate.ports import read_outputs, write_inputs
from ..errors import SetupError
from ..firmware.image import Image
from ..manifest import Manifest
from ..model.naming import printable
from .search import smallest_accepted

LARGEST_ARENA = 16 << 20
"""Bytes that the search tries at most; no microcontroller has an arena of that size."""

_PERSISTENT_GUESS = 1024
"""Bytes with which the search for a split arena's persistent part starts."""

TIME = 120.0
"""Seconds for all calls of one search together."""

_OK, _ERROR_ARENA = 0, 1
_ERRORS = {
    2: "the model in the ELF is not the one that its header was generated for",
    3: "an operator could not be registered",
}
"""tinyml_status of tinyml.h."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The smallest arena accepted, in bytes, with the instructions and the stack of init in it.

    `persistent` bytes beside it, where the arena is split.
    """

    size: int
    instructions: int
    stack: int
    persistent: int | None = None

    @property
    def total(self) -> int:
        """Bytes of both."""
        return self.size + (self.persistent or 0)


class Probe:
    """A linked model (the probe, or a firmware) in the emulator. `cpu` as in -mcpu overrides what the ELF says.

    `split`: init takes a second memory for what is persistent. `persistent` is its size in bytes: as large as any may
    be until `measure` has found the smallest, or somebody sets it.
    """

    def __init__(self, image: Image, name: str, cpu: str = "", *, split: bool = False) -> None:
        self._emulator = Emulator(image, cpu)
        self._init = f"{name}_init_from"
        self._emulator.symbol(self._init)
        self._name = name
        self.skipped: list[str] = []
        self._names = {symbol.name for symbol in image.symbols}
        self._arena = self._map(LARGEST_ARENA)
        self._persistent_at = self._map(LARGEST_ARENA) if split else None
        self.persistent = LARGEST_ARENA if split else None
        self._variants: dict[bytes, int] = {}
        self._deadline = 0.0
        self._last = Call(_OK, Counter(), 0, ())

    def linked_model(self) -> bytes:
        """The bytes of the model file in the ELF. UsageError where its length was not linked."""
        array, length = (self._emulator.symbol(f"{self._name}_{suffix}") for suffix in ("tflite", "tflite_len"))
        return self._emulator.read(array.address, int.from_bytes(self._emulator.read(length.address, 4), "little"))

    def measure(self, model: bytes | None, guess: int) -> Measurement:
        """The smallest arena that init accepts for `model`, a file with the operators of the one linked (None: that).

        `guess` is where the search starts. Raises SetupError where no arena is accepted.
        """
        self._deadline = time.monotonic() + TIME
        if self.persistent is not None:
            self.persistent = LARGEST_ARENA
        size = smallest_accepted(lambda size: self._accepts_or_faults(model, size), guess, LARGEST_ARENA)
        if size is None:
            self.run_init(model, LARGEST_ARENA)  # what goes wrong in a small arena says little: the largest speaks
            raise self._refused(LARGEST_ARENA)
        if self.persistent is not None:
            self.persistent = self._smallest_persistent(model, size)
        self.run_init(model, size)
        return Measurement(size, self._last.instructions, self._last.stack, self.persistent)

    def _smallest_persistent(self, model: bytes | None, size: int) -> int:
        """Bytes, with an arena of `size` bytes, which accepts the model with as many as there may be."""

        def accepts(persistent: int) -> bool:
            self.persistent = persistent
            return self._accepts_or_faults(model, size)

        found = smallest_accepted(accepts, _PERSISTENT_GUESS, LARGEST_ARENA)
        return LARGEST_ARENA if found is None else found

    def accepts(self, model: bytes | None, size: int) -> bool:
        """Whether init succeeds in an arena of `size` bytes. A fault is a no: far too small arenas make TFLM fault."""
        self._deadline = time.monotonic() + TIME
        return self._accepts_or_faults(model, size)

    def run_init(self, model: bytes | None, size: int) -> bool:
        """False where init says that the arena is too small. Memory stays as init left it."""
        self._restart()
        left = max(self._deadline - time.monotonic(), 0.1)
        memory = [self._arena, size]
        if self._persistent_at is not None and self.persistent is not None:
            memory += [self._persistent_at, self.persistent]
        self._last = self._emulator.call(self._init, self._address_of(model), *memory, limit=left)
        if self._last.result in _ERRORS:
            raise SetupError(
                f"{self._init} failed: {_ERRORS[self._last.result]}{self._logged()}",
                "Clean the project and build again.",
            )
        return self._last.result == _OK

    def invoke(self, manifest: Manifest, model: bytes | None, size: int, inputs: Sequence[bytes]) -> tuple[bytes, ...]:
        """The outputs of one invoke after init in an arena of `size` bytes, which has to accept the model."""
        self._deadline = time.monotonic() + TIME
        if not self.run_init(model, size):
            raise self._refused(size)
        return self.invoke_again(manifest, inputs)

    def invoke_again(self, manifest: Manifest, inputs: Sequence[bytes]) -> tuple[bytes, ...]:
        """The outputs of one more invoke, after `run_init` or `invoke`."""
        write_inputs(self._emulator, manifest, inputs)
        if self._emulator.call(manifest.invoke).result != _OK:
            raise SetupError(f"{manifest.invoke} failed in the emulator{self._logged()}", "Verify the model with TFLM.")
        return read_outputs(self._emulator, manifest)

    @property
    def emulator(self) -> Emulator:
        """The emulator, for calls after `run_init`."""
        return self._emulator

    def _accepts_or_faults(self, model: bytes | None, size: int) -> bool:
        try:
            return self.run_init(model, size)
        except EmulationError:
            if time.monotonic() > self._deadline:
                raise
            return False

    def _restart(self) -> None:
        """Memory as after startup; static constructors that reach for hardware are skipped, and their fault is kept."""
        self._emulator.reset()
        if "tinyml_probe_construct" not in self._names:
            return
        faults = []
        for index in range(self._emulator.call("tinyml_probe_constructors").result):
            try:
                self._emulator.call("tinyml_probe_construct", index, limit=5)
            except EmulationError as error:
                faults.append(error.message)
        self.skipped = faults

    def _address_of(self, model: bytes | None) -> int:
        if model is None:
            return self._emulator.symbol(f"{self._name}_tflite").address
        if model not in self._variants:
            self._variants[model] = self._map(len(model))
            self._emulator.write(self._variants[model], model)
        return self._variants[model]

    def _map(self, size: int) -> int:
        """Memory where the image has none, and no chip has peripherals (ESP32-C3: 0x60000000, Cortex-M: 0xA0000000)."""
        return free_memory(self._emulator, size)

    def _refused(self, size: int) -> SetupError:
        logged = self._logged()
        return SetupError(
            f"TFLM refuses the model with an arena of {size:,} bytes{logged}",
            "Compare the model's operators and types with what the library's kernels take."
            + ("" if logged else " Compile the library without TF_LITE_STRIP_ERROR_STRINGS to see its reason."),
            code="allocate-tensors",
        )

    def _logged(self) -> str:
        if "tinyml_probe_log" not in self._names:
            return ""
        log = self._emulator.symbol("tinyml_probe_log")
        text = self._emulator.read(log.address, log.size).split(b"\0")[0].decode("ascii", "replace").strip()
        return f": {printable(text)}" if text else ""
