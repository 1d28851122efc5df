"""BlockCounter: how often each basic block of the emulated code ran.

The back end calls a hook at the start of every block it runs. The hook adds one to the block's entry of a table. As a
Python function it costs most of the run time, so on hosts where that works it is 9 bytes of machine code instead,
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

_TIMES = 0xFFFFFFFF
"""A table entry is 64 bits: the times that the block ran, and above them its size in bytes."""

# System V x86-64: rdi engine, rsi address of the block, edx its size, rcx user data (here: table - 8 * first address).
_INCREMENT_X86_64 = bytes.fromhex(
    "ff 04 f1"  # inc dword ptr [rcx + rsi*8]
    "89 54 f1 04"  # mov dword ptr [rcx + rsi*8 + 4], edx
    "c3"  # ret
)


class BlockCounter:
    """Counts the blocks that start in `size` bytes from `address` on. `native` False forces the Python hook."""

    def __init__(self, uc: unicorn.Uc, address: int, size: int, native: bool = True) -> None:
        self._address = address
        self._table = (ctypes.c_uint64 * size)()
        if not (native and _hook_natively(uc, address, self._table)):
            _hook_in_python(uc, address, self._table)

    def take(self) -> Iterator[tuple[int, int, int]]:
        """(address, size in bytes, times run) of each block that ran since the last take."""
        for offset, entry in enumerate(self._table):
            if entry:
                self._table[offset] = 0
                yield self._address + offset, entry >> 32, entry & _TIMES


def _hook_in_python(uc: unicorn.Uc, first: int, table: ctypes.Array[ctypes.c_uint64]) -> None:
    def count(_: unicorn.Uc, address: int, size: int, __: object) -> None:
        times = table[address - first] & _TIMES
        table[address - first] = size << 32 | times + 1

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
