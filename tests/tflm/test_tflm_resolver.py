"""Which registrations a model gets, and what is said of operators that a library does not have."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_tflm import NEW, OLD, write_fake
from model_builder import Builder, per_tensor

from platformio_tinyml.errors import ModelError
from platformio_tinyml.model import Model, Operator, TensorType, VarHandleOptions
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflm.headers import read_library
from platformio_tinyml.tflm.resolver import Registration, registrations


def model_of(*operators: tuple[str, str], kind: TensorType = TensorType.INT8) -> Model:
    """A chain of operators (opcode, custom code), each of two inputs, the second a constant."""
    builder = Builder()
    quantization = per_tensor(0.5) if kind is TensorType.INT8 else None
    constant = builder.tensor(
        "c", (1, 8), kind, quantization=quantization, data=np.ones(8, {"INT8": "b"}.get(kind.name, "f4"))
    )
    last = first = builder.tensor("x", (1, 8), kind, quantization=quantization)
    for number, (opcode, code) in enumerate(operators):
        output = builder.tensor(f"t{number}", (1, 8), kind, quantization=quantization)
        builder.operator(opcode, [last, constant], [output], custom_code=code)
        last = output
    return read_model(builder.build([first], [last]), "net")


def test_one_registration_per_kind(tmp_path: Path) -> None:
    library = read_library(write_fake(tmp_path, NEW))
    found = registrations(model_of(("ADD", ""), ("CUSTOM", "TICK"), ("ADD", "")), library, {})
    assert found == (
        Registration("ADD", "AddAdd", "tflite::Register_ADD_INT8()", "tensorflow/lite/micro/kernels/add.h"),
        Registration("TICK", "AddTick"),
    )


def test_int8_only_where_all_is_int8(tmp_path: Path) -> None:
    new, old = (read_library(write_fake(tmp_path / str(len(words["INT8"])), words)) for words in (NEW, OLD))
    assert registrations(model_of(("ADD", ""), kind=TensorType.FLOAT32), new, {}) == (Registration("ADD", "AddAdd"),)
    assert registrations(model_of(("ADD", "")), old, {}) == (Registration("ADD", "AddAdd"),)


def test_all_that_is_missing_in_one_error(tmp_path: Path) -> None:
    library = read_library(write_fake(tmp_path, NEW))
    model = model_of(("ADD", ""), ("MUL", ""), ("CUSTOM", 'a"\x1b'), ("MUL", ""), ("SUB", ""))
    with pytest.raises(ModelError) as error:
        registrations(model, library, {})
    for text in ("MUL (operators 1, 3)", "CUSTOM", "SUB (operator 4)"):
        assert text in error.value.message
    assert "\x1b" not in error.value.message
    assert "--custom-op" in error.value.next_step


def test_a_custom_operator_of_the_application(tmp_path: Path) -> None:
    library = read_library(write_fake(tmp_path, NEW))
    (found,) = registrations(model_of(("CUSTOM", 'x"*/')), library, {'x"*/': "mine::deep::Register"})
    assert found.argument == '"x\\042\\052\\057", mine::deep::Register()'
    assert found.declare == (("mine", "deep"), "Register")


def test_operators_of_all_subgraphs(tmp_path: Path) -> None:
    """An int8-only kernel serves only where it serves in every subgraph, and what a subgraph lacks is told."""
    library = read_library(write_fake(tmp_path, NEW))
    model = model_of(("ADD", ""))
    floats = model_of(("ADD", ""), ("CUSTOM", "TICK"), kind=TensorType.FLOAT32)
    found = registrations(replace(model, subgraphs=(floats,)), library, {})
    assert found == (Registration("ADD", "AddAdd"), Registration("TICK", "AddTick"))
    with pytest.raises(ModelError, match=r"MUL \(operator 0 of a subgraph\)"):
        registrations(replace(model, subgraphs=(model_of(("MUL", "")),)), library, {})


def test_a_library_without_resource_variables(tmp_path: Path) -> None:
    handle = Operator(0, "VAR_HANDLE", 1, (), (0,), VarHandleOptions("", "state"))
    model = replace(model_of(("ADD", "")), subgraphs=(Model("init", "", (), (handle,), (), ()),))
    with pytest.raises(ModelError, match="resource variables"):
        registrations(model, read_library(write_fake(tmp_path, OLD)), {})
