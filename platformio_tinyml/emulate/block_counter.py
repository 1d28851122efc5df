"""BlockCounter: how often each basic block of the emulated code ran.

The back end calls a hook at the start of every block it runs. The hook adds one to the block's entry of a table. As a
Python function it costs most of the run time, so on hosts where that works it is 10 bytes of machine code instead,
which do the same a few hundred times as fast.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
from collections.abc import Callable, Iterator
from typing import Any

import unicorn

from .memory import PAGE

_SIZE_SHIFT = 48
_TIMES = (1 << _SIZE_SHIFT) - 1
"""A table entry has 64 bits: the upper 16 are the size of the block in bytes, the others the times that it ran."""

# System V x86-64: rdi engine, rsi address of the block, edx its size, rcx user data (here: table - 8 * first address).
_INCREMENT_X86_64 = bytes.fromhex(
    "48 ff 04 f1"  # inc qword ptr [rcx + rsi*8]
    "66 89 54 f1 06"  # mov word ptr [rcx + rsi*8 + 6], dx
    "c3"  # ret
)
_IDLE_PAGE = bytes(8 * PAGE)


class BlockCounter:
    """Counts the blocks that start in `size` bytes, whole pages, from `address` on."""

    def __init__(self, uc: unicorn.Uc, address: int, size: int) -> None:
        self._address = address
        self._table = (ctypes.c_uint64 * size)()
        if not _hook_natively(uc, address, self._table):
            _hook_in_python(uc, address, self._table)

    def take(self) -> Iterator[tuple[int, int, int]]:
        """(address, size in bytes, times run) of each block that ran since the last take."""
        table = memoryview(self._table).cast("B").cast("Q")
        for start in range(0, len(table), PAGE):
            if bytes(table[start : start + PAGE]) == _IDLE_PAGE:  # most are, and data between code is
                continue
            for offset, entry in enumerate(table[start : start + PAGE], start):
                if entry:
                    table[offset] = 0
                    yield self._address + offset, entry >> _SIZE_SHIFT, entry & _TIMES


def _hook_in_python(uc: unicorn.Uc, first: int, table: ctypes.Array[ctypes.c_uint64]) -> None:
    def count(_: unicorn.Uc, address: int, size: int, __: object) -> None:
        times = table[address - first] & _TIMES
        table[address - first] = size << _SIZE_SHIFT | times + 1

    uc.hook_add(unicorn.UC_HOOK_BLOCK, count, begin=first, end=first + len(table) - 1)


def _hook_natively(uc: unicorn.Uc, first: int, table: ctypes.Array[ctypes.c_uint64]) -> bool:
    """False where this host or this version of the back end does not allow it."""
    try:
        hook_add: Callable[..., int] = unicorn.unicorn_py3.unicorn.uclib.uc_hook_add
        engine: Any = uc._uch
    except AttributeError:
        return False
    if _NATIVE is None:
        return False
    user_data = (ctypes.addressof(table) - 8 * first) % (1 << 64)
    handle = ctypes.c_size_t()
    status = hook_add(
        engine,
        ctypes.byref(handle),
        unicorn.UC_HOOK_BLOCK,
        ctypes.c_void_p(ctypes.addressof(_NATIVE)),
        ctypes.c_void_p(user_data),
        ctypes.c_uint64(first),
        ctypes.c_uint64(first + len(table) - 1),
    )
    return bool(status == unicorn.UC_ERR_OK)


def _executable(code: bytes) -> ctypes.Array[ctypes.c_char] | None:
    """`code` in executable memory, None on hosts of another kind and where the system forbids it."""
    if os.name != "posix" or platform.machine() != "x86_64":
        return None
    try:
        memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:
        return None
    memory.write(code)
    return (ctypes.c_char * mmap.PAGESIZE).from_buffer(memory)


_NATIVE = _executable(_INCREMENT_X86_64)
