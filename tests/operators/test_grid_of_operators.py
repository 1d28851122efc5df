"""What TFLM runs and the compiled runtime refuses is in a list, with the reason; what both run is equal."""

from __future__ import annotations

import faulthandler
import os
import pickle
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import pytest
from grid_of_operators import cases
from program_runner import run_program
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.errors import ModelError
from platformio_tinyml.model import Model
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflm.refused import refuse

REFUSED = {
    ("DIV", "INT32"): "by what is computed, which may be 0",
    ("GREATER", "INT16"): "TFLM compares with scales that it never sets",
    **{
        (opcode, kind): "TFLM takes bytes of numbers for truth values"
        for opcode in ("LOGICAL_AND", "LOGICAL_OR")
        for kind in ("INT8", "INT16", "INT32", "INT64", "FLOAT32")
    },
}
"""Of these forms; docs/operators.md has more, of operators with filters and state."""


def answers(models: Sequence[tuple[bytes, Model]]) -> list[list[bytes] | None]:
    """TFLM's outputs, None where it does not run: in processes of their own, as some cases end them."""
    found: list[list[bytes] | None] = []
    while len(found) < len(models):
        found += _until_it_dies(models[len(found) :])
    return found[: len(models)]


def _until_it_dies(models: Sequence[tuple[bytes, Model]]) -> list[list[bytes] | None]:
    """Of the models up to the one that ended the process."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        faulthandler.disable()
        os.close(reading)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with os.fdopen(writing, "wb") as pipe:
            for data, model in models:
                pickle.dump(_answer(data, model), pipe)
                pipe.flush()
        os._exit(0)
    os.close(writing)
    found: list[list[bytes] | None] = []
    with os.fdopen(reading, "rb") as pipe:
        try:
            while True:
                found.append(pickle.load(pipe))
        except EOFError:
            pass
    os.waitpid(child, 0)
    return found if len(found) == len(models) else [*found, None]


def _answer(data: bytes, model: Model) -> list[bytes] | None:
    try:
        oracle = Oracle(data, model)
        oracle.run(inputs_of(model))
    except Exception:  # whatever the package raises
        return None
    return [oracle.tensor(index) for index in model.outputs]


def inputs_of(model: Model) -> list[np.ndarray]:
    """The same for both: nothing divides by 0, no float is negative."""
    drawn = random_inputs(model, np.random.default_rng(5))
    return [
        np.abs(each) if each.dtype == np.float32 else np.where(each == 0, each.dtype.type(1), each) for each in drawn
    ]


def agree(model: Model, index: int, found: bytes, expected: bytes) -> bool:
    """To the byte; floats as test_float_kernels.py bounds them, operator by operator."""
    if found == expected or model.tensors[index].type.name != "FLOAT32":
        return found == expected
    return np.allclose(*(np.frombuffer(each, np.float32) for each in (found, expected)), rtol=1e-6, atol=1e-6)


def test_the_grid() -> None:
    pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")
    grid = [(key, what, data, read_model(data, "net")) for key, what, data in cases()]
    by_tflm = answers([(data, model) for _, _, data, model in grid])
    refused, by_one, unsaid, neither, different = {}, set(), set(), set(), []
    run = {key for (key, *_), expected in zip(grid, by_tflm, strict=True) if expected is not None}
    for (key, what, _, model), expected in zip(grid, by_tflm, strict=True):
        simple = simplify(model).model
        if expected is None:
            if key not in run:
                violations = check_model(simple)
                with suppress(ModelError):
                    refuse(model)
                    (neither if violations else unsaid).add(key)
                assert not any("runtime = tflm" in each.next_step for each in violations) or key in neither
            continue
        if check_model(simple):
            refused[key] = what
            with suppress(ModelError):
                refuse(model)
                by_one.add(key)
            continue
        tensors = run_program(lower_model(simple), inputs_of(model))
        pairs = zip(model.outputs, expected, strict=True)
        if not all(agree(model, index, tensors[index], bytes_) for index, bytes_ in pairs):
            different.append((key, what))
    assert sum(each is not None for each in by_tflm) > 400  # TFLM runs about half
    assert different == []
    assert refused.keys() == REFUSED.keys(), refused
    assert by_one == {("DIV", "INT32")}  # the others the runtime tflm refuses too
    assert neither == {("PRELU", "INT16")}  # TFLM takes alpha of int8, the grid has it of int16
    assert unsaid == {("RSQRT", "INT8"), ("RSQRT", "INT16")}  # these stop at values below 0, which are drawn
