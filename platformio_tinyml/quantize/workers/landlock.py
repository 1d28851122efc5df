"""Linux's Landlock: from here on this process writes only below some folders, and starts no program.

Source: docs.kernel.org/userspace-api/landlock.html. Needs Linux 5.13 and no rights.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # of every machine
_VERSION, _PATH_BENEATH = 1, 1
_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _TRUNCATE = 1 << 0, 1 << 1, 1 << 14
_DEVICES = 1 << 6 | 1 << 11
_MAKE_AND_REMOVE = sum(1 << bit for bit in (4, 5, 6, 7, 8, 9, 10, 11, 12))
_SINCE = {2: 1 << 13, 3: _TRUNCATE, 5: 1 << 15}
"""By the version that brings them: moves between folders, truncate, ioctl on devices."""
_NETWORK = 3
"""bind and connect of TCP, from version 4."""
_SCOPES = 3
"""Abstract sockets of, and signals to others, from version 6."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def write_only_below(folders: Sequence[Path]) -> bool:
    """For this thread and those it starts, for good. False where the system has no Landlock: then nothing changed."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    handled = _EXECUTE | _WRITE_FILE | _MAKE_AND_REMOVE | sum(bit for since, bit in _SINCE.items() if version >= since)
    attributes = _Ruleset(handled, _NETWORK if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        writes = handled & ~_EXECUTE & ~_DEVICES
        allowed = [(folder, writes) for folder in folders]
        allowed.append((Path(os.devnull), handled & (_WRITE_FILE | _TRUNCATE)))
        return (
            all(_allow(libc, ruleset, path, rights) for path, rights in allowed)
            and libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            and libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
        )
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> bool:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(rights, folder)
        return bool(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0) == 0)
    finally:
        os.close(folder)
