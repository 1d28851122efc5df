"""Random graphs run row by row against TensorFlow Lite Micro, several invokes each."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from float_builder import FloatBuilder
from planted_models import Planter
from program_runner import CORES
from stream_graphs import any_streams, folded, run_firmware, tall_graph
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.errors import ModelError
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.program import Program
from platformio_tinyml.tflite import read_model

GRAPHS = int(os.environ.get("TINYML_STREAM_GRAPHS", "40"))
"""Of each batch."""
RUNS = 3


INT8, FLOAT32, INT16 = ("int8", GRAPHS), ("float32", GRAPHS // 2), ("int16", GRAPHS // 2)
WHOLE, IN, OUT = {}, {"by_rows": True}, {"rows_out": True}
COPIED = ((), ("in",), ("out",), ("in", "out"), (), ())
"""What comes or goes by rows and is whole in the arena, by graph."""
LEAST = {"": 0.7, "by_rows": 0.4, "rows_out": 0.15, "by_rows rows_out": 0.1}
"""Of the graphs as many at least can be run so."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("batch", "ways", "kind"),
    [
        *((batch, IN if batch > 2 else WHOLE, INT8) for batch in range(4)),
        (4, WHOLE, INT16),
        (5, WHOLE, FLOAT32),
        (6, IN, FLOAT32),
        (7, OUT, INT8),
        (8, IN | OUT, INT8),
        (9, IN, INT16),
    ],
)
def test_equal_to_tflm(batch: int, ways: dict[str, bool], kind: tuple[str, int], tmp_path: Path) -> None:
    """float32 to the bit too: sums are made in the same order."""
    programs, files, streams, refused = [], [], 0, 0
    type_, graphs = kind
    for seed in range(graphs):
        rng = np.random.default_rng([seed, batch, 13])
        data = tall_graph(rng, type_)
        model = read_model(data, f"g{seed}")
        if check_model(model):
            continue
        try:
            program = any_streams(lower_model(model), rng, **ways, copied=COPIED[seed % len(COPIED)])
        except ModelError:
            refused += 1
            continue
        if ways != {way: True for way, is_so in _ways_of(program).items() if is_so}:
            refused += 1
            continue
        streams += len(program.streams)
        programs.append(program)
        files.append(data)
    assert len(programs) > LEAST[" ".join(ways)] * graphs
    assert ways or not refused
    assert streams > 0.7 * len(programs)
    rng = np.random.default_rng(batch)
    inputs = [[random_inputs(program.model, rng)[0] for program in programs] for _ in range(RUNS)]
    found = run_firmware(tmp_path, programs, inputs)
    for position, (program, data) in enumerate(zip(programs, files, strict=True)):
        oracle = Oracle(data, program.model)
        for run in range(RUNS):
            oracle.run([inputs[run][position]])
            expected = b"".join(map(oracle.tensor, program.model.outputs))
            what = f"{program.model.name}, batch {batch}, run {run}"
            if type_ == "float32":  # what no number is has many bits
                floats = (np.frombuffer(each, np.float32) for each in (found[run][position], expected))
                np.testing.assert_array_equal(*floats, err_msg=what)
            else:
                assert found[run][position] == expected, what


def _ways_of(program: Program) -> dict[str, bool]:
    return {"by_rows": program.takes_rows, "rows_out": program.hands_out_rows}


@pytest.mark.slow
@pytest.mark.parametrize("by_rows", [False, True], ids=["whole", "rows"])
def test_folds_of_special_floats(by_rows: bool, tmp_path: Path) -> None:
    """Not a number, infinity and zeros of either sign, at the first place of an image and elsewhere."""
    programs, files = [], []
    for seed in range(36):
        planter = Planter(np.random.default_rng(seed))
        planter.builder = FloatBuilder()
        source = planter.value("input", (1, 5, 2, 3), 1.0)
        target = folded(planter, source)
        files.append(planter.builder.build([source.index], [target.index]))
        program = lower_model(read_model(files[-1], f"g{seed}"))
        programs.append(any_streams(program, planter.rng, by_rows=by_rows))
    functions = {call.function for program in programs for call in program.calls}
    assert functions == {"tinyml_fold_rows_f32"}
    rng = np.random.default_rng(1)
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 3.4e38, -3.4e38], np.float32)
    inputs = [[rng.choice(special, (1, 5, 2, 3)) for _ in programs] for _ in range(RUNS)]
    found = run_firmware(tmp_path, programs, inputs)
    for position, (program, data) in enumerate(zip(programs, files, strict=True)):
        oracle = Oracle(data, program.model)
        for run in range(RUNS):
            oracle.run([inputs[run][position]])
            outputs = found[run][position], oracle.tensor(program.model.outputs[0])
            what = f"{program.calls[0].source.kind}, run {run}: {inputs[run][position].ravel()}"
            np.testing.assert_array_equal(*(np.frombuffer(each, np.float32) for each in outputs), err_msg=what)


@pytest.mark.slow
def test_folds_on_each_core(tmp_path: Path) -> None:
    """Rows of more elements than 16 bits hold a sum of, any number of channels, values at the ends."""
    programs, files = [], []
    for seed in range(30):
        rng = np.random.default_rng([seed, 77])
        planter = Planter(rng)
        width = int(rng.choice([1, 2, 7, 127, 128, 129, 257, 600]))
        shape = (1, int(rng.integers(2, 6)), width, int(rng.integers(1, 21)))
        source = planter.value("input", shape, float(rng.choice([0.01, 1.0])))
        target = folded(planter, source)
        data = planter.builder.build([source.index], [target.index])
        program = any_streams(lower_model(read_model(data, f"g{seed}")), rng)
        if program.streams:
            programs.append(program)
            files.append(data)
    functions = {call.function for program in programs for call in program.calls}
    assert {"tinyml_fold_rows_s8", "tinyml_fold_max_rows_s8"} <= functions
    rng = np.random.default_rng(3)
    inputs = [[random_inputs(program.model, rng)[0] for program in programs] for _ in range(RUNS)]
    for run, end in enumerate((-128, 127)):
        for values in inputs[run][::2]:
            values[:] = end
    found = {core: run_firmware(tmp_path / core, programs, inputs, core) for core in CORES}
    for position, (program, data) in enumerate(zip(programs, files, strict=True)):
        oracle = Oracle(data, program.model)
        for run in range(RUNS):
            oracle.run([inputs[run][position]])
            expected = oracle.tensor(program.model.outputs[0])
            for core in CORES:
                what = f"{program.model.name}, {program.calls[0].source.kind}, run {run}, {core}"
                assert found[core][run][position] == expected, what
