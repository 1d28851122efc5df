"""BlockCounter: how often each basic block of the emulated code ran, and how often a jump led to it.

The back end calls a hook at the start of every block it runs. The hook adds one to the block's entry of a table. As a
Python function it costs most of the run time, so on hosts where that works it is 44 bytes of machine code instead,
which do the same a few hundred times as fast.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import NamedTuple

import unicorn

from .memory import PAGE
from .native import NativeHook

_SIZE_SHIFT = 48
_TIMES = (1 << _SIZE_SHIFT) - 1
"""A table entry has 64 bits: the upper 16 are the size of the block in bytes, the others the times that it ran."""
_PART = 64
"""Entries that are looked at one by one where one of them is not 0."""
_IDLE_PAGE, _IDLE_PART = bytes(8 * PAGE), bytes(8 * _PART)


class Block(NamedTuple):
    """One that ran: its first address, bytes, the times that it ran, and after how many of these another ran before it
    than the one that lies before it."""

    address: int
    size: int
    times: int
    jumps: int


class BlockCounter:
    """Counts the blocks that start in `size` bytes, whole pages, from `address` on. All of one engine share `end`."""

    def __init__(self, uc: unicorn.Uc, address: int, size: int, end: ctypes.c_uint64) -> None:
        self._address = address
        self._table = (ctypes.c_uint64 * (2 * size))()  # times of each address, then jumps
        self._size = size
        self._end = end  # where the last block ended
        self._hook = NativeHook(uc, unicorn.UC_HOOK_BLOCK, _increment(end, size))
        if not self._hook.add(address, size, ctypes.addressof(self._table) - 8 * address):
            self._hook_in_python(uc)

    def take(self) -> Iterator[Block]:
        """Each block that ran since the last take."""
        table = memoryview(self._table).cast("B").cast("Q")
        for page in range(0, self._size, PAGE):
            if bytes(table[page : page + PAGE]) == _IDLE_PAGE:  # most are, and data between code is
                continue
            for start in range(page, page + PAGE, _PART):
                part = table[start : start + _PART]
                if bytes(part) == _IDLE_PART:
                    continue
                for offset, entry in enumerate(part, start):
                    if entry:
                        jumps = table[self._size + offset]
                        table[offset] = table[self._size + offset] = 0
                        yield Block(self._address + offset, entry >> _SIZE_SHIFT, entry & _TIMES, jumps)

    def _hook_in_python(self, uc: unicorn.Uc) -> None:
        def count(_: unicorn.Uc, address: int, size: int, __: object) -> None:
            offset = address - self._address
            self._table[offset] = size << _SIZE_SHIFT | (self._table[offset] & _TIMES) + 1
            self._table[self._size + offset] += self._end.value != address
            self._end.value = address + size

        uc.hook_add(unicorn.UC_HOOK_BLOCK, count, begin=self._address, end=self._address + self._size - 1)


def _increment(end: ctypes.c_uint64, size: int) -> bytes:
    """System V x86-64: rsi address of the block, edx its size, rcx the table less 8 times its first address."""
    return bytes.fromhex(
        "48 ff 04 f1"  # inc qword ptr [rcx + rsi*8]
        "66 89 54 f1 06"  # mov word ptr [rcx + rsi*8 + 6], dx
        f"49 b8 {ctypes.addressof(end).to_bytes(8, 'little').hex()}"  # mov r8, address of `end`
        "31 c0"  # xor eax, eax
        "49 39 30"  # cmp [r8], rsi
        "0f 95 c0"  # setne al
        f"48 01 84 f1 {(8 * size).to_bytes(4, 'little').hex()}"  # add [rcx + rsi*8 + 8 * size], rax
        "89 d2"  # mov edx, edx
        "48 01 f2"  # add rdx, rsi
        "49 89 10"  # mov [r8], rdx
        "c3"  # ret
    )
