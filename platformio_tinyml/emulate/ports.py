"""The inputs and outputs of a linked model in memory, also those that the firmware never asks for."""

from __future__ import annotations

from collections.abc import Sequence

from ..manifest import SHARED, SHARED_ARENA, USER, Manifest, TensorInfo
from .emulator import Emulator

POINTER = 4
"""Bytes, on every core that the emulator has."""


def write_inputs(emulator: Emulator, manifest: Manifest, inputs: Sequence[bytes]) -> None:
    """After init. Raises UsageError where the firmware does not hold the model."""
    for tensor, data in zip(manifest.inputs, inputs, strict=True):
        emulator.write(_address(emulator, manifest, tensor), data)


def read_outputs(emulator: Emulator, manifest: Manifest) -> tuple[bytes, ...]:
    """After invoke. Raises UsageError where the firmware does not hold the model."""
    return tuple(emulator.read(_address(emulator, manifest, each), each.bytes) for each in manifest.outputs)


def _address(emulator: Emulator, manifest: Manifest, tensor: TensorInfo) -> int:
    """By the tensor's own function; the linker drops one that nothing calls, and then by what it would return."""
    if emulator.has_symbol(tensor.accessor):
        return emulator.call(tensor.accessor).result
    if tensor.offset is not None:
        name = SHARED_ARENA if manifest.arena.whose == SHARED else f"{manifest.name}_arena"
        arena = emulator.symbol(name).address
        return (_pointer(emulator, arena) if manifest.arena.whose == USER else arena) + tensor.offset
    position = (*manifest.inputs, *manifest.outputs).index(tensor)
    return _pointer(emulator, emulator.symbol(f"{manifest.name}_ports").address + position * POINTER)


def _pointer(emulator: Emulator, address: int) -> int:
    return int.from_bytes(emulator.read(address, POINTER), "little")
