"""A float .tflite without samples: built as it is where that is cheap, else the project has to say."""

import struct

import numpy as np
import pytest
from model_builder import Builder

from platformio_tinyml.model import Activation, FullyConnectedOptions, TensorType

pytestmark = pytest.mark.slow

MAIN = """\
#include <stdio.h>
#include <string.h>
#include <wide_model.h>

int main(void) {
    uint32_t bits;
    wide_init();
    wide_input_0()[1] = 1.5f;
    wide_invoke();
    memcpy(&bits, wide_output_0(), 4);
    printf("float %08lx\\n", (unsigned long)bits);
    return 0;
}
"""


def dense(depth: int) -> bytes:
    builder = Builder()
    source = builder.tensor("input", (1, depth), TensorType.FLOAT32)
    weights = (np.arange(4 * depth).reshape(4, depth) % 7 / 8).astype(np.float32)
    filter_ = builder.tensor("filter", (4, depth), TensorType.FLOAT32, data=weights)
    output = builder.tensor("output", (1, 4), TensorType.FLOAT32)
    options = FullyConnectedOptions(Activation.NONE, 0, False)
    builder.operator("FULLY_CONNECTED", [source, filter_, -1], [output], options)
    return builder.build([source], [output])


@pytest.fixture
def project(make_project):
    project = make_project("[env:m0]\nboard = microbit\n\n[env:m4]\nboard = netduinoplus2\n")
    (project.folder / "models" / "sine.tflite").unlink()
    project.write("src/main.c", MAIN)
    return project


def test_small_anywhere_large_with_a_floating_point_unit(project):
    model = project.folder / "models" / "wide.tflite"
    expected = f"float {struct.unpack('<I', struct.pack('<f', 1.5 / 8))[0]:08x}"
    model.write_bytes(dense(100))
    for environment in ("m0", "m4"):
        build = project.run("-e", environment, "-t", "exec")
        assert build.code == 0, build.output
        assert expected in build.stdout
    model.write_bytes(dense(5000))
    build = project.run("-e", "m4", "-t", "exec")
    assert build.code == 0, build.output
    assert expected in build.stdout
    build = project.run("-e", "m0")
    assert build.code == 1
    assert "wide.tflite computes in float" in build.stderr and "custom_tinyml_allow_float = yes" in build.stderr
