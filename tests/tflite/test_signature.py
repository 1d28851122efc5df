"""The names that a signature gives to inputs and outputs, in the reader and in the header."""

from __future__ import annotations

import pytest
from model_builder import Builder, per_tensor

from platformio_tinyml.codegen.tensors import interpreter_ports
from platformio_tinyml.errors import ModelError
from platformio_tinyml.model import Model
from platformio_tinyml.tflite import read_model

Names = list[tuple[str, int]]


def two_outputs(inputs: Names, outputs: Names, subgraph: int = 0) -> bytes:
    """A model with outputs of equal shape, tensors 1 and 2, and a signature."""
    builder = Builder()
    quantization = per_tensor(0.5)
    x = builder.tensor("serving_default_x:0", (1, 4), quantization=quantization)
    first, second = (builder.tensor(name, (1, 4), quantization=quantization) for name in ("Identity", "Identity_1"))
    builder.operator("RELU", [x], [first])
    builder.operator("RELU", [first], [second])
    builder.signature(inputs, outputs, subgraph)
    return builder.build([x], [second, first])


def aliases(model: Model, direction: str) -> list[str]:
    return [port.alias for port in interpreter_ports(model, direction)]


def test_names_lead_to_aliases() -> None:
    model = read_model(two_outputs([("sound", 0)], [("aux", 1), ("score", 2)]), "kws")
    assert (model.input_names, model.output_names) == (("sound",), ("score", "aux"))
    assert aliases(model, "input") == ["input_sound"]
    assert aliases(model, "output") == ["output_score", "output_aux"]
    assert interpreter_ports(model, "output")[1].description == '"aux", INT8 1x4 [-64, 63.5] "Identity"'


def test_without_a_signature_the_tensors_names_serve() -> None:
    for model in (
        read_model(two_outputs([("x", 0)], [("a", 1), ("b", 2)], subgraph=1), "kws"),
        read_model(two_outputs([], []), "kws"),
    ):
        assert (model.input_names, model.output_names) == (("",), ("", ""))
        assert aliases(model, "output") == ["output_Identity_1", "output_Identity"]


def test_names_that_are_no_identifiers_or_come_twice_give_no_alias() -> None:
    for name in ('*/ #include "x"', "a-b", "0", "_x", "", "x" * 99):
        model = read_model(two_outputs([("x", 0)], [(name, 1), ("score", 2)]), "kws")
        assert aliases(model, "output")[0] == "output_score"
        assert aliases(model, "output")[1] in ("", "output_Identity")
    model = read_model(two_outputs([("x", 0)], [("score", 1), ("score", 2)]), "kws")
    assert aliases(model, "output") == ["", ""]


def test_a_tensor_that_is_named_twice_and_one_that_is_none() -> None:
    model = read_model(two_outputs([("x", 0), ("y", 0)], [("a", 2), ("b", 2), ("c", 4_000_000_000)]), "kws")
    assert (model.input_names, model.output_names) == (("x",), ("a", ""))


def test_damage_is_told() -> None:
    data = bytearray(two_outputs([("x", 0)], [("a", 1), ("score", 2)]))
    place = data.index(b"score") - 4
    data[place : place + 4] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(ModelError, match="damaged"):
        read_model(bytes(data), "kws")
