"""Who needs memory, from when to when."""

from __future__ import annotations

from arena_programs import Draft

from platformio_tinyml.arena.lifetimes import arena_buffers
from platformio_tinyml.model import TensorType
from platformio_tinyml.program import Program


def times(program: Program, keep_input: bool = False) -> dict[int | None, tuple[int, int]]:
    buffers = arena_buffers(program, keep_input=keep_input)
    assert len({(buffer.tensor, buffer.first_used) for buffer in buffers}) == len(buffers)
    return {buffer.tensor: (buffer.first_used, buffer.last_used) for buffer in buffers}


def test_a_chain() -> None:
    draft = Draft()
    x = draft.input(4)
    y = draft.step([x], 5)
    z = draft.step([y], 6)
    assert times(draft.program(z)) == {x: (-1, 0), y: (0, 1), z: (1, 2)}
    assert times(draft.program(z), keep_input=True) == {x: (-1, 2), y: (0, 1), z: (1, 2)}


def test_an_output_that_nothing_reads_and_an_input_that_nothing_reads() -> None:
    draft = Draft()
    x, unread = draft.input(4), draft.input(3)
    dead = draft.step([x], 5)
    y = draft.step([x], 6)
    assert times(draft.program(y)) == {x: (-1, 1), unread: (-1, -1), dead: (0, 0), y: (1, 2)}


def test_a_model_output_that_is_read_again_lives_to_the_end() -> None:
    draft = Draft()
    x = draft.input(4)
    y = draft.step([x], 5)
    z = draft.step([y], 6)
    assert times(draft.program(y, z))[y] == (0, 2)


def test_views_belong_to_their_owner() -> None:
    draft = Draft()
    x = draft.input(8)
    left, right = draft.view(x, 4), draft.view(x, 4, 4)
    inner = draft.view(right, 2, 2)
    y = draft.step([left], 4)
    z = draft.step([inner, y], 4)
    assert times(draft.program(z)) == {x: (-1, 1), y: (0, 1), z: (1, 2)}


def test_a_concatenation_lives_from_its_first_part() -> None:
    draft = Draft()
    x = draft.input(8)
    whole = draft.tensor(8)
    first, second = draft.view(whole, 4), draft.view(whole, 4, 4)
    draft.call([x], [first])
    draft.call([x], [second])
    y = draft.step([whole], 1)
    assert times(draft.program(y)) == {x: (-1, 1), whole: (0, 2), y: (2, 3)}


def test_a_program_without_calls_returns_its_input() -> None:
    draft = Draft()
    x = draft.input(4)
    assert times(draft.program(draft.view(x, 4))) == {x: (-1, 0)}


def test_constants_are_not_in_the_arena_and_variables_always() -> None:
    draft = Draft()
    x = draft.input(4)
    constant = draft.tensor(4, data=bytes(4))
    state = draft.tensor(4, is_variable=True)
    draft.call([x], [state])
    y = draft.step([draft.view(constant, 4), state], 4)
    last = draft.step([y], 4)
    assert times(draft.program(last)) == {x: (-1, 0), state: (-1, 3), y: (1, 2), last: (2, 3)}


def test_scratch_lives_during_its_call() -> None:
    draft = Draft()
    x = draft.input(4)
    y = draft.step([x], 4, scratch=7)
    scratch = [buffer for buffer in arena_buffers(draft.program(y)) if buffer.tensor is None]
    assert [(buffer.size, buffer.first_used, buffer.last_used) for buffer in scratch] == [(7, 0, 0)]


def test_alignment_follows_the_widest_element_of_owner_and_views() -> None:
    draft = Draft()
    x = draft.input(4)
    y = draft.step([x], 4, TensorType.FLOAT32)
    z = draft.step([y], 4, TensorType.INT64, scratch=1)
    sizes = {buffer.tensor: (buffer.size, buffer.alignment) for buffer in arena_buffers(draft.program(z))}
    assert sizes == {x: (4, 4), y: (16, 4), z: (32, 8), None: (1, 8)}
