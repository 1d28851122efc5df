"""Hostile bytes: whatever comes in, a Model or a ModelError comes out, soon and without much memory."""

from __future__ import annotations

import struct
import tracemalloc

import flatbuffers
import numpy as np
import pytest
import tflite as schema
from counted_work import lines_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.errors import ModelError
from platformio_tinyml.model import (
    Activation,
    AddOptions,
    Conv2DOptions,
    FullyConnectedOptions,
    Model,
    Padding,
    ReshapeOptions,
    TensorType,
)
from platformio_tinyml.tflite import read_model


def build_seed() -> bytes:
    """A small file with one of everything that the reader follows."""
    builder = Builder()
    x = builder.tensor("x", (1, 2, 2, 1), quantization=per_tensor(0.5, -3), shape_signature=(-1, 2, 2, 1))
    w = builder.tensor("w", (2, 1, 1, 1), quantization=per_channel([0.5, 0.25]), data=b"\1\2")
    b = builder.tensor("b", (2,), TensorType.INT32, quantization=per_channel([1, 2]), data=np.array([1, 2], "<i4"))
    conv = builder.tensor("conv", (1, 2, 2, 2), quantization=per_tensor(1.0))
    flat = builder.tensor("flat", (1, 8), quantization=per_tensor(1.0))
    full = builder.tensor("full", (1, 8), quantization=per_tensor(1.0))
    m = builder.tensor("m", (8, 8), quantization=per_tensor(1.0), buffer=builder.large_buffer(bytes(64)))
    y = builder.tensor("y", (1, 8), quantization=per_tensor(1.0))
    builder.operator("CONV_2D", [x, w, b], [conv], Conv2DOptions(Padding.SAME, 1, 1, 1, 1, Activation.RELU))
    builder.operator("RESHAPE", [conv], [flat], ReshapeOptions((1, 8)))
    builder.operator("FULLY_CONNECTED", [flat, m, -1], [full], FullyConnectedOptions(Activation.NONE, 0, False))
    builder.operator("ADD", [full, full], [y], AddOptions(Activation.NONE, True))
    return builder.build([x], [y], description="seed")


SEED = build_seed()


def outcome(data: bytes) -> Model | ModelError:
    """What reading gives; any other exception fails the test."""
    try:
        return read_model(data, "net")
    except ModelError as error:
        assert len(error.message) < 500
        return error


def test_seed_is_sound() -> None:
    assert isinstance(outcome(SEED), Model)


def test_truncation_at_every_length() -> None:
    for length in range(len(SEED)):
        assert isinstance(outcome(SEED[:length]), ModelError), length


@pytest.mark.slow
def test_every_byte_set_to_every_extreme() -> None:
    for position in range(len(SEED)):
        for value in (0x00, 0x80, 0xFF, SEED[position] ^ 1):
            outcome(SEED[:position] + bytes([value]) + SEED[position + 1 :])


@pytest.mark.slow
def test_every_word_set_to_extremes() -> None:
    """Offsets (to itself, before the start, far beyond), vtable distances, lengths, indices."""
    words = [0, 1, 4, -1, -4, 2**31 - 1, -(2**31), len(SEED), len(SEED) - 4, -len(SEED), 0x00040004]
    for position in range(0, len(SEED) - 3, 4):
        for word in (*words, -position, position, len(SEED) - position):
            outcome(SEED[:position] + struct.pack("<i", word) + SEED[position + 4 :])


@settings(max_examples=600, deadline=20_000, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=16))
def test_random_bytes_changed(edits: list[tuple[int, int]]) -> None:
    data = bytearray(SEED)
    for position, value in edits:
        data[position] = value
    outcome(bytes(data))


@settings(max_examples=300, deadline=20_000)
@given(
    st.integers(0, len(SEED)),
    st.integers(0, len(SEED)),
    st.integers(0, len(SEED)),
    st.binary(max_size=32),
    st.booleans(),
)
def test_pieces_moved(start: int, end: int, to: int, inserted: bytes, keep: bool) -> None:
    """Insertions, deletions, duplicates and moves, which leave every later offset wrong."""
    piece = SEED[min(start, end) : max(start, end)]
    rest = SEED if keep else SEED[: min(start, end)] + SEED[max(start, end) :]
    outcome(rest[:to] + inserted + piece + rest[to:])


@settings(max_examples=300, deadline=20_000)
@given(st.binary(max_size=400))
def test_random_bytes_behind_the_identifier(data: bytes) -> None:
    outcome(data[:4].ljust(4, b"\x08") + b"TFL3" + data[4:])


def test_offsets_that_lead_back_to_the_root() -> None:
    for position in range(0, len(SEED) - 3, 4):
        outcome(SEED[:position] + struct.pack("<I", -position % 2**32) + SEED[position + 4 :])


def table(writer: flatbuffers.Builder, fields: dict[int, int]) -> int:
    """A table whose fields are offsets."""
    writer.StartObject(max(fields, default=0) + 1)
    for slot, offset in fields.items():
        writer.PrependUOffsetTRelativeSlot(slot, offset, 0)
    return writer.EndObject()


def repeat(writer: flatbuffers.Builder, offset: int, count: int) -> int:
    writer.StartVector(4, count, 4)
    for _ in range(count):
        writer.PrependUOffsetTRelative(offset)
    return writer.EndVector()


def amplifying_file(count: int, tensor_bytes: int, operator_inputs: int) -> bytes:
    """`count` tensors and operators that are all the same two tables, with a long name or a long input list."""
    writer = flatbuffers.Builder(1024)
    name = writer.CreateString("n" * tensor_bytes)
    tensor = table(writer, {3: name})
    writer.StartVector(4, operator_inputs, 4)
    for _ in range(operator_inputs):
        writer.PrependInt32(-1)
    inputs = writer.EndVector()
    operator = table(writer, {1: inputs, 2: inputs})
    tensors, operators = repeat(writer, tensor, count), repeat(writer, operator, count)
    graph = table(writer, {0: tensors, 1: inputs, 2: inputs, 3: operators})
    code = table(writer, {})
    fields = {1: repeat(writer, code, 1), 2: repeat(writer, graph, 1), 4: repeat(writer, table(writer, {}), 1)}
    schema.ModelStart(writer)
    for slot, offset in fields.items():
        writer.PrependUOffsetTRelativeSlot(slot, offset, 0)
    schema.ModelAddVersion(writer, 3)
    writer.Finish(schema.ModelEnd(writer), file_identifier=b"TFL3")
    return bytes(writer.Output())


@pytest.mark.parametrize(
    ("count", "tensor_bytes", "operator_inputs"),
    [(30_000, 1, 1), (20_000, 100_000, 1), (5_000, 1, 50_000), (70_000, 1, 1), (1, 1, 200_000)],
)
def test_what_repeats_itself_costs_no_more_than_its_file(count: int, tensor_bytes: int, operator_inputs: int) -> None:
    data = amplifying_file(count, tensor_bytes, operator_inputs)
    assert lines_of(lambda: outcome(data)) < 35 * len(data)
    tracemalloc.start()
    try:
        assert isinstance(outcome(data), ModelError)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * len(data) + 1_000_000


def test_a_large_honest_file_is_held_about_once() -> None:
    builder = Builder()
    x, y = builder.tensor("x", (1, 4096)), builder.tensor("y", (1, 1024))
    w = builder.tensor("w", (1024, 4096), data=bytes(1024 * 4096))
    builder.operator("FULLY_CONNECTED", [x, w, -1], [y])
    data = builder.build([x], [y])
    tracemalloc.start()
    try:
        model = read_model(data, "net")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(model.tensors[w].data or b"") == 1024 * 4096
    assert peak < 1.2 * len(data) + 1_000_000


def test_hundreds_of_operators_stay_within_the_meter() -> None:
    """Honest files of the smallest tables there are (no names, empty shapes) are not taken for an attack."""
    builder = Builder()
    previous = builder.tensor("", ())
    for _ in range(3000):
        following = builder.tensor("", ())
        builder.operator("RELU", [previous], [following])
        previous = following
    model = outcome(builder.build([0], [previous]))
    assert isinstance(model, Model)
    assert len(model.operators) == 3000
