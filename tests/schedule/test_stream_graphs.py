"""Random graphs run row by row against TensorFlow Lite Micro, several invokes each."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from stream_graphs import any_streams, run_firmware, tall_graph
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.tflite import read_model

GRAPHS = int(os.environ.get("TINYML_STREAM_GRAPHS", "40"))
"""Of each batch."""
RUNS = 3


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(3))
def test_equal_to_tflm(batch: int, tmp_path: Path) -> None:
    programs, files, streams = [], [], 0
    for seed in range(GRAPHS):
        rng = np.random.default_rng([seed, batch, 13])
        data = tall_graph(rng)
        model = read_model(data, f"g{seed}")
        if check_model(model):
            continue
        program = any_streams(lower_model(model), rng)
        streams += len(program.streams)
        programs.append(program)
        files.append(data)
    assert len(programs) > 0.7 * GRAPHS
    assert streams > 0.5 * GRAPHS
    rng = np.random.default_rng(batch)
    inputs = [[random_inputs(program.model, rng)[0] for program in programs] for _ in range(RUNS)]
    found = run_firmware(tmp_path, programs, inputs)
    for position, (program, data) in enumerate(zip(programs, files, strict=True)):
        oracle = Oracle(data, program.model)
        for run in range(RUNS):
            oracle.run([inputs[run][position]])
            expected = b"".join(map(oracle.tensor, program.model.outputs))
            assert found[run][position] == expected, f"{program.model.name}, batch {batch}, run {run}"
