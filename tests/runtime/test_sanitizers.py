"""No kernel reads or writes out of bounds, and none relies on undefined behaviour, over random models."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
LIBRARIES = ("libasan.so", "libubsan.so", "libstdc++.so")

SHORT_OUTPUT = """
import numpy as np
import program_runner, random_models
from platformio_tinyml.operators import lower_model
from platformio_tinyml.tflite import read_model
import ctypes
program = lower_model(read_model(random_models.dequantize(np.random.default_rng(0)), "m"))
source, output = ctypes.create_string_buffer(150), ctypes.create_string_buffer(599)
places = {0: ctypes.addressof(source), 1: ctypes.addressof(output)}
program_runner.run_call(program.calls[0], {}, places.__getitem__)
"""
"""A call whose output is one byte short."""


def sanitized(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with sanitized kernels. Every buffer comes from malloc, so the sanitizer sees its end."""
    found = [
        subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
        for name in LIBRARIES
    ]
    if not all(map(os.path.isabs, found)):
        pytest.skip("gcc has no sanitizer libraries")
    environment = {
        **os.environ,
        "TINYML_SANITIZE": "1",
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": os.pathsep.join(map(str, (FOLDER, FOLDER.parent, FOLDER.parent.parent))),
        "ASAN_OPTIONS": "detect_leaks=0",
        "LD_PRELOAD": " ".join(found),
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, cwd=FOLDER, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("test", "selected"),
    [
        ("test_kernels_against_tflm.py::test_equal_to_tflm", "-0] or -1]"),
        ("test_uint8_kernels.py::test_equal_to_tensorflow_lite", "CONV or POOL or network"),
        ("test_uint8_kernels.py::test_fully_connected_is_a_convolution", "test"),
        ("test_int4_kernels.py::test_equal_to_tflm", "test"),
        ("test_hybrid_kernels.py::test_equal_to_tflm_on_dequantized_weights", "test"),
        ("test_signal_kernels.py::test_equal_to_tflm", "-1] or -2] or -3] or -4] or -5]"),
        ("test_float_state.py::test_equal_to_tflm", "[1] or [2] or [3]"),
        ("test_mutated_models.py::test_refused_or_harmless", "[0] or [1] or [2]"),
    ],
)
def test_random_models_run_clean(test: str, selected: str) -> None:
    result = sanitized("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", selected, str(FOLDER / test))
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert " passed" in result.stdout


def test_the_sanitizer_sees_a_byte_too_many() -> None:
    result = sanitized("-c", SHORT_OUTPUT)
    assert result.returncode != 0
    assert "heap-buffer-overflow" in result.stderr
