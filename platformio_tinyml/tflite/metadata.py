"""A memory plan written into the bytes of a `.tflite`, as metadata that TFLM reads.

Source: `OfflineMemoryAllocation` in tensorflow/lite/micro/docs/memory_management.md.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ..errors import ModelError
from .accessors import load_accessor
from .checked import Damaged, Meter, checked, checked_items
from .prepended import BUFFERS, Prepended

PLAN_NAME = "OfflineMemoryAllocation"
ONLINE = -1
"""Offset of a tensor that TFLM is to place itself, or that is a constant."""

_METADATA = 6
"""The number of a field of schema.fbs `Model`."""


def has_offline_plan(data: bytes) -> bool:
    """Whether the file brings a plan of its own. `data` is one that read_model takes; ModelError as below."""
    try:
        return _has_offline_plan(data)
    except Damaged as damage:
        raise _refused(damage) from None


def _has_offline_plan(data: bytes) -> bool:
    meter = Meter(len(data))
    file = checked(load_accessor("Model").GetRootAs(data), meter)
    return any(
        entry.Name() == PLAN_NAME.encode() for entry in checked_items(file.MetadataLength(), file.Metadata, meter)
    )


def read_offline_plan(data: bytes) -> tuple[int, ...]:
    """The offset (or ONLINE) per tensor of the file's own plan; empty where it has none, or one cut short."""
    try:
        meter = Meter(len(data))
        file = checked(load_accessor("Model").GetRootAs(data), meter)
        for entry in checked_items(file.MetadataLength(), file.Metadata, meter):
            if entry.Name() == PLAN_NAME.encode() and entry.Buffer() < file.BuffersLength():
                plan = checked(file.Buffers(entry.Buffer()), meter).DataAsNumpy() or b""
                _, _, count, *offsets = struct.unpack_from(f"<{len(plan) // 4}i", plan)
                return tuple(offsets[:count])
    except (Damaged, ValueError):
        pass
    return ()


def with_offline_plan(data: bytes, offsets: Sequence[int]) -> bytes:
    """The same model with a plan: one offset in bytes (or ONLINE) per tensor of its only subgraph.

    The file stays as it is, as the tail of the new one; before it come the plan, a list of buffers and of metadata
    that have it too, and a new root. `data` is one that read_model takes. ModelError for a layout not known here.
    """
    try:
        return _with_offline_plan(data, offsets)
    except Damaged as damage:
        raise _refused(damage) from None


def _refused(damage: Damaged) -> ModelError:
    return ModelError(f"cannot add an offline plan: {damage}", "Build with custom_tinyml_offline_plan = off.")


def _with_offline_plan(data: bytes, offsets: Sequence[int]) -> bytes:
    file = Prepended(data, 4 * len(offsets))
    plan = struct.pack(f"<3i{len(offsets)}i", 1, 0, len(offsets), *offsets)  # version, subgraph, tensors
    buffers = [*file.tables(file.root, BUFFERS), file.table({0: file.block(plan)}, {}, {})]
    entry = file.table({0: file.builder.CreateString(PLAN_NAME)}, {1: len(buffers) - 1}, {})
    metadata = [*file.tables(file.root, _METADATA), entry]
    return file.finished({BUFFERS: file.vector(buffers), _METADATA: file.vector(metadata)})
