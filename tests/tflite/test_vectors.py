"""Where vectors lie in a file: what is read there is what the model has."""

import struct
from pathlib import Path

import pytest

from platformio_tinyml.errors import ModelError
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.metadata import with_offline_plan
from platformio_tinyml.tflite.vectors import find_vectors


@pytest.mark.parametrize("planned", [False, True])
def test_vectors_are_those_of_the_model(repo: Path, planned: bool):
    data = (repo / "examples" / "digits" / "models" / "digits.tflite").read_bytes()
    model = read_model(data, "digits")
    if planned:  # then the file is the tail of another
        data = with_offline_plan(data, [-1] * len(model.tensors))
    vectors = find_vectors(data)

    def at(place: int | None) -> tuple[int, ...]:
        assert place is not None
        (length,) = struct.unpack_from("<I", data, place)
        return struct.unpack_from(f"<{length}i", data, place + 4)

    assert [(at(inputs), at(outputs)) for inputs, outputs in vectors.operators] == [
        (operator.inputs, operator.outputs) for operator in model.operators
    ]
    assert [at(place) for place in vectors.shapes] == [tensor.shape for tensor in model.tensors]


def test_a_damaged_file(repo: Path):
    data = (repo / "examples" / "sine" / "models" / "sine.tflite").read_bytes()
    with pytest.raises(ModelError, match="damaged"):
        find_vectors(data[:100])
