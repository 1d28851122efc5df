"""The search for streams: what it does not build could not have helped, and it builds little."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from network import Network
from stream_graphs import tall_graph

from platformio_tinyml.arena import plan_arena
from platformio_tinyml.errors import ModelError
from platformio_tinyml.model import TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.program import Program
from platformio_tinyml.schedule import Schedules, schedule_arena, search
from platformio_tinyml.schedule.build import Built, build
from platformio_tinyml.schedule.choose import with_streams
from platformio_tinyml.schedule.ends import with_ends
from platformio_tinyml.schedule.least import least_bytes
from platformio_tinyml.schedule.row_calls import row_calls
from platformio_tinyml.schedule.rows import RowCall
from platformio_tinyml.tflite import read_model

WAYS = [(False, False), (True, False), (False, True), (True, True)]


def residual(blocks: int, side: int) -> Program:
    net = Network(3)
    output = net.conv(net.input(1, side, side, 3), 8)
    for _ in range(blocks):
        output = net.add(output, net.conv(net.conv(output, 8), 8))
    return lower_model(read_model(net.build(output), "residual"))


@pytest.mark.parametrize("type_", [TensorType.INT8, TensorType.INT16, TensorType.FLOAT32], ids=lambda each: each.name)
def test_no_stream_takes_less_than_its_bound(type_: TensorType) -> None:
    shares = []
    for seed in range(12):
        model = read_model(tall_graph(np.random.default_rng([seed, 41]), type_.name.lower()), "g")
        if check_model(model):
            continue
        program = lower_model(model)
        for by_rows, rows_out in WAYS:
            try:
                calls = with_ends(program, row_calls(program), by_rows=by_rows, rows_out=rows_out)
            except ModelError:
                continue
            shares += list(shares_of(program, calls))
    assert len(shares) > 200
    assert float(np.median(shares)) > 0.85, "a bound that says little"


def shares_of(program: Program, calls: dict[int, RowCall]) -> Sequence[float]:
    """Of what each stream takes the share that its bound says, for all ranges of calls."""
    shares = []
    for first in range(len(program.calls)):
        least = list(least_bytes(program, first, calls))
        for last in range(first, len(program.calls)):
            in_range = all(call in calls for call in range(first, last + 1))
            for each in build(program, first, last, calls) if in_range else ():
                bound = least[last - first][0]
                assert bound <= each.bytes
                assert {tensor for _, tensors in least[: last - first + 1] for tensor in tensors} == each.tensors
                shares.append(bound / max(each.bytes, 1))
    return shares


@pytest.mark.parametrize(("blocks", "side", "bytes_", "steps"), [(100, 24, 9_712, 20_000), (33, 96, 99_840, 35_000)])
def test_a_search_of_many_operators(
    blocks: int, side: int, bytes_: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams of `steps` steps at most are built, and no stream that might help is left out for lack of work."""
    built: list[int] = []

    def counted(program: Program, first: int, last: int, calls: dict[int, RowCall]) -> tuple[Built, ...]:
        found = build(program, first, last, calls)
        built.extend(len(each.stream.order) for each in found)
        return found

    monkeypatch.setattr(search, "build", counted)
    assert schedule_arena(residual(blocks, side)).plan.size <= bytes_
    assert 0 < sum(built) < steps


def test_many_streams_have_to_save_more() -> None:
    """Each is some 150 bytes of flash: twenty that save a little more than one has to are left out."""
    program = residual(20, 20)
    found = [with_streams(program, each) for each, _ in Schedules(program).whole()]
    scheduled = schedule_arena(program)
    assert {len(each.streams) for each in found} == {20}
    assert 192 <= scheduled.whole - min(plan_arena(each).size for each in found) < 192 + 19 * 16
    assert not scheduled.program.streams
