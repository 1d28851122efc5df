"""A model in a linked ELF, run through the C functions that its manifest names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import SetupError
from ..firmware.image import Image
from ..manifest import Manifest
from .emulator import Call, Emulator


@dataclass(frozen=True, slots=True)
class Invoke:
    """One invoke: the bytes of each output, exact instructions, bytes of stack."""

    outputs: tuple[bytes, ...]
    instructions: int
    stack: int


class LinkedModel:
    """The model after its init. `init` is what that call did. Raises SetupError where it fails."""

    def __init__(self, image: Image, manifest: Manifest, cpu: str = "") -> None:
        self._emulator = Emulator(image, cpu)
        self._manifest = manifest
        self.init = self._call(manifest.init)

    def invoke(self, inputs: Sequence[bytes]) -> Invoke:
        """Write the inputs, invoke, read the outputs."""
        emulator, manifest = self._emulator, self._manifest
        for tensor, data in zip(manifest.inputs, inputs, strict=True):
            emulator.write(emulator.call(tensor.accessor).result, data)
        call = self._call(manifest.invoke)
        outputs = (emulator.read(emulator.call(each.accessor).result, each.bytes) for each in manifest.outputs)
        return Invoke(tuple(outputs), call.instructions, call.stack)

    def _call(self, function: str) -> Call:
        call = self._emulator.call(function)
        if call.result:
            raise SetupError(
                f"{function} returns the status {call.result} (tinyml.h)", "Run `check` on this ELF first."
            )
        return call
