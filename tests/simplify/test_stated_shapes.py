"""Shapes that operators read and a graph computes, or a model is given, although they are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from model_builder import Builder, per_channel, per_tensor
from program_runner import run_program
from tflm_oracle import DTYPES, Oracle, random_inputs

from platformio_tinyml.model import (
    Activation,
    ArithmeticOptions,
    AxisOptions,
    ConcatenationOptions,
    Options,
    Padding,
    ReshapeOptions,
    ResizeOptions,
    StridedSliceOptions,
    TensorType,
    TransposeConvOptions,
)
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model, read_model_file

INT32 = TensorType.INT32
SOURCE = (1, 4, 6, 2)


@dataclass(frozen=True)
class Case:
    """An operator whose input at `position` says `shape`; other inputs are x and what `constants` has."""

    opcode: str
    position: int
    shape: tuple[int, ...]
    output: tuple[int, ...]
    options: Options | None = None
    types: tuple[str, ...] = ("INT8", "INT16", "FLOAT32")


CASES = (
    Case("RESHAPE", 1, (1, 8, 6), (1, 8, 6), ReshapeOptions(())),
    Case("SLICE", 2, (1, 2, 6, 2), (1, 2, 6, 2)),
    Case("RESIZE_BILINEAR", 1, (8, 6), (1, 8, 6, 2), ResizeOptions(False, False), ("INT8", "FLOAT32")),
    Case("RESIZE_NEAREST_NEIGHBOR", 1, (8, 6), (1, 8, 6, 2), ResizeOptions(False, False)),
    Case("FILL", 0, (1, 8), (1, 8), None, ("INT8", "FLOAT32")),
    Case("BROADCAST_TO", 1, (2, 4, 6, 2), (2, 4, 6, 2)),
    Case("TRANSPOSE_CONV", 0, (1, 8, 12, 3), (1, 8, 12, 3), TransposeConvOptions(Padding.SAME, 2, 2, Activation.NONE)),
)
RUN_BY_TFLM = ("RESHAPE", "SLICE", "TRANSPOSE_CONV")
"""With a shape that is computed; the others want a constant."""


def constant(builder: Builder, *values: int) -> int:
    return builder.tensor("", (len(values),), INT32, data=np.array(values, np.int32))


def computed(builder: Builder, x: int, shape: tuple[int, ...]) -> int:
    """SHAPE, STRIDED_SLICE, MUL, PACK: each number is one of x's times a whole one, or a quotient."""
    whole = builder.tensor("whole", (4,), INT32)
    builder.operator("SHAPE", [x], [whole])
    parts = []
    for place, size in enumerate(shape):
        axis = max((axis for axis in range(4) if size % SOURCE[axis] == 0), key=SOURCE.__getitem__)
        one, part = (builder.tensor(f"{name}{place}", (), INT32) for name in ("one", "part"))
        slice_options = StridedSliceOptions(0, 0, 0, 0, 1, False)
        ends = [constant(builder, value) for value in (axis, axis + 1, 1)]
        builder.operator("STRIDED_SLICE", [whole, *ends], [one], slice_options)
        factor = builder.tensor(f"factor{place}", (), INT32, data=np.array(size // SOURCE[axis], np.int32))
        builder.operator("MUL", [one, factor], [part], ArithmeticOptions(Activation.NONE))
        parts.append(part)
    target = builder.tensor("target", (len(shape),), INT32)
    builder.operator("PACK", parts, [target], AxisOptions(0))
    return target


def model_of(case: Case, kind: str, source: str) -> bytes:
    """The shape is `constant`, `computed`, or an `input` of the model."""
    rng, builder = np.random.default_rng(7), Builder()
    scale = None if kind == "FLOAT32" else per_tensor(0.5)
    x = builder.tensor("x", SOURCE, TensorType[kind], quantization=scale)
    shape: int
    if source == "computed":
        shape = computed(builder, x, case.shape)
    elif source == "constant":
        shape = constant(builder, *case.shape)
    else:
        shape = builder.tensor("shape", (len(case.shape),), INT32)
    others = list(_others(builder, case, kind, x, rng))
    others.insert(case.position, shape)
    out_scale = per_tensor(4.0) if scale and case.opcode == "TRANSPOSE_CONV" else scale
    output = builder.tensor("y", case.output, TensorType[kind], quantization=out_scale)
    builder.operator(case.opcode, others, [output], case.options)
    return builder.build([x, shape] if source == "input" else [x], [output])


def _others(builder: Builder, case: Case, kind: str, x: int, rng: np.random.Generator) -> Iterator[int]:
    if case.opcode == "FILL":
        quantization = None if kind == "FLOAT32" else per_tensor(0.5)
        data = np.array(3, DTYPES[kind])
        yield builder.tensor("value", (), TensorType[kind], quantization=quantization, data=data)
        return
    if case.opcode == "TRANSPOSE_CONV":
        weights = rng.integers(-127, 128, (3, 3, 3, 2))
        if kind == "FLOAT32":
            yield builder.tensor("w", weights.shape, TensorType.FLOAT32, data=weights.astype(np.float32))
        else:
            scales = per_channel([0.05, 0.1, 0.2])
            yield builder.tensor("w", weights.shape, quantization=scales, data=weights.astype(np.int8))
    yield x
    if case.opcode == "SLICE":
        yield constant(builder, 0, 1, 0, 0)


IDS = [(case, kind) for case in CASES for kind in case.types]


@pytest.mark.parametrize(("case", "kind"), IDS, ids=[f"{case.opcode}-{kind}" for case, kind in IDS])
def test_equals_tflm(case: Case, kind: str) -> None:
    """Of TFLM the same file, where it takes a shape that is computed, else the file with a constant."""
    by_source = {source: model_of(case, kind, source) for source in ("constant", "computed", "input")}
    simple = {source: simplify(read_model(data, "net")).model for source, data in by_source.items()}
    assert [check_model(model) for model in simple.values()] == [(), (), ()]
    assert {tuple(operator.opcode for operator in model.operators) for model in simple.values()} == {(case.opcode,)}
    judge = by_source["computed" if case.opcode in RUN_BY_TFLM else "constant"]
    model = read_model(judge, "net")
    inputs = random_inputs(model, np.random.default_rng(3))
    oracle = Oracle(judge, model)
    oracle.run(inputs)
    given = np.array(case.shape, np.int32)
    for source, each in simple.items():
        tensors = run_program(lower_model(each), [*inputs, given] if source == "input" else inputs)
        assert tensors[each.outputs[0]] == oracle.tensor(model.outputs[0]), source


def test_a_shape_that_contradicts_the_file() -> None:
    """What is computed is not what the output has: refused, as a constant would be."""
    case = CASES[-1]
    wrong = Case(case.opcode, 0, (1, 8, 6, 2), case.output, case.options)
    (violation,) = check_model(simplify(read_model(model_of(wrong, "INT8", "computed"), "net")).model)
    assert violation.found == "[1, 8, 6, 2] for [1, 8, 12, 3] of [1, 4, 6, 2]"


def test_a_shape_of_another_length() -> None:
    case = CASES[-1]
    wrong = Case(case.opcode, 0, (1, 8, 12), case.output, case.options)
    assert check_model(simplify(read_model(model_of(wrong, "INT8", "input"), "net")).model)


def test_the_shared_decoder(shared_models: Path) -> None:
    """A model that is given its shape, which TFLM does not look at."""
    path = shared_models / "int16" / "transpose_conv2.tflite"
    model = read_model_file(path)
    simple = simplify(model).model
    assert check_model(model)
    assert not check_model(simple)
    oracle = Oracle(path.read_bytes(), model)
    rng = np.random.default_rng(1)
    for _ in range(3):
        inputs = random_inputs(model, rng)
        oracle.run(inputs)
        assert run_program(lower_model(simple), inputs)[model.outputs[0]] == oracle.tensor(model.outputs[0])


def paddings(rows: str) -> bytes:
    """PAD by a matrix that SHAPE, FLOOR_DIV, SLICE and PACK make of the shape, or RESHAPE."""
    builder, q = Builder(), per_tensor(0.5)
    x = builder.tensor("x", SOURCE, quantization=q)
    whole, halves = (builder.tensor(name, (4,), INT32) for name in ("whole", "halves"))
    builder.operator("SHAPE", [x], [whole])
    builder.operator("FLOOR_DIV", [whole, constant(builder, 2)], [halves])
    row = builder.tensor("row", (2,), INT32)
    builder.operator("SLICE", [halves, constant(builder, 1), constant(builder, 2)], [row])
    none, matrix = constant(builder, 0, 0), builder.tensor("matrix", (4, 2), INT32)
    if rows == "PACK":
        builder.operator("PACK", [none, row, none, none], [matrix], AxisOptions(0))
    else:
        line = builder.tensor("line", (8,), INT32)
        builder.operator("CONCATENATION", [none, row, none, none], [line], ConcatenationOptions(0, Activation.NONE))
        builder.operator("RESHAPE", [line, constant(builder, 4, 2)], [matrix], ReshapeOptions((4, 2)))
    y = builder.tensor("y", (1, 9, 6, 2), quantization=q)
    builder.operator("PAD", [x, matrix], [y])
    return builder.build([x], [y])


@pytest.mark.parametrize("rows", ["PACK", "RESHAPE"])
def test_a_matrix_of_paddings(rows: str) -> None:
    simple = simplify(read_model(paddings(rows), "net")).model
    assert [operator.opcode for operator in simple.operators] == ["PAD"]
    assert not check_model(simple)
    x = np.arange(48, dtype=np.int8).reshape(SOURCE)
    padded = np.pad(x, [(0, 0), (2, 3), (0, 0), (0, 0)])
    assert run_program(lower_model(simple), [x])[simple.outputs[0]] == padded.tobytes()
