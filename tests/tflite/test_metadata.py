"""A plan in a file's bytes: the model stays what it was, TFLM takes the offsets."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tflite as schema
from model_builder import Builder, per_tensor
from tflm_oracle import random_inputs

from platformio_tinyml.errors import ModelError
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.metadata import ONLINE, has_offline_plan, with_offline_plan
from platformio_tinyml.tflm.offline_plan import offline_offsets


def small_model(large: bool = False) -> bytes:
    """x + c -> a, a + c -> b."""
    builder = Builder()
    values = np.arange(24, dtype=np.int8)
    constant = builder.tensor(
        "c",
        (1, 24),
        quantization=per_tensor(0.5),
        **({"buffer": builder.large_buffer(values.tobytes())} if large else {"data": values}),
    )
    x, a, b = (builder.tensor(name, (1, 24), quantization=per_tensor(0.5)) for name in "xab")
    builder.operator("ADD", [x, constant], [a])
    builder.operator("ADD", [a, constant], [b])
    return builder.build([x], [b], description="two sums")


def plan_in(data: bytes) -> list[int]:
    file = schema.Model.GetRootAs(data)
    entries = [file.Metadata(index) for index in range(file.MetadataLength())]
    (entry,) = [entry for entry in entries if entry.Name() == b"OfflineMemoryAllocation"]
    return list(
        struct.unpack(
            f"<{file.Buffers(entry.Buffer()).DataLength() // 4}i", bytes(file.Buffers(entry.Buffer()).DataAsNumpy())
        )
    )


def test_the_model_is_the_same_and_has_the_plan() -> None:
    data = small_model()
    planned = with_offline_plan(data, (ONLINE, 0, 32, 64))
    assert read_model(planned, "net") == read_model(data, "net")
    assert plan_in(planned) == [1, 0, 4, ONLINE, 0, 32, 64]
    assert (has_offline_plan(data), has_offline_plan(planned)) == (False, True)
    assert planned[4:8] == b"TFL3"
    assert len(planned) < len(data) + 400


def test_every_buffer_is_still_aligned() -> None:
    for padding in range(16):  # a file may have any length
        planned = with_offline_plan(small_model() + bytes(padding), (ONLINE, 0, 32, 64))
        file = schema.Model.GetRootAs(planned)
        for index in range(file.BuffersLength()):
            buffer = file.Buffers(index)
            if buffer.DataLength():
                place = buffer._tab.Vector(buffer._tab.Offset(4))
                assert place % 16 == 0, (padding, index)


def test_other_metadata_is_kept() -> None:
    once = with_offline_plan(small_model(), (ONLINE, 0, 32, 64)).replace(
        b"OfflineMemoryAllocation", b"SomethingElseEntirely!!"
    )
    assert not has_offline_plan(once)
    file = schema.Model.GetRootAs(with_offline_plan(once, (ONLINE, 64, 0, 32)))
    assert [file.Metadata(index).Name() for index in range(2)] == [
        b"SomethingElseEntirely!!",
        b"OfflineMemoryAllocation",
    ]


def test_buffers_behind_the_flatbuffer_are_refused() -> None:
    with pytest.raises(ModelError, match="behind"):
        with_offline_plan(small_model(large=True), (ONLINE, 0, 32, 64))


def test_offsets_of_activations_only() -> None:
    offsets = offline_offsets(read_model(small_model(), "net"))
    assert offsets[0] == ONLINE
    assert sorted(offsets[1:]) in ([0, 0, 32], [0, 32, 32])  # x and b are never live together
    assert offsets[1] != offsets[2] != offsets[3]


def outputs_of(data: bytes, values: np.ndarray, arena_size: int) -> bytes:
    """What TFLM computes in an arena of that size; RuntimeError where it refuses it."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=arena_size)
    interpreter.set_input(values, 0)
    interpreter.invoke()
    result: np.ndarray = interpreter.get_output(0)
    return result.tobytes()


def test_tflm_takes_the_plan_and_computes_the_same() -> None:
    data = small_model()
    model = read_model(data, "net")
    (values,) = random_inputs(model, np.random.default_rng(1))
    planned = with_offline_plan(data, offline_offsets(model))
    assert outputs_of(planned, values, 1 << 16) == outputs_of(data, values, 1 << 16)


def test_tflm_reads_the_offsets_of_the_plan() -> None:
    """One offset beyond the arena has to be noticed."""
    with pytest.raises(RuntimeError, match="allocate"):
        outputs_of(with_offline_plan(small_model(), (ONLINE, 0, 1 << 26, 64)), np.zeros((1, 24), np.int8), 1 << 16)


@pytest.mark.slow
def test_the_largest_shared_model(shared_models: Path) -> None:
    """TFLM itself needs less for vww_96_int8 with our plan."""
    data = (shared_models / "vww_96_int8.tflite").read_bytes()
    model = read_model(data, "vww")
    planned = with_offline_plan(data, offline_offsets(model))
    assert read_model(planned, "vww") == model
    (values,) = random_inputs(model, np.random.default_rng(2))
    assert outputs_of(planned, values, 95_000) == outputs_of(data, values, 200_000)
    with pytest.raises(RuntimeError, match="allocate"):
        outputs_of(data, values, 95_000)
