"""Which calls become streams, and that a wrong one is found out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from network import Network
from stream_graphs import any_streams, tall_graph
from zoo import network

from platformio_tinyml.arena import plan_arena
from platformio_tinyml.errors import ModelError, TinymlError
from platformio_tinyml.model import Model, Padding
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.program import APPLICATION, Program, Stream
from platformio_tinyml.schedule import Schedules, schedule_arena
from platformio_tinyml.schedule.choose import with_streams
from platformio_tinyml.schedule.price import price_of, work_of
from platformio_tinyml.simplify import simplify
from platformio_tinyml.streams import Streams
from platformio_tinyml.tflite import read_model, read_model_file

sys.path.append(str(Path(__file__).resolve().parent.parent / "codegen"))

from c_build import STRICT, compile_c, generate

LARGEST = {"kws_ref_model": 6_800, "vww_96_int8": 29_000, "pretrainedResnet_quant": 19_000}
"""Bytes of the arena."""


@pytest.fixture
def digits(repo: Path) -> Program:
    return lower_model(simplify(read_model_file(repo / "examples" / "digits" / "models" / "digits.tflite")).model)


def random_programs(count: int, seed: int) -> list[Program]:
    found = []
    for number in range(count):
        model: Model = read_model(tall_graph(np.random.default_rng([seed, number])), "g")
        if not check_model(model):
            found.append(lower_model(model))
    return found


@pytest.mark.parametrize("name", LARGEST)
def test_models_of_mlperf_tiny(name: str, shared_models: Path) -> None:
    program = lower_model(simplify(read_model_file(shared_models / f"{name}.tflite")).model)
    scheduled = schedule_arena(program)
    assert scheduled.plan.size <= LARGEST[name] < scheduled.whole
    assert scheduled.program.streams
    assert scheduled == schedule_arena(program), "the same each time"


@pytest.mark.parametrize(
    ("name", "ways", "least"),
    [("focus", {}, 2_592), ("unet_depth_to_space", {"rows_out": True}, 4_080), ("mirrored", {}, 1_728)],
)
def test_rows_that_are_rearranged(name: str, ways: dict[str, bool], least: int) -> None:
    """SPACE_TO_DEPTH makes one row of two, DEPTH_TO_SPACE two of one, MIRROR_PAD rows in another order at both ends."""
    program = lower_model(simplify(read_model(network(name), name)).model)
    scheduled = schedule_arena(program, **ways)
    assert scheduled.plan.size <= least < scheduled.whole
    kinds = {program.calls[call].source.kind for s in scheduled.program.streams for call in range(s.first, s.last + 1)}
    assert kinds & {"SPACE_TO_DEPTH", "DEPTH_TO_SPACE", "MIRROR_PAD"}


@pytest.mark.parametrize("name", ["conv_1d", "wavenet"])
def test_what_saves_next_to_nothing_is_not_worth_its_code(name: str) -> None:
    program = lower_model(simplify(read_model(network(name), name)).model)
    smallest = min(plan_arena(with_streams(program, each)).size for each, _ in Schedules(program).whole())
    scheduled = schedule_arena(program)
    assert scheduled.whole - 192 < smallest < scheduled.plan.size == scheduled.whole
    assert not scheduled.program.streams


@pytest.mark.parametrize("name", ["inception", "densenet", "residual_sharpener"])
def test_steps_cost_little_or_save_much(name: str) -> None:
    """Where rows are short fewer operators are joined, or more rows made at once, than would take the fewest bytes."""
    program = lower_model(simplify(read_model(network(name), name)).model)
    whole, scheduled = plan_arena(program).size, schedule_arena(program)
    price = 100 * sum(map(price_of, scheduled.program.streams)) / work_of(program)
    assert price <= max(3, 10 * (1 - scheduled.plan.size / whole))
    cheaper = [s for stream in scheduled.program.streams for s in stream.stages if s.band > 1]
    assert cheaper or not scheduled.program.streams


def test_rows_by_any_whole_factor() -> None:
    """Of resized images and of TRANSPOSE_CONV."""
    rng, found = np.random.default_rng(8), set()
    for program in random_programs(60, 7):
        streams = any_streams(program, rng).streams
        found |= {r.repeats for stream in streams for stage in stream.stages for r in stage.readings}
    assert found >= {1, 2, 3, 4}


LEAST = {"densenet": 3_248, "shufflenet": 1_488, "residual_sharpener": 1_216}
"""Bytes of the arena where nothing but RAM counts."""


@pytest.mark.parametrize("name", LEAST)
def test_least(name: str) -> None:
    program = lower_model(simplify(read_model(network(name), name)).model)
    scheduled, least = schedule_arena(program), schedule_arena(program, streams=Streams.LEAST)
    assert least.plan.size <= LEAST[name] < scheduled.plan.size
    assert least.price > scheduled.price
    assert scheduled.least == least


def test_off(digits: Program) -> None:
    whole = schedule_arena(digits, streams=Streams.OFF)
    assert (whole.program, whole.plan) == (digits, plan_arena(digits))
    assert schedule_arena(digits).plan.size < whole.plan.size == whole.whole


@pytest.mark.parametrize("keep_input", [False, True])
def test_never_more_memory(keep_input: bool) -> None:
    smaller = 0
    for program in random_programs(40, 1):
        whole = plan_arena(program, keep_input=keep_input).size
        scheduled = schedule_arena(program, keep_input=keep_input)
        size = scheduled.plan.size
        assert size <= whole
        assert (size < whole) == bool(scheduled.program.streams)
        smaller += size < whole
    assert smaller


ROWS = {"in": {"by_rows": True}, "out": {"rows_out": True}, "both": {"by_rows": True, "rows_out": True}}
MORE_IN_STREAMS = ("lenet", "tiny_conv", "keyword_attention", "crnn")
"""Networks of which one of ROWS, or both, would take more bytes in streams than held whole."""


def test_rows_never_take_more_memory() -> None:
    """Than without, and both ways no more than either alone: what is held whole for that is copied row by row."""
    programs = random_programs(15, 11)
    programs += [lower_model(simplify(read_model(network(name), name)).model) for name in MORE_IN_STREAMS]
    copied = 0
    for program in programs:
        sizes = {"default": schedule_arena(program).plan.size}
        for way, rows in ROWS.items():
            try:
                scheduled = schedule_arena(program, **rows)
            except ModelError:
                continue
            found = scheduled.program
            assert (found.takes_rows, found.hands_out_rows) == (way != "out", way != "in")
            assert scheduled.plan.size <= min(sizes.values()) or way == "out", (program.model.name, way, sizes)
            assert scheduled.plan.size <= sizes["default"]
            sizes[way] = scheduled.plan.size
            copied += found.copied_in + found.copied_out > 0
    assert copied >= len(MORE_IN_STREAMS)


def wrong_ones(stream: Stream) -> Iterator[Stream]:
    """The stream with a row less in a window, a row more moved out of it, or a stage that reads a row too far."""
    for number, window in enumerate(stream.windows):
        if window.rows < window.total:
            for changed in (replace(window, rows=window.rows - 1), replace(window, shift=window.rows)):
                if changed.rows and changed != window:
                    yield replace(stream, windows=(*stream.windows[:number], changed, *stream.windows[number + 1 :]))
    for number, stage in enumerate(stream.stages):
        if not stage.readings:
            continue
        reading = stage.readings[0]
        if stream.windows[reading.window].row:
            farther = replace(stage, readings=(replace(reading, first=reading.first + 1), *stage.readings[1:]))
            yield replace(stream, stages=(*stream.stages[:number], farther, *stream.stages[number + 1 :]))


def test_a_wrong_stream_is_found_out() -> None:
    """A shift of all rows may be right where the scheduler did not see it; all else must be refused."""
    rng = np.random.default_rng(5)
    tried = 0
    for program in random_programs(60, 2):
        scheduled = any_streams(program, rng)
        if not scheduled.streams:
            continue
        plan_arena(scheduled)
        for wrong in wrong_ones(scheduled.streams[0]):
            tried += 1
            with pytest.raises(TinymlError, match="arena plan"):
                plan_arena(replace(scheduled, streams=(wrong, *scheduled.streams[1:])))
    assert tried > 100


def padded_pools() -> Program:
    """MAX_POOL_2D with SAME, and behind a PAD."""
    net = Network(4)
    value = net.conv(net.input(1, 12, 6, 3), 4)
    pooled = net.pool(value, "MAX_POOL_2D", 3, 1, Padding.SAME)
    padded = net.pad(pooled, (0, 0), (1, 1), (1, 1), (0, 0))
    return lower_model(read_model(net.build(net.conv(net.pool(padded, "MAX_POOL_2D", 3, 1), 4, 1)), "pools"))


def test_padding_of_another_value_is_found_out() -> None:
    """Of convolutions it has to be the input's zero point, of a maximum the lowest value, of PAD what it pads with."""
    rng, tried = np.random.default_rng(9), {"conv": 0, "max_pool": 0, "copy": 0}
    for program in [*random_programs(30, 12), *[padded_pools()] * 8]:
        scheduled = any_streams(program, rng)
        for place, stream in enumerate(scheduled.streams):
            padded = {
                reading.window: kind
                for stage in stream.stages
                for kind in tried
                if kind in scheduled.calls[stage.call].function
                for reading in stage.readings
                if stream.windows[reading.window].top
            }
            for number, kind in padded.items():
                changed = replace(stream.windows[number], fill=stream.windows[number].fill ^ 1)
                windows = (*stream.windows[:number], changed, *stream.windows[number + 1 :])
                wrong = replace(stream, windows=windows)
                tried[kind] += 1
                with pytest.raises(TinymlError, match="does not find row"):
                    plan_arena(
                        replace(scheduled, streams=(*scheduled.streams[:place], wrong, *scheduled.streams[place + 1 :]))
                    )
    assert min(tried.values()) > 5, tried


def test_the_runtime_has_no_more_than_two_inputs_a_stage() -> None:
    for program in random_programs(30, 3):
        for stream in (built.stream for found, _ in Schedules(program).whole() for built in found):
            assert all(len(stage.readings) <= 2 for stage in stream.stages)
            assert len(stream.windows) <= 127


HANDED = {"kws_ref_model": 6_800, "vww_96_int8": 16_000, "pretrainedResnet_quant": 19_000}
"""Bytes of the arena where rows are handed in."""


@pytest.mark.parametrize("name", HANDED)
def test_rows_handed_in(name: str, shared_models: Path) -> None:
    program = lower_model(simplify(read_model_file(shared_models / f"{name}.tflite")).model)
    scheduled = schedule_arena(program, by_rows=True)
    assert scheduled.program.takes_rows
    assert scheduled.plan.size <= HANDED[name]


@pytest.mark.parametrize("way", ["by_rows", "rows_out"])
def test_a_wrong_stream_of_handed_rows_is_found_out(way: str) -> None:
    rng = np.random.default_rng(6)
    tried, place = 0, 0 if way == "by_rows" else -1
    for program in random_programs(60 if place == 0 else 120, 4):
        try:
            scheduled = any_streams(program, rng, **{way: True})
        except ModelError:
            continue
        if not (scheduled.takes_rows or scheduled.hands_out_rows):
            continue
        plan_arena(scheduled)
        for wrong in wrong_ones(scheduled.streams[place]):
            tried += 1
            streams = (wrong, *scheduled.streams[1:]) if place == 0 else (*scheduled.streams[:-1], wrong)
            with pytest.raises(TinymlError, match="arena plan"):
                plan_arena(replace(scheduled, streams=streams))
    assert tried > 50


def test_a_search_that_has_no_work_left_hands_rows_in_and_out_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out then are larger streams."""
    monkeypatch.setattr("platformio_tinyml.schedule.search.WORK", 2)
    found = schedule_arena(lower_model(read_model(network("espcn"), "espcn")), by_rows=True, rows_out=True)
    handed = any(APPLICATION in (s.stages[0].call, s.stages[-1].call) for s in found.program.streams)
    assert handed or (found.program.copied_in and found.program.copied_out)


def test_where_rows_cannot_be_handed_in(repo: Path) -> None:
    sine = lower_model(read_model_file(repo / "examples" / "sine" / "models" / "sine.tflite"))
    with pytest.raises(ModelError, match="operator 0, FULLY_CONNECTED, which reads it, needs all of it at once"):
        schedule_arena(sine, by_rows=True)


@pytest.mark.slow
@pytest.mark.parametrize("by_rows", [False, True], ids=["whole", "rows"])
@pytest.mark.parametrize("compiler", [("gcc", "-std=c99"), ("g++", "-x", "c++", "-std=c++17")], ids=["c99", "c++17"])
def test_strict_compilers_take_it(compiler: tuple[str, ...], by_rows: bool, digits: Program, tmp_path: Path) -> None:
    scheduled = schedule_arena(digits, by_rows=by_rows)
    program, plan = scheduled.program, scheduled.plan
    assert program.streams
    generate(tmp_path, program, plan, (0,) * len(program.model.operators))
    compile_c(tmp_path, *compiler, *(flag for flag in STRICT if compiler[0] == "gcc" or flag != "-pedantic"), "-c")
