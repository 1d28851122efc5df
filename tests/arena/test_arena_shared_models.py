"""The six real models: at or below the lower bound, and by how much."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from arena_reference import is_right, lives, offsets_of

from platformio_tinyml.arena import plan_arena
from platformio_tinyml.operators import lower_model
from platformio_tinyml.program import Program
from platformio_tinyml.tflite import read_model_file

LOWER_BOUND = {
    "kws_ref_model": 16000,
    "vww_96_int8": 55296,
    "pretrainedResnet_quant": 49152,
    "ad01_int8": 768,
    "hello_world_int8": 32,
    "micro_speech_quantized": 5968,
}
"""Without scratch: input and output of the fullest operator, and for the ResNet the skipped tensor too."""


@pytest.fixture(params=LOWER_BOUND)
def program(request: pytest.FixtureRequest, shared_models: Path) -> Program:
    path = shared_models / f"{request.param}.tflite"
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the shared models")
    return lower_model(read_model_file(path, request.param))


def test_the_lower_bound_is_reached_without_reuse(program: Program) -> None:
    plan = plan_arena(replace(program, overlaps=()))
    assert plan.size == plan.lower_bound
    if not any(call.scratch_size for call in program.calls):
        assert plan.lower_bound == LOWER_BOUND[program.model.name]


@pytest.mark.parametrize("keep_input", [False, True])
def test_reuse_never_costs_memory(program: Program, keep_input: bool) -> None:
    plan = plan_arena(program, keep_input=keep_input)
    assert is_right(program, offsets_of(plan), keep_input)
    assert plan.planned_bound <= plan.size <= plan.lower_bound
    assert len(plan.placements) == len(lives(program, keep_input))


def test_the_table_in_the_documentation_is_true(program: Program, repo: Path) -> None:
    plan = plan_arena(program)
    row = f"| {program.model.name} | {plan.lower_bound:,} | {plan.planned_bound:,} | {plan.size:,} |"
    assert row in (repo / "docs" / "arena.md").read_text(encoding="utf-8").splitlines()
