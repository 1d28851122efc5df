"""Random graphs run row by row against TensorFlow Lite Micro, several invokes each."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from stream_graphs import any_streams, run_firmware, tall_graph
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.errors import ModelError
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.tflite import read_model

GRAPHS = int(os.environ.get("TINYML_STREAM_GRAPHS", "40"))
"""Of each batch."""
RUNS = 3


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "by_rows"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_equal_to_tflm(batch: int, by_rows: bool, tmp_path: Path) -> None:
    programs, files, streams, refused = [], [], 0, 0
    for seed in range(GRAPHS):
        rng = np.random.default_rng([seed, batch, 13])
        data = tall_graph(rng)
        model = read_model(data, f"g{seed}")
        if check_model(model):
            continue
        try:
            program = any_streams(lower_model(model), rng, by_rows=by_rows)
        except ModelError:
            refused += 1
            continue
        if by_rows and not program.takes_rows:
            refused += 1
            continue
        streams += len(program.streams)
        programs.append(program)
        files.append(data)
    assert len(programs) > (0.4 if by_rows else 0.7) * GRAPHS
    assert by_rows or not refused
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
