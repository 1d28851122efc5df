"""Machine code, one instruction after another, as far as counting and finding calls need it."""

from __future__ import annotations

from collections.abc import Iterator

from .cpus import Cpu


def instructions(cpu: Cpu, address: int, code: bytes) -> Iterator[tuple[int, int, int]]:
    """(address, bytes, first half as a little-endian number) of each instruction of `code`, which lies at `address`."""
    position = 0
    while position + 1 < len(code):
        half = code[position] | code[position + 1] << 8
        size = 4 if cpu.is_long(half) else 2
        yield address + position, size, half
        position += size


def indirect_calls(cpu: Cpu, address: int, code: bytes) -> Iterator[int]:
    """Addresses of calls through a register. Of data in between some may look like one: nobody arrives there.

    Calls in an IT block are left out: their condition would be lost where the emulator stops.
    """
    conditional = 0
    for at, size, half in instructions(cpu, address, code):
        if cpu.is_indirect_call(half, size) and not conditional:
            yield at
        conditional = max(conditional - 1, 0)
        if cpu.code_bit and half >> 8 == 0xBF and half & 0xF:  # IT: the lowest bit that is set says for how many
            conditional = 4 - ((half & -half & 0xF).bit_length() - 1)
