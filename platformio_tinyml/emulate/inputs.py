"""Arbitrary inputs of a model, the same in every run."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from random import Random

from ..manifest import Manifest, TensorInfo


def arbitrary_inputs(manifest: Manifest) -> Iterator[tuple[bytes, ...]]:
    """Without end: the bytes of each input. Floats lie around zero."""
    random = Random(1)  # noqa: S311  no secrets
    while True:
        yield tuple(_values(random, tensor) for tensor in manifest.inputs)


def _values(random: Random, tensor: TensorInfo) -> bytes:
    if tensor.type == "FLOAT32":
        count = tensor.bytes // 4
        return struct.pack(f"<{count}f", *(random.gauss(0, 1) for _ in range(count)))
    data = random.randbytes(tensor.bytes)
    return bytes(byte & 1 for byte in data) if tensor.type == "BOOL" else data


def zero_inputs(manifest: Manifest) -> tuple[bytes, ...]:
    """The bytes of each input, all zero."""
    return tuple(bytes(tensor.bytes) for tensor in manifest.inputs)
