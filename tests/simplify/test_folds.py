"""What is folded before channels are looked at: shapes, padding, operators without readers or without effect."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_tensor

from platformio_tinyml.model import (
    Activation,
    AxisOptions,
    Conv2DOptions,
    Model,
    Padding,
    ReshapeOptions,
    StridedSliceOptions,
    TensorType,
)
from platformio_tinyml.operators import check_model
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model

Q = per_tensor(0.5, 3)


def opcodes(model: Model) -> list[str]:
    return [operator.opcode for operator in model.operators]


def integers(builder: Builder, *values: int, shape: tuple[int, ...] | None = None) -> int:
    data = np.array(values, np.int32)
    return builder.tensor("", data.shape if shape is None else shape, TensorType.INT32, data=data)


def flatten(signature: tuple[int, ...] | None = None) -> bytes:
    """RESHAPE to what SHAPE, STRIDED_SLICE and PACK compute."""
    builder = Builder()
    x = builder.tensor("x", (1, 2, 3), quantization=Q, shape_signature=signature)
    whole = builder.tensor("whole", (3,), TensorType.INT32)
    first = builder.tensor("first", (), TensorType.INT32)
    target = builder.tensor("target", (2,), TensorType.INT32)
    y = builder.tensor("y", (1, 6), quantization=Q)
    z = builder.tensor("z", (1, 6), quantization=per_tensor(0.25, 3))
    builder.operator("SHAPE", [x], [whole])
    begin, end, stride = (integers(builder, value) for value in (0, 1, 1))
    slice_options = StridedSliceOptions(0, 0, 0, 0, 1, False)
    builder.operator("STRIDED_SLICE", [whole, begin, end, stride], [first], slice_options)
    builder.operator("PACK", [first, integers(builder, 6, shape=())], [target], AxisOptions(0))
    builder.operator("RESHAPE", [x, target], [y], ReshapeOptions(()))
    builder.operator("QUANTIZE", [y], [z])
    return builder.build([x], [z])


def test_parts_of_no_element():
    """Keras's GRU with reset_after=False leaves a third part, which nobody reads."""
    builder = Builder()
    x = builder.tensor("x", (1, 4), quantization=Q)
    parts = [builder.tensor("", (1, size), quantization=Q) for size in (2, 0, 2)]
    builder.operator("SPLIT_V", [x, integers(builder, 2, 0, -1), integers(builder, 1, shape=())], parts)
    model = read_model(builder.build([x], [parts[2], parts[0]]), "net")
    simplified = simplify(model)
    assert check_model(model)
    assert not check_model(simplified.model)
    assert simplified.steps == ("Without parts of no element: of operator 0 SPLIT_V",)
    assert len(simplified.model.operators[0].outputs) == 2
    assert check_model(simplify(read_model(builder.build([x], parts), "net")).model)  # an output of the model is read


def test_the_shape_of_flatten():
    simplified = simplify(read_model(flatten(), "net"))
    assert opcodes(simplified.model) == ["RESHAPE", "QUANTIZE"]
    assert [operator.index for operator in simplified.model.operators] == [3, 4]
    assert not check_model(simplified.model)
    assert simplified.steps == ("Known before the first invoke: operators 0 SHAPE, 1 STRIDED_SLICE, 2 PACK",)


def test_an_open_batch_is_the_files():
    assert opcodes(simplify(read_model(flatten((-1, 2, 3)), "net")).model) == ["RESHAPE", "QUANTIZE"]


def test_an_open_shape_is_not_known():
    simplified = simplify(read_model(flatten((1, -1, 3)), "net"))
    assert "SHAPE" in opcodes(simplified.model)
    assert simplified.model is simplified.original


def padded(
    amounts: tuple[int, int], *, size: int = 6, stride: int = 2, reads_twice: bool = False, value: int | None = None
) -> Model:
    """PAD of height and width by (before, after), PADV2 with a value, and a 3x3 convolution."""
    builder = Builder()
    x = builder.tensor("x", (1, size, size, 1), quantization=Q)
    bigger = size + sum(amounts)
    y = builder.tensor("y", (1, bigger, bigger, 1), quantization=Q)
    paddings = integers(builder, 0, 0, *amounts, *amounts, 0, 0, shape=(4, 2))
    if value is None:
        builder.operator("PAD", [x, paddings], [y])
    else:
        data = np.array([value], np.int8)
        builder.operator("PADV2", [x, paddings, builder.tensor("v", (1,), quantization=Q, data=data)], [y])
    w = builder.tensor("w", (1, 3, 3, 1), quantization=per_tensor(0.1), data=np.ones((1, 3, 3, 1), np.int8))
    out = (bigger - 3) // stride + 1
    z = builder.tensor("z", (1, out, out, 1), quantization=per_tensor(2.0, 0))
    builder.operator("CONV_2D", [y, w], [z], Conv2DOptions(Padding.VALID, stride, stride, 1, 1, Activation.NONE))
    return read_model(builder.build([x], [z, y] if reads_twice else [z]), "net")


def test_padding_of_the_window():
    simplified = simplify(padded((0, 1)))
    assert opcodes(simplified.model) == ["CONV_2D"]
    assert simplified.model.operators[0].inputs[0] == 0
    assert simplified.steps == ("Done by the operator that follows: operator 0 PAD",)
    assert opcodes(simplify(padded((1, 1), stride=1)).model) == ["CONV_2D"]


@pytest.mark.parametrize("amounts", [(1, 1), (1, 0), (2, 2)])
def test_padding_that_is_another(amounts: tuple[int, int]) -> None:
    """SAME pads (0, 1): other windows."""
    assert opcodes(simplify(padded(amounts)).model) == ["PAD", "CONV_2D"]


def test_padding_with_a_value():
    """Convolutions pad with the zero point, here 3."""
    assert opcodes(simplify(padded((0, 1), value=3)).model) == ["CONV_2D"]
    assert opcodes(simplify(padded((0, 1), value=0)).model) == ["PADV2", "CONV_2D"]


def test_padding_that_somebody_else_reads():
    assert opcodes(simplify(padded((0, 1), reads_twice=True)).model) == ["PAD", "CONV_2D"]


def test_operators_without_readers_or_effect():
    builder = Builder()
    x, same, other, y = (
        builder.tensor(name, (1, 4), quantization=q)
        for name, q in (("x", Q), ("same", Q), ("other", per_tensor(2.0)), ("y", per_tensor(1.0)))
    )
    builder.operator("QUANTIZE", [x], [same])
    builder.operator("QUANTIZE", [same], [other])
    builder.operator("QUANTIZE", [same], [y])
    simplified = simplify(read_model(builder.build([x], [y]), "net"))
    (left,) = simplified.model.operators
    assert (left.index, left.inputs) == (2, (x,))
    assert simplified.steps == ("Without effect: operator 0 QUANTIZE", "Nobody reads operator 1 QUANTIZE")


def test_operators_with_effects_stay():
    builder = Builder()
    x, y, z = (builder.tensor(name, (1, 4), quantization=per_tensor(s)) for name, s in (("x", 1), ("y", 2), ("z", 3)))
    builder.operator("CUSTOM", [x], [z], custom_code="Mine")
    builder.operator("QUANTIZE", [x], [y])
    assert opcodes(simplify(read_model(builder.build([x], [y]), "net")).model) == ["CUSTOM", "QUANTIZE"]
