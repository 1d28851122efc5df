"""CONCATENATIONs that are joined again."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_tensor

from platformio_tinyml.model import Activation, ConcatenationOptions, Model, TensorType
from platformio_tinyml.operators import check_model
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.narrowed import narrowed

Q = per_tensor(0.5, 3)


def joined(count: int) -> bytes:
    builder = Builder()
    parts = [builder.tensor(f"x{n}", (1, 1 + n % 2, 2), quantization=Q) for n in range(count)]
    whole = builder.tensor("whole", (1, sum(1 + n % 2 for n in range(count)), 2), quantization=Q)
    builder.operator("CONCATENATION", parts, [whole], ConcatenationOptions(1, Activation.NONE))
    return builder.build(parts, [whole])


@pytest.mark.parametrize("count", [11, 27, 130])
def test_what_was_made_narrow_is_one_again(count: int) -> None:
    """As converted for TensorFlow Lite Micro: in two steps, and in three."""
    data = joined(count)
    narrow = narrowed(data, 10)
    assert narrow is not None
    model = read_model(narrow, "net")
    assert not check_model(model)
    assert len(model.operators) > 2
    (only,) = simplify(model).model.operators
    assert only.inputs == read_model(data, "net").operators[0].inputs


def two(
    *,
    axis: int = 1,
    scale: float = 0.5,
    activation: Activation = Activation.NONE,
    twice: bool = False,
    out: bool = False,
) -> Model:
    """x and y along one axis, and with z along `axis`."""
    builder = Builder()
    x, y = (builder.tensor(name, (1, 2, 2), quantization=Q) for name in "xy")
    inner = builder.tensor("inner", (1, 4, 2), quantization=per_tensor(scale, 3))
    builder.operator("CONCATENATION", [x, y], [inner], ConcatenationOptions(1, activation))
    z = builder.tensor("z", (1, 4, 2), quantization=Q)
    last = [inner, z, inner] if twice else [inner, z]
    shape = [1, 4, 2]
    shape[axis] *= len(last)
    whole = builder.tensor("whole", tuple(shape), quantization=Q)
    builder.operator("CONCATENATION", last, [whole], ConcatenationOptions(axis - 3, Activation.NONE))
    return read_model(builder.build([x, y, z], [whole, inner] if out else [whole]), "net")


def test_of_one_axis_only() -> None:
    model = two()
    simplified = simplify(model)
    assert [each.inputs for each in simplified.model.operators] == [(0, 1, 3)]
    assert simplified.steps == ("Joined at once with what reads it: operator 0 CONCATENATION",)
    assert len(simplify(two(axis=2)).model.operators) == 2


@pytest.mark.parametrize(
    "model",
    [two(scale=0.25), two(activation=Activation.RELU6), two(twice=True), two(out=True)],
    ids=["scale", "bounds", "twice", "output"],
)
def test_what_stays(model: Model) -> None:
    """What would not be the same, or is read elsewhere."""
    assert len(simplify(model).model.operators) == 2


def test_floats_are_joined_at_once() -> None:
    builder = Builder()
    x = builder.tensor("x", (2, 2), TensorType.FLOAT32)
    constant = builder.tensor("c", (1, 2), TensorType.FLOAT32, data=np.ones((1, 2), np.float32))
    inner, whole = (builder.tensor(name, (rows, 2), TensorType.FLOAT32) for name, rows in (("i", 3), ("w", 5)))
    options = ConcatenationOptions(0, Activation.NONE)
    builder.operator("CONCATENATION", [x, constant], [inner], options)
    builder.operator("CONCATENATION", [x, inner], [whole], options)
    model = simplify(read_model(builder.build([x], [whole]), "net")).model
    assert [each.inputs for each in model.operators] == [(x, x, constant)]
