"""Linux's seccomp: from here on this process has no network, starts no program and leaves others and the system alone.

Sources: docs.kernel.org/userspace-api/seccomp_filter.html, include/uapi/linux/{seccomp,filter,audit}.h and the
system call tables of the machines. Needs no rights.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_NUMBER, _MACHINE, _THIRD_ARGUMENT = 0, 4, 32
_X32 = 0x40000000
"""Numbers from here on are those of x86's 32-bit pointers: another way to the same calls."""

_CALLS = {
    "x86_64": (
        0xC000003E,
        302,
        # socket; execve, execveat; ptrace, process_vm_readv, process_vm_writev, kill, tkill, pidfd_*
        "41 59 322 101 310 311 62 200 424 438 "
        # mount, umount2, pivot_root, chroot, unshare, setns, open_tree to fspick, mount_setattr
        "165 166 155 161 272 308 428 429 430 431 432 433 442 "
        # modules, kexec, bpf, perf_event_open, userfaultfd, io_uring_setup, keys
        "175 313 176 246 320 321 298 323 425 248 249 250 "
        # reboot, swap, clocks, acct, iopl, ioperm
        "169 167 168 164 227 159 305 163 172 173 "
        # chmod, chown, times, extended attributes, nodes: what Landlock does not know
        "90 91 268 452 92 93 94 260 132 235 280 261 188 189 190 197 198 199 133 259 "
        # queues and memory shared by name; setrlimit
        "240 68 64 29 160",
    ),
    "aarch64": (
        0xC00000B7,
        261,
        "198 221 281 117 270 271 129 130 424 438 "
        "40 39 41 51 97 268 428 429 430 431 432 433 442 "
        "105 273 106 104 294 280 241 282 425 217 218 219 "
        "142 224 225 170 112 171 266 89 "
        "52 53 452 54 55 88 5 6 7 14 15 16 33 "
        "180 186 190 194 164",
    ),
}
"""By machine: its audit number, prlimit64, and the calls that are refused."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def leave_the_system_alone() -> bool:
    """For this thread and those it starts, for good. False where the system has no seccomp: then nothing changed."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _CALLS or struct.calcsize("P") != 8:
        return False
    code = _filter(*_CALLS[machine])
    buffer = ctypes.create_string_buffer(code)
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    return done and bool(libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(machine: int, prlimit: int, refused: str) -> bytes:
    """The instructions: 8 bytes each, jumps counted from the next one."""
    code = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for number in map(int, refused.split()):
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    code += [  # prlimit64 may ask, not set: its third argument is a pointer to the new limit
        (_EQUAL, 0, 5, prlimit),
        (_LOAD, 0, 0, _THIRD_ARGUMENT),
        (_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _THIRD_ARGUMENT + 4),
        (_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
