"""A memory plan written into the bytes of a `.tflite`, as metadata that TFLM reads.

Source: `OfflineMemoryAllocation` in tensorflow/lite/micro/docs/memory_management.md.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import flatbuffers

from ..errors import ModelError
from .accessors import load_accessor
from .checked import Damaged, Meter, checked, checked_items

PLAN_NAME = "OfflineMemoryAllocation"
ONLINE = -1
"""Offset of a tensor that TFLM is to place itself, or that is a constant."""

_ALIGNMENT = 16
"""Bytes. Constants are used in place, and stay aligned by moving as one block."""

# Fields of schema.fbs `Model` by their number; all are offsets but the first.
_VERSION, _BUFFERS, _METADATA, _FIELDS = 0, 4, 6, 8


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
    old = data + bytes(-len(data) % _ALIGNMENT)
    meter = Meter(len(old))
    model = checked(load_accessor("Model").GetRootAs(old), meter)
    table = model._tab
    if table.vtable_size > 4 + 2 * _FIELDS:
        raise Damaged("the file is of a newer schema")
    if any(buffer.Offset() > 1 for buffer in checked_items(model.BuffersLength(), model.Buffers, meter)):
        raise Damaged("its buffers lie behind the flatbuffer")

    builder = flatbuffers.Builder(len(old) + 4 * len(offsets) + 4 * model.BuffersLength() + 1024)
    builder.Prep(_ALIGNMENT, len(old))
    builder.head -= len(old)
    builder.Bytes[builder.head : builder.head + len(old)] = old

    def from_end(position: int) -> int:
        return len(old) - position

    def elements(field: int) -> list[int]:
        place = table.Offset(4 + 2 * field)
        if not place:
            return []
        start = table.Indirect(table.Pos + place)
        count = table.VectorLen(place)
        return [from_end(table.Indirect(start + 4 + 4 * index)) for index in range(count)]

    def vector(entries: Sequence[int]) -> int:
        builder.StartVector(4, len(entries), 4)
        for entry in reversed(entries):
            builder.PrependUOffsetTRelative(entry)
        return int(builder.EndVector())

    plan = struct.pack(f"<3i{len(offsets)}i", 1, 0, len(offsets), *offsets)  # version, subgraph, tensors
    builder.StartVector(1, len(plan), _ALIGNMENT)
    builder.head -= len(plan)
    builder.Bytes[builder.head : builder.head + len(plan)] = plan
    plan_bytes = builder.EndVector()
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, plan_bytes, 0)
    buffers = [*elements(_BUFFERS), builder.EndObject()]

    name = builder.CreateString(PLAN_NAME)
    builder.StartObject(2)
    builder.PrependUOffsetTRelativeSlot(0, name, 0)
    builder.PrependUint32Slot(1, len(buffers) - 1, 0)
    metadata = [*elements(_METADATA), builder.EndObject()]

    places = {_BUFFERS: vector(buffers), _METADATA: vector(metadata)}
    for field in range(_VERSION + 1, _FIELDS):
        place = table.Offset(4 + 2 * field)
        if place and field not in places:
            places[field] = from_end(table.Indirect(table.Pos + place))
    builder.StartObject(_FIELDS)
    builder.PrependUint32Slot(_VERSION, model.Version(), 0)
    for field, place in places.items():
        builder.PrependUOffsetTRelativeSlot(field, place, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"TFL3")
    return bytes(builder.Output())
