"""Models from the file to bytes out of the generated API, against TensorFlow Lite Micro."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from c_build import run_c

from platformio_tinyml.cli import main

runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")

FRAMES = 3

FEED = """
#include <stdio.h>
#include "m_model.h"
int main(void) {
    int i;
    if (m_init() != TINYML_OK) return 1;
    for (i = 0; i < %d; i++) {
        if (fread(m_input_0(), 1, M_INPUT_0_BYTES, stdin) != M_INPUT_0_BYTES) return 2;
        if (m_invoke() != TINYML_OK) return 3;
        if (fwrite(m_output(0), 1, M_OUTPUT_0_BYTES, stdout) != M_OUTPUT_0_BYTES) return 4;
    }
    return 0;
}
"""

pytestmark = pytest.mark.slow


def generated(folder: Path, model: Path, frames: npt.NDArray[np.int8], *options: str) -> bytes:
    """What the generated C computes of each frame."""
    assert main(["generate", str(model), "-o", str(folder), "--name", "m", "--with-runtime", *options]) == 0
    return run_c(folder, FEED % len(frames), data=frames.tobytes())


def oracle(model: Path, frames: npt.NDArray[np.int8]) -> bytes:
    """What TensorFlow Lite Micro computes of each frame."""
    interpreter = runtime.Interpreter.from_file(str(model))
    outputs = []
    for frame in frames:
        interpreter.set_input(frame, 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).tobytes())
    return b"".join(outputs)


def random_frames(model: Path) -> npt.NDArray[np.int8]:
    """Random inputs, one of them at the ends of the range."""
    shape = runtime.Interpreter.from_file(str(model)).get_input_details(0)["shape"]
    random = np.random.default_rng(7)
    frames = random.integers(-128, 128, (FRAMES, *shape)).astype(np.int8)
    frames[0] = np.where(frames[0] < 0, -128, 127)
    return frames


@pytest.mark.parametrize(
    "name",
    [
        "hello_world_int8",
        "ad01_int8",
        "micro_speech_quantized",
        "kws_ref_model",
        "pretrainedResnet_quant",
        "vww_96_int8",
    ],
)
def test_a_real_model_equals_tflm(tmp_path: Path, shared_models: Path, name: str) -> None:
    model = shared_models / f"{name}.tflite"
    frames = random_frames(model)
    assert generated(tmp_path, model, frames) == oracle(model, frames)


def test_options_change_no_byte(tmp_path: Path, shared_models: Path) -> None:
    model = shared_models / "kws_ref_model.tflite"
    frames = random_frames(model)
    assert generated(tmp_path, model, frames, "--portable-weights", "--keep-input") == oracle(model, frames)
