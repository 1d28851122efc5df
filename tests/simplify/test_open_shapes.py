"""Shapes that a file leaves open, as converters do that do not know the batch: what follows from a batch of 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cross_compilers import require_compilers
from model_builder import Builder, per_tensor
from program_runner import run_program
from random_models import MODELS
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.errors import ModelError
from platformio_tinyml.model import (
    Activation,
    AxisOptions,
    Conv2DOptions,
    Padding,
    ReshapeOptions,
    SqueezeOptions,
    StridedSliceOptions,
    TensorType,
)
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import shapes, simplify
from platformio_tinyml.standalone.build import write_sources
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.resize import resized
from platformio_tinyml.tflm.refused import refuse_resized
from platformio_tinyml.verify.oracles import compiled_oracle, wheel_oracle
from platformio_tinyml.verify.samples import Samples

INT32 = TensorType.INT32
SCALE = per_tensor(0.5, 3)


def dilated() -> bytes:
    """A convolution of dilation 2 as converters write it: in a batch of 4, where the file says 1."""
    builder, rng = Builder(), np.random.default_rng(3)
    x = builder.tensor("x", (1, 8, 8, 2), quantization=SCALE, shape_signature=(-1, 8, 8, 2))
    block = builder.tensor("block", (2,), INT32, data=np.array([2, 2], np.int32))
    none = builder.tensor("none", (2, 2), INT32, data=np.zeros((2, 2), np.int32))
    weights = rng.integers(-127, 128, (3, 3, 3, 2)).astype(np.int8)
    filter_ = builder.tensor("filter", weights.shape, quantization=per_tensor(0.01), data=weights)
    apart = builder.tensor("apart", (1, 4, 4, 2), quantization=SCALE, shape_signature=(-1, 4, 4, 2))
    filtered = builder.tensor("filtered", (1, 2, 2, 3), quantization=SCALE, shape_signature=(-1, 2, 2, 3))
    y = builder.tensor("y", (1, 4, 4, 3), quantization=SCALE, shape_signature=(-1, 4, 4, 3))
    builder.operator("SPACE_TO_BATCH_ND", [x, block, none], [apart])
    options = Conv2DOptions(Padding.VALID, 1, 1, 1, 1, Activation.NONE)
    builder.operator("CONV_2D", [apart, filter_], [filtered], options)
    builder.operator("BATCH_TO_SPACE_ND", [filtered, block, none], [y])
    return builder.build([x], [y])


def computed() -> bytes:
    """A shape that is computed of another, and what it leaves open in the tensors behind it."""
    builder = Builder()
    x = builder.tensor("x", (1, 4, 6), quantization=SCALE, shape_signature=(-1, 4, 6))
    whole = builder.tensor("whole", (3,), INT32)
    builder.operator("SHAPE", [x], [whole])
    one, two = (builder.tensor("", (1,), INT32, data=np.array([n], np.int32)) for n in (1, 2))
    part = builder.tensor("part", (), INT32)
    builder.operator("STRIDED_SLICE", [whole, one, two, one], [part], StridedSliceOptions(0, 0, 0, 0, 1, False))
    size = builder.tensor("size", (), INT32, data=np.array(-1, np.int32))
    target = builder.tensor("target", (2,), INT32)
    builder.operator("PACK", [part, size], [target], AxisOptions(0))
    flat = builder.tensor("flat", (1, 1), quantization=SCALE, shape_signature=(-1, -1))
    builder.operator("RESHAPE", [x, target], [flat], ReshapeOptions(()))
    y = builder.tensor("y", (1, 1), quantization=SCALE, shape_signature=(-1, -1))
    builder.operator("RELU", [flat], [y])
    end = builder.tensor("", (2,), INT32, data=np.array([4, 3], np.int32))
    begin = builder.tensor("", (2,), INT32, data=np.array([0, 1], np.int32))
    strides = builder.tensor("", (2,), INT32, data=np.array([1, 1], np.int32))
    z = builder.tensor("z", (1, 1), quantization=SCALE, shape_signature=(-1, -1))
    builder.operator("STRIDED_SLICE", [y, begin, end, strides], [z], StridedSliceOptions(0, 0, 0, 0, 0, False))
    return builder.build([x], [z])


def test_what_follows_is_what_files_state() -> None:
    known: Counter[str] = Counter()
    for build in MODELS.values():
        for seed in range(6):
            model = read_model(build(np.random.default_rng(seed)), "random")
            for operator in model.operators:
                found = shapes.output_shapes(
                    operator, [model.tensors[index] for index in operator.inputs if index >= 0]
                )
                stated = [model.tensors[index].shape for index in operator.outputs]
                if found is not None:
                    assert found == stated or check_model(model), f"{operator.opcode}, seed {seed}"
                    known[operator.opcode] += found == stated
    elsewhere = {"EXPAND_DIMS", "L2_POOL_2D", "REDUCE_PROD", "SQUEEZE", "TILE"}  # not in MODELS
    floats = {"CEIL", "COS", "FLOOR", "FLOOR_DIV", "FLOOR_MOD", "NEG", "ROUND", "SIN", "SQUARE", "DIV"}
    of_lite = {"CAST", "EXP", "GELU", "LOG", "RELU_N1_TO_1", "SQRT"}
    assert set(shapes._RULES) - set(known) <= elsewhere | floats | of_lite


def squeezed() -> bytes:
    """A series of which converters make an image and back, and parts of it."""
    builder = Builder()
    x = builder.tensor("x", (1, 4, 6), quantization=SCALE, shape_signature=(-1, 4, 6))
    ints = [np.array(n, np.int32) for n in (1, [2, 4], -1)]
    axis, sizes, last = (builder.tensor("", n.shape, INT32, data=n) for n in ints)
    image = builder.tensor("image", (1, 1, 1, 1), quantization=SCALE, shape_signature=(-1, -1, -1, -1))
    builder.operator("EXPAND_DIMS", [x, axis], [image])
    series = builder.tensor("series", (1, 1, 1), quantization=SCALE, shape_signature=(-1, -1, -1))
    builder.operator("SQUEEZE", [image], [series], SqueezeOptions((-3,)))
    y, z = (builder.tensor(name, (1, 1, 1), quantization=SCALE, shape_signature=(-1, -1, -1)) for name in "yz")
    builder.operator("SPLIT_V", [series, sizes, last], [y, z])
    return builder.build([x], [z, y])


@pytest.mark.parametrize("build", [dilated, computed, squeezed])
def test_equal_to_tflm_with_these_shapes(build: Callable[[], bytes]) -> None:
    data = build()
    model = read_model(data, "net")
    simple = simplify(model)
    assert check_model(model) != ()
    assert check_model(simple.model) == ()
    assert simple.steps[0].startswith("Shapes that the file leaves open, for a batch of 1: of operator")
    oracle = Oracle(resized(data, simple.resized), simple.original)
    for inputs in (random_inputs(model, np.random.default_rng(seed)) for seed in range(3)):
        oracle.run(inputs)
        found = run_program(lower_model(simple.model), inputs)
        assert found[model.outputs[0]] == oracle.tensor(model.outputs[0])


def test_closed_shapes_stay() -> None:
    """What the file does not leave open is not put right: it is refused."""
    model = read_model(dilated(), "net")
    closed = replace(model, tensors=tuple(replace(tensor, is_open=False) for tensor in model.tensors))
    assert simplify(closed).resized == {}
    assert check_model(simplify(closed).model) != ()


def test_the_oracle_gets_the_shapes(tmp_path: Path) -> None:
    data = dilated()
    path, model = tmp_path / "net.tflite", read_model(data, "net")
    path.write_bytes(data)
    (manifest,) = write_sources([model], tmp_path)
    assert manifest.simplification is not None
    assert {each.shape for each in manifest.simplification.resized} == {(4, 4, 4, 2), (4, 2, 2, 3)}
    values = random_inputs(model, np.random.default_rng(1))
    oracle = wheel_oracle(path, manifest, Samples("", ((values[0].tobytes(),),)))
    (outputs,) = oracle.outputs()
    assert outputs[0] == run_program(lower_model(simplify(model).model), values)[model.outputs[0]]
    (tensors,) = oracle.tensors(0)
    assert sorted(map(len, tensors.values())) == [48, 48, 128]


def test_another_build_gets_the_shapes(tmp_path: Path) -> None:
    """Where tflite_micro ends, that is what is left to compare with: the file as it stands is not run."""
    require_compilers("cortex-m4")
    model = read_model(dilated(), "net")
    (manifest,) = write_sources([model], tmp_path)
    values = random_inputs(model, np.random.default_rng(1))
    oracle = compiled_oracle(model, manifest, Samples("", ((values[0].tobytes(),),)), ("", ()))
    (outputs,) = oracle.outputs()
    assert outputs[0] == run_program(lower_model(simplify(model).model), values)[model.outputs[0]]


def test_tflm_is_told_to_refuse() -> None:
    model = read_model(dilated(), "net")
    with pytest.raises(ModelError, match="operator 0 SPACE_TO_BATCH_ND makes, 4x4x4x2, and states another"):
        refuse_resized(model, simplify(model).resized)
    refuse_resized(model, {})


@pytest.mark.parametrize(("index", "shape"), [(0, (1, 8, 16)), (99, (1,)), (-1, (1,)), (0, (1, 8, 8, -2))])
def test_shapes_that_a_file_cannot_have(index: int, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError):
        resized(dilated(), {index: shape})
