"""A model with what a device checks before it trusts it: `kws.bin`, as tinyml_contract.h reads it.

| bytes | what |
| --- | --- |
| 0 to 7 | `TinyML`, a NUL, the version 1 |
| 8 to 15 | the contract's identity |
| 16 to 19 | bytes of the model |
| 20 to 23 | CRC-32 of them (as of zlib) |
| 24 to 27 | bytes of arena that it was shown to take at most |
| 28 to 31 | the same of its persistent part, where that is split off; else 0 |
| 32 ... | the .tflite file |

Numbers are little-endian. The header keeps the model's alignment of 16.
"""

from __future__ import annotations

import struct
import zlib

from .contract import Contract

MAGIC = b"TinyML\0\x01"
HEADER = struct.Struct("<8s8sIIII")


def pack(model: bytes, contract: Contract, arena: int, persistent: int = 0) -> bytes:
    """`arena`, and what lies beside it, in bytes."""
    identity = bytes.fromhex(contract.identity)
    return HEADER.pack(MAGIC, identity, len(model), zlib.crc32(model), arena, persistent) + model
