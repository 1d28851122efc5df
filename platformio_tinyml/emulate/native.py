"""NativeHook: a hook of the back end as machine code, where the host and the back end's version allow it."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
from collections.abc import Callable
from typing import Any

import unicorn


class NativeHook:
    """`code` is for System V x86-64; it is called as the back end calls a C function for hooks of this `kind`."""

    def __init__(self, uc: unicorn.Uc, kind: int, code: bytes) -> None:
        self._uc = uc
        self._kind = kind
        self._code = _executable(code)

    def add(self, address: int, size: int, user_data: int) -> bool:
        """Call it for `size` bytes from `address` on; False where that cannot be."""
        try:
            hook_add: Callable[..., int] = unicorn.unicorn_py3.unicorn.uclib.uc_hook_add
            engine: Any = self._uc._uch
        except AttributeError:
            return False
        if self._code is None:
            return False
        status = hook_add(
            engine,
            ctypes.byref(ctypes.c_size_t()),
            self._kind,
            ctypes.c_void_p(ctypes.addressof(self._code)),
            ctypes.c_void_p(user_data % (1 << 64)),
            ctypes.c_uint64(address),
            ctypes.c_uint64(address + size - 1),
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
