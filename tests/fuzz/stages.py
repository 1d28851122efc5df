"""A file through all stages, as `inspect` and `generate` do it.

Only the library's own errors may come, and no stage may contradict another.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platformio_tinyml.arena import plan_arena
from platformio_tinyml.cli import inspect
from platformio_tinyml.cli.runtimes import verdicts
from platformio_tinyml.codegen import GeneratedFile, render
from platformio_tinyml.errors import ModelError
from platformio_tinyml.operators import check_model, lower_model, operator_macs
from platformio_tinyml.pio.tflite_types import computes_float, computes_int8
from platformio_tinyml.program import ArenaPlan, Program
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.metadata import has_offline_plan
from platformio_tinyml.tflite.reader import custom_operators, model_extent
from platformio_tinyml.tflite.vectors import find_vectors

LONGEST = 2000
"""Characters of a message; one names at most as many things as a file of a few hundred bytes has."""


@dataclass(frozen=True)
class Accepted:
    """What became of a file that no rule refuses."""

    program: Program
    plan: ArenaPlan


@dataclass(frozen=True)
class Outcome:
    """`end` is `damaged`, `refused` or `accepted`."""

    end: str
    accepted: Accepted | None = None


def examine(data: bytes, name: str, path: Path) -> Outcome:
    """How far a file gets; any error but the library's own is raised. `path` is a place to write the file to."""
    path.write_bytes(data)
    if not computes_int8(path):
        computes_float(path)
    model_extent(data)
    with suppress(ModelError):
        custom_operators(data, name)
    with suppress(ModelError):
        find_vectors(data)
    with suppress(ModelError):
        has_offline_plan(data)
    try:
        model = read_model(data, name)
    except ModelError as error:
        assert len(error.message) < LONGEST
        return Outcome("damaged")
    simplified = simplify(model)
    violations = check_model(simplified.model)
    text = inspect._text(simplified, violations, tuple(verdicts(simplified, data)), path)
    assert all(line.isprintable() and len(line) <= inspect.WIDTH for line in "\n".join(text).splitlines()), text
    try:
        program = lower_model(simplified.model)
    except ModelError as error:
        assert violations
        assert len(error.message) < LONGEST, error.message
        return Outcome("refused")
    assert not violations
    plan = plan_arena(program)
    render_model(program, plan)
    return Outcome("accepted", Accepted(program, plan))


def render_model(program: Program, plan: ArenaPlan) -> tuple[GeneratedFile, ...]:
    """The C files of a program."""
    macs = tuple(operator_macs(program.model, operator) for operator in program.model.operators)
    return render(program, plan, source="mutant.tflite", macs=macs)


def scratch_file() -> Path:
    """Somewhere in memory, where the machine has that."""
    folder = "/dev/shm" if Path("/dev/shm").is_dir() else None
    return Path(tempfile.mkdtemp(dir=folder)) / "mutant.tflite"
