"""What is refused for tflm before a build is what TFLM refuses: each operator of each type, by tflite_micro."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from random_int4 import INT4
from random_models import MODELS
from random_signals import SIGNALS
from random_uint8 import UINT8
from test_float_kernels import MODELS as FLOAT_MODELS
from test_hybrid_kernels import CHANNELS, layer

from platformio_tinyml.errors import ModelError
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflm.refused import refuse

pytest.importorskip("tflite_micro", reason="tflite_micro is not installed")
pytestmark = pytest.mark.slow
EACH = 3
RUN = """\
import sys
import numpy as np
from tflite_micro import runtime

for name, count in zip(sys.argv[1::2], sys.argv[2::2]):
    print(name, flush=True)
    try:
        interpreter = runtime.Interpreter.from_file(name, arena_size=1 << 20)
        for index in range(int(count)):
            details = interpreter.get_input_details(index)
            interpreter.set_input(np.zeros(details["shape"], details["dtype"]), index)
        interpreter.invoke()
        print("runs", flush=True)
    except Exception:
        print("refused", flush=True)
"""


def hybrid(rng: np.random.Generator, opcode: str) -> bytes:
    made = layer(rng, opcode)
    return made.model(made.weights)


MAKERS: dict[str, Callable[[np.random.Generator], bytes]] = {
    **MODELS,
    **UINT8,
    **INT4,
    **SIGNALS,
    **{f"{opcode} of float": partial(make, opcode=opcode) for opcode, make in FLOAT_MODELS.items()},
    **{f"hybrid {opcode}": partial(hybrid, opcode=opcode) for opcode in CHANNELS},
}


def run_all(paths: Mapping[str, int]) -> dict[str, str]:
    """`runs` or `refused` for each; the number of inputs by path. What aborts the process is refused."""
    ends: dict[str, str] = {}
    while left := [(path, str(count)) for path, count in paths.items() if path not in ends]:
        said = subprocess.run(
            [sys.executable, "-c", RUN, *chain.from_iterable(left)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
        lines = [line for line in said.stdout.splitlines() if line in paths or line in ("runs", "refused")]
        assert lines, said.stderr
        for line, end in zip(lines, [*lines[1:], ""], strict=True):
            if line in paths:
                ends[line] = end if end in ("runs", "refused") else "refused"
    return ends


def test_each_operator_of_each_type(tmp_path: Path) -> None:
    said: dict[str, tuple[str, str]] = {}
    inputs: dict[str, int] = {}
    for name, make in MAKERS.items():
        rng = np.random.default_rng(crc32(name.encode()))
        for number in range(EACH):
            path = tmp_path / f"{len(said)}.tflite"
            path.write_bytes(make(rng))
            model = read_model(path.read_bytes(), "net")
            inputs[str(path)] = len(model.inputs)
            try:
                refuse(model)
                said[str(path)] = f"{name} {number}", "runs"
            except ModelError as error:
                said[str(path)] = f"{name} {number}: {error.message}", "refused"
    ends = run_all(inputs)
    assert [name for path, (name, end) in said.items() if end != ends[path]] == []
    assert len(set(ends.values())) == 2
