"""The drawing: right columns, right width, nothing from names."""

from __future__ import annotations

import re

import pytest
from arena_programs import Draft, random_programs
from hypothesis import given, settings
from test_arena_planner import deep_program

from platformio_tinyml.arena import draw, plan_arena
from platformio_tinyml.program import Program


def drawing(program: Program) -> list[str]:
    """Lines of the drawing, each checked to be plain text of at most 80 columns."""
    text = draw(program, plan_arena(program))
    assert text.endswith("\n")
    lines = text[:-1].split("\n")
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert re.fullmatch(r"[ -~\n]*", text)
    return lines


def test_a_small_program() -> None:
    draft = Draft()
    x = draft.input(640)
    y = draft.step([x], 320, scratch=64)
    z = draft.step([y], 320, distances=[0])
    assert drawing(draft.program(z)) == [
        "                          0                                               1,024",
        "    0 CONV_2D          > |[0------------------------------][1-------------][s-]|",
        "    1 CONV_2D            |[2-------------]                 [--------------]    |",
        "",
        "Live at the peak, call 0 (CONV_2D):",
        "       offset        bytes       calls  tensor",
        "            0          640       in..0  0 t0",
        "          640          320        0..1  1 t1",
        "          960           64        0..0  s scratch of call 0",
    ]


def test_shared_bytes_are_marked() -> None:
    draft = Draft()
    x = draft.input(1600)
    y = draft.step([x], 1600, distances=[400])
    row = drawing(draft.program(y))[1]
    assert row == "    0 CONV_2D          > |[1--------===============================]----------]|"


@pytest.mark.parametrize("calls", [3, 30, 300])
def test_any_length_fits_a_screen(calls: int) -> None:
    program = deep_program(calls)
    lines = drawing(program)
    assert len(lines) <= 60
    marked = [line for line in lines if re.match(r" *\d+ \S+ *> \|", line)]
    assert len(marked) == 1
    assert int(marked[0].split()[0]) == plan_arena(program).peak


def test_hostile_names_and_opcodes() -> None:
    draft = Draft()
    x = draft.tensor(64, name="\x1b[31mred\n\u202eevil\u4e2d\u6587\x00")
    draft.inputs.append(x)
    y = draft.tensor(64, name="z" * 500)
    draft.call([x], [y], opcode="CUSTOM\r\n" * 9)
    lines = drawing(draft.program(y))
    assert any("\\u202eevil" in line for line in lines)


def test_a_program_without_calls() -> None:
    draft = Draft()
    x = draft.input(64)
    assert any("no calls" in line for line in drawing(draft.program(draft.view(x, 64))))
    drawing(Draft().program())


@given(random_programs())
@settings(max_examples=30, deadline=None)
def test_random_programs_can_be_drawn(program: Program) -> None:
    lines = drawing(program)
    rows = [line for line in lines if line.endswith("|")]
    assert len(rows) == len(program.calls)
    assert len({len(row) for row in rows}) <= 1
