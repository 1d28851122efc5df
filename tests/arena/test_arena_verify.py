"""Every corruption of a good plan that matters is found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from arena_programs import Draft, random_programs
from arena_reference import is_right, offsets_of
from hypothesis import given, settings

from platformio_tinyml.arena import plan_arena, verify
from platformio_tinyml.errors import ExitCode, TinymlError
from platformio_tinyml.program import ArenaPlan, Overlap, Placement, Program


def example() -> Program:
    """Two inputs, a residual block in place, scratch, a view, a variable."""
    draft = Draft()
    x, state = draft.input(160), draft.tensor(16, is_variable=True)
    main = draft.step([x], 160, scratch=24)
    y = draft.step([x, main], 160, distances=[0, 0])
    z = draft.step([draft.view(y, 80, 80), state], 32, distances=[16])
    draft.call([z], [state])
    return draft.program(z)


def refusal(program: Program, plan: ArenaPlan) -> str | None:
    """What verify says against a plan; None if it is content."""
    try:
        verify(program, plan)
    except TinymlError as error:
        assert (error.exit_code, error.code) == (ExitCode.INTERNAL, "arena-plan")
        return error.message
    return None


def moved(plan: ArenaPlan, index: int, offset: int) -> ArenaPlan:
    """The plan with one buffer elsewhere."""
    places = list(plan.placements)
    places[index] = replace(places[index], offset=offset)
    return replace(plan, placements=tuple(places))


def with_buffer(plan: ArenaPlan, index: int, **changes: int) -> ArenaPlan:
    places = list(plan.placements)
    places[index] = Placement(replace(places[index].buffer, **changes), places[index].offset)
    return replace(plan, placements=tuple(places))


def all_moves(program: Program, plan: ArenaPlan) -> Iterator[ArenaPlan]:
    plan = replace(plan, overlaps=program.overlaps)
    for index, place in enumerate(plan.placements):
        for offset in range(-4, plan.size + 5, 2):
            if offset != place.offset:
                yield moved(plan, index, offset)


def inside_and_aligned(plan: ArenaPlan) -> bool:
    return all(
        0 <= place.offset <= plan.size - place.buffer.size and place.offset % place.buffer.alignment == 0
        for place in plan.placements
    )


@given(random_programs(most_elements=12, views=False))
@settings(max_examples=20, deadline=None)
def test_every_move_of_a_buffer_is_judged_as_by_the_reference(program: Program) -> None:
    plan = plan_arena(program)
    for wrong in all_moves(program, plan):
        good = inside_and_aligned(wrong) and is_right(program, offsets_of(wrong))
        assert (refusal(program, wrong) is None) == good


@given(random_programs(most_elements=12))
@settings(max_examples=20, deadline=None)
def test_with_views_what_the_reference_allows_is_allowed(program: Program) -> None:
    for other in all_moves(program, plan_arena(program)):
        if inside_and_aligned(other) and is_right(program, offsets_of(other)):
            assert refusal(program, other) is None


def test_a_move_onto_the_viewed_half_is_found_and_onto_the_dead_half_is_harmless() -> None:
    draft = Draft()
    x = draft.input(32)
    y = draft.step([x], 32)
    right = draft.view(y, 16, 16)
    z = draft.step([x], 16)
    out = draft.step([z, right], 16)
    program = draft.program(out)
    plan = plan_arena(program)
    index = next(i for i, place in enumerate(plan.placements) if place.buffer.tensor == z)
    assert refusal(program, moved(plan, index, plan.offset_of(y))) is None
    assert "'t2', overwritten by 't3'" in str(refusal(program, moved(plan, index, plan.offset_of(y) + 16)))


@pytest.mark.parametrize("index", range(len(plan_arena(example()).placements)))
def test_buffers_missing_doubled_or_described_wrongly(index: int) -> None:
    program = example()
    plan = plan_arena(program)
    places = plan.placements
    buffer = places[index].buffer
    assert "no place" in str(refusal(program, replace(plan, placements=places[:index] + places[index + 1 :])))
    assert "two places" in str(refusal(program, replace(plan, placements=(*places, places[index]))))
    assert "needs" in str(refusal(program, with_buffer(plan, index, size=buffer.size - 1)))
    assert "needs" in str(refusal(program, with_buffer(plan, index, size=buffer.size + 1)))
    assert "aligned" in str(refusal(program, with_buffer(plan, index, alignment=1)))
    assert "use" in str(refusal(program, with_buffer(plan, index, last_used=buffer.last_used - 1)))
    assert "use" in str(refusal(program, with_buffer(plan, index, last_used=buffer.last_used + 1)))
    assert refusal(program, with_buffer(plan, index, first_used=buffer.first_used + 1)) is not None


def test_a_place_for_what_needs_none() -> None:
    program = example()
    plan = plan_arena(program)
    extra = replace(plan.placements[0], buffer=replace(plan.placements[0].buffer, tensor=len(program.model.tensors)))
    assert "needs none" in str(refusal(program, replace(plan, placements=(*plan.placements, extra))))


def test_false_figures() -> None:
    program = example()
    plan = plan_arena(program)
    assert plan.overlaps
    for wrong in (
        replace(plan, size=plan.size - 16),
        replace(plan, size=plan.size + 8),
        replace(plan, alignment=8),
        replace(plan, lower_bound=plan.lower_bound + 16),
        replace(plan, lower_bound=plan.lower_bound - 16),
        replace(plan, planned_bound=plan.size + 16),
        replace(plan, peak=-1),
        replace(plan, peak=len(program.calls)),
        replace(plan, overlaps=()),
        replace(plan, overlaps=(*plan.overlaps, Overlap(0, 0, 1, 0, "invented"))),
        replace(plan, keep_input=True),
    ):
        assert refusal(program, wrong) is not None, wrong


def test_a_plan_that_keeps_inputs_is_not_a_plan_that_does_not() -> None:
    program = example()
    plan = plan_arena(program, keep_input=True)
    assert refusal(program, replace(plan, keep_input=False)) is not None


def test_an_overlap_that_the_program_does_not_allow() -> None:
    program = example()
    plan = plan_arena(program)
    assert "does not allow" in str(refusal(replace(program, overlaps=()), replace(plan, overlaps=())))
    stricter = tuple(replace(overlap, min_distance=overlap.min_distance + 4) for overlap in program.overlaps)
    assert "wants" in str(refusal(replace(program, overlaps=stricter), replace(plan, overlaps=stricter)))


def test_the_strictest_of_several_overlaps_counts() -> None:
    program = example()
    plan = plan_arena(program)
    doubled = program.overlaps + tuple(replace(overlap, min_distance=999) for overlap in program.overlaps)
    assert "wants 999" in str(refusal(replace(program, overlaps=doubled), replace(plan, overlaps=doubled)))
    assert plan_arena(replace(program, overlaps=doubled)).overlaps == ()


def test_a_view_outside_its_tensor() -> None:
    draft = Draft()
    x = draft.input(16)
    y = draft.step([draft.view(x, 16, 4)], 16)
    with pytest.raises(TinymlError, match="view 't1' lies outside"):
        plan_arena(draft.program(y))


def test_a_program_that_reads_what_was_never_written() -> None:
    draft = Draft()
    nothing = draft.tensor(16)
    y = draft.step([nothing], 16)
    with pytest.raises(TinymlError, match="never written"):
        plan_arena(draft.program(y))


def test_hostile_names_are_escaped() -> None:
    draft = Draft()
    x = draft.tensor(16, name="a\x1b[2J\n'")
    y = draft.step([x], 16)
    with pytest.raises(TinymlError) as caught:
        plan_arena(draft.program(y))
    assert "a\\x1b[2J\\n'" in caught.value.message
