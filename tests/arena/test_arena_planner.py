"""Sizes, bounds, and the reuse of dying inputs."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from arena_programs import Draft, random_programs
from arena_reference import is_right, offsets_of, optimum
from counted_work import lines_of
from hypothesis import given, settings

from platformio_tinyml.arena import place_firmware, plan_arena
from platformio_tinyml.model import TensorType
from platformio_tinyml.program import Program


def without_overlaps(program: Program) -> Program:
    return replace(program, overlaps=())


def figures(program: Program, *, keep_input: bool = False) -> tuple[int, int, int]:
    """(size, lower_bound, planned_bound) of a plan that is right by the reference too."""
    plan = plan_arena(program, keep_input=keep_input)
    assert is_right(program, offsets_of(plan), keep_input)
    return plan.size, plan.lower_bound, plan.planned_bound


def test_hello_world_needs_32_bytes() -> None:
    draft = Draft()
    x = draft.input(1)
    for size in (16, 16, 1):
        x = draft.step([x], size)
    assert figures(draft.program(x)) == (32, 32, 32)


def test_an_elementwise_chain_runs_in_one_buffer() -> None:
    draft = Draft()
    x = draft.input(160)
    for _ in range(5):
        x = draft.step([x], 160, distances=[0])
    program = draft.program(x)
    assert figures(program) == (160, 320, 160)
    assert figures(without_overlaps(program)) == (320, 320, 320)


def test_a_kept_input_is_not_reused() -> None:
    draft = Draft()
    x = draft.input(160)
    y = draft.step([x], 160, distances=[0])
    z = draft.step([y], 160, distances=[0])
    assert figures(draft.program(z)) == (160, 320, 160)
    assert figures(draft.program(z), keep_input=True) == (320, 480, 320)


def test_add_writes_over_either_of_two_dying_inputs() -> None:
    draft = Draft()
    x = draft.input(160)
    left, right = draft.step([x], 160), draft.step([x], 160)
    y = draft.step([left, right], 160, distances=[0, 0])
    assert figures(draft.program(y)) == (480, 480, 480)
    draft = Draft()
    left, right = draft.input(160), draft.input(160)
    y = draft.step([left, right], 160, distances=[0, 0])
    assert figures(draft.program(y)) == (320, 480, 320)


def test_an_input_with_another_reader_is_not_reused() -> None:
    draft = Draft()
    x = draft.input(160)
    y = draft.step([x], 160, distances=[0])
    z = draft.step([x, y], 160, distances=[None, 0])
    assert figures(draft.program(z)) == (320, 480, 320)


def test_an_input_with_a_reader_through_a_view_is_not_reused() -> None:
    draft = Draft()
    x = draft.input(160)
    other = draft.view(x, 160)
    y = draft.step([x], 160, distances=[0])
    z = draft.step([other, y], 160)
    assert figures(draft.program(z)) == (480, 480, 480)


def test_a_view_of_a_dying_tensor_is_reused() -> None:
    draft = Draft()
    x = draft.input(160)
    y = draft.step([draft.view(x, 160)], 160, distances=[0])
    assert figures(draft.program(draft.view(y, 160))) == (160, 320, 160)


def test_view_offsets_count() -> None:
    draft = Draft()
    x = draft.input(320)
    y = draft.step([draft.view(x, 160, 160)], 160, distances=[160])
    program = draft.program(y)
    assert figures(program) == (320, 480, 320)
    plan = plan_arena(program)
    assert plan.offset_of(x) + 160 - plan.offset_of(y) >= 160


def test_two_views_of_one_buffer_must_both_be_allowed() -> None:
    draft = Draft()
    x = draft.input(320)
    left, right = draft.view(x, 160), draft.view(x, 160, 160)
    y = draft.step([left, right], 160, distances=[0, None])
    assert figures(draft.program(y)) == (480, 480, 480)
    draft.calls.clear()
    draft.call([left, right], [y], distances=[0, 0])
    assert figures(draft.program(y)) == (320, 480, 320)


def test_variables_and_model_outputs_are_not_reused() -> None:
    draft = Draft()
    state = draft.tensor(160, is_variable=True)
    y = draft.step([state], 160, distances=[0])
    z = draft.step([y], 160, distances=[0])
    assert figures(draft.program(y, z)) == (480, 480, 480)
    assert figures(draft.program(z)) == (320, 480, 320)


def test_an_output_that_grows_lies_below_its_input() -> None:
    draft = Draft()
    x = draft.input(160)
    y = draft.step([x], 160, TensorType.FLOAT32, distances=[3 * 160])
    program = draft.program(y)
    assert figures(program) == (640, 800, 640)
    plan = plan_arena(program)
    assert (plan.offset_of(x), plan.offset_of(y)) == (480, 0)


def test_an_output_that_shrinks_may_begin_above_its_input() -> None:
    draft = Draft()
    x = draft.input(640)
    y = draft.step([x], 160, distances=[-480])
    assert figures(draft.program(y)) == (640, 800, 640)


def test_sliding_windows_move_down_the_arena() -> None:
    draft = Draft()
    x = draft.input(1600)
    for _ in range(4):
        x = draft.step([x], 1600, distances=[160])
    program = draft.program(x)
    assert figures(program) == (1600 + 4 * 160, 3200, 1760)
    assert len(plan_arena(program).overlaps) == 4


def test_the_way_out_of_a_long_slide_is_not_worse_than_two_buffers() -> None:
    draft = Draft()
    x = draft.input(1600)
    for _ in range(20):
        x = draft.step([x], 1600, distances=[160])
    assert figures(draft.program(x))[0] == 3200


def test_an_expansion_squeezed_between_slides() -> None:
    """As in a MobileNet: the peak is a growing call, and all around it slides."""
    draft = Draft()
    x = draft.input(27648)
    x = draft.step([x], 18432, distances=[24])
    x = draft.step([x], 18432, distances=[392])
    x = draft.step([x], 36864, distances=[18440])
    x = draft.step([x], 9216, distances=[16])
    x = draft.step([x], 18432, distances=[9232])
    size, lower, _ = figures(draft.program(x))
    assert lower == 55296
    assert size <= 36896


def test_a_residual_block() -> None:
    draft = Draft()
    x = draft.input(1600)
    main = draft.step([draft.step([x], 1600)], 1600, distances=[640])
    y = draft.step([x, main], 1600, distances=[0, 0])
    assert figures(draft.program(y)) == (1600 + 1600 + 640, 4800, 3840)


def test_overlaps_are_used_only_where_they_help() -> None:
    draft = Draft()
    x = draft.input(320)
    x = draft.step([x], 320, distances=[0])
    for _ in range(6):
        x = draft.step([x], 16, distances=[0])
    plan = plan_arena(draft.program(x))
    assert plan.size == 320
    assert {overlap.call for overlap in plan.overlaps} <= {0, 1}


def test_no_overlap_where_the_bound_is_reached_without() -> None:
    draft = Draft()
    x = draft.input(100)
    x = draft.step([x], 300)
    x = draft.step([x], 100)
    x = draft.step([x], 100, distances=[0])
    plan = plan_arena(draft.program(x))
    assert (plan.size, plan.overlaps) == (400, ())


def test_scratch_counts_and_is_not_shared() -> None:
    draft = Draft()
    x = draft.input(160)
    y = draft.step([x], 160, distances=[0], scratch=32)
    assert figures(draft.program(y)) == (192, 352, 192)


def test_small_and_odd_sizes() -> None:
    draft = Draft()
    x = draft.input(0)
    y = draft.step([x], 5, scratch=1)
    z = draft.step([y], 3, TensorType.INT64)
    assert figures(draft.program(z)) == (32, 32, 32)
    assert figures(Draft().program()) == (0, 0, 0)


def test_the_peak_is_where_the_planned_sum_is_largest() -> None:
    draft = Draft()
    x = draft.input(400)
    x = draft.step([x], 400, distances=[0])
    x = draft.step([x], 200)
    program = draft.program(x)
    assert (plan_arena(program).peak, plan_arena(without_overlaps(program)).peak) == (1, 0)
    assert plan_arena(Draft().program()).peak == -1


@given(random_programs())
@settings(max_examples=80, deadline=None)
def test_random_programs(program: Program) -> None:
    for keep_input in (False, True):
        plan = plan_arena(program, keep_input=keep_input)
        assert plan == plan_arena(program, keep_input=keep_input)
        assert is_right(program, offsets_of(plan), keep_input)
        assert plan.planned_bound <= min(plan.size, plan.lower_bound)
        assert plan.size <= plan_arena(without_overlaps(program), keep_input=keep_input).size


@given(random_programs(unit=16, most_calls=4, most_elements=4))
@settings(max_examples=60, deadline=None)
def test_tiny_programs_are_planned_best(program: Program) -> None:
    assert plan_arena(program).size == optimum(program, 16)
    assert plan_arena(without_overlaps(program)).size == optimum(without_overlaps(program), 16)


def deep_program(calls: int) -> Program:
    """Residual blocks of changing width, sliding windows, a long skip connection every 30 calls."""
    draft = Draft()
    x = draft.input(48 * 48 * 3)
    early = x
    for index in range(calls // 3):
        width = 16 * (1 + index * 7 % 5)
        wide = draft.step([x], 576 * width, distances=[576 * width])
        narrow = draft.step([wide], 576 * 24, distances=[width * 25], scratch=4 * width)
        second = early if index % 10 == 9 else x
        x = draft.step([narrow, second], 576 * 24, distances=[0, 0])
        early = x if index % 10 == 0 else early
    return draft.program(x)


def test_the_work_is_in_proportion_to_the_operators() -> None:
    assert lines_of(lambda: plan_arena(deep_program(300))) < 4_000_000, "a quarter of a second"
    assert lines_of(lambda: plan_arena(deep_program(600))) < 8_000_000


def test_many_operators() -> None:
    program = deep_program(300)
    plan = plan_arena(program)
    assert plan.planned_bound <= plan.size <= plan_arena(without_overlaps(program)).size


@pytest.mark.parametrize("keep_input", [False, True])
def test_placements_are_in_order_of_first_use(keep_input: bool) -> None:
    plan = plan_arena(deep_program(30), keep_input=keep_input)
    assert all(a.buffer.first_used <= b.buffer.first_used for a, b in pairwise(plan.placements))


@pytest.mark.parametrize("read_last", [True, False])
def test_a_firmwares_inputs_are_kept_where_that_is_free(read_last: bool) -> None:
    draft = Draft()
    x = draft.input(160)
    y = draft.step([x], 160)
    z = draft.step([y, x] if read_last else [y], 160)
    program = draft.program(z)
    plan = place_firmware(program)
    assert plan.size == plan_arena(program).size
    assert plan.keep_input is read_last
    assert is_right(program, offsets_of(plan), keep_input=read_last)
