"""Dilated convolutions that a file does in a batch of blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from litert_oracle import run_litert
from model_builder import Builder, per_channel, per_tensor
from program_runner import run_program
from random_parts import Rng
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.errors import SetupError
from platformio_tinyml.model import Activation, Conv2DOptions, DepthwiseConv2DOptions, Options, Padding, TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import simplify
from platformio_tinyml.standalone.build import write_sources
from platformio_tinyml.tflite import read_model
from platformio_tinyml.verify.oracles import wheel_oracle
from platformio_tinyml.verify.samples import Samples

STEP = "Dilated, where the file does it in a batch of blocks: operator"


@dataclass(frozen=True)
class Form:
    """A series is of one dimension, and in the file an image of one row, or with `upright` of one column."""

    sizes: tuple[int, ...]
    taps: tuple[int, ...]
    block: tuple[int, ...]
    same: bool
    depthwise: bool = False
    upright: bool = False
    float32: bool = False
    batches: int = 1
    more: int = 0
    """Padding before that no convolution has."""
    stride: int = 1
    crop: int = 0


def random_form(rng: Rng) -> Form:
    dimensions = int(rng.integers(1, 3))
    block = tuple(int(each) for each in rng.integers(1, 4, dimensions))
    taps = tuple(int(each) for each in rng.integers(1, 4, dimensions))
    sizes = tuple(int(rng.integers(6, 12)) for _ in block)
    flags = [bool(each) for each in rng.integers(0, 2, 4)]
    return Form(sizes, taps, block, *flags, batches=int(rng.integers(1, 3)))


def chain(form: Form, rng: Rng) -> bytes:
    """The file."""
    builder, series = Builder(), len(form.block) == 1
    kind = TensorType.FLOAT32 if form.float32 else TensorType.INT8
    points = [None, None] if form.float32 else [per_tensor(0.05, int(rng.integers(-90, 90))) for _ in range(2)]
    reach = [(taps - 1) * times for taps, times in zip(form.taps, form.block, strict=True)]
    new = [size - (0 if form.same else gone) for size, gone in zip(form.sizes, reach, strict=True)]
    before = [(gone // 2 if form.same else 0) + form.more for gone in reach]
    whole = [
        -(-(s + b + gone) // times) * times for s, b, gone, times in zip(new, before, reach, form.block, strict=True)
    ]
    paddings = [[b, all_ - size - b] for b, all_, size in zip(before, whole, form.sizes, strict=True)]
    crops = [[form.crop, all_ - gone - size - form.crop] for all_, gone, size in zip(whole, reach, new, strict=True)]
    depth, channels = 3, 3 if form.depthwise else 5
    apart = [size // times for size, times in zip(whole, form.block, strict=True)]
    filtered = [size - taps + 1 for size, taps in zip(apart, form.taps, strict=True)]
    batches = form.batches * int(np.prod(form.block))

    def image(sizes: list[int]) -> list[int]:
        return sizes if not series else [*sizes, 1] if form.upright else [1, *sizes]

    def tensor(shape: list[int], after: bool) -> int:
        return builder.tensor("", shape, kind, quantization=points[after])

    def ints(values: list) -> int:
        data = np.array(values, np.int32)
        return builder.tensor("", data.shape, TensorType.INT32, data=data)

    x = tensor([form.batches, *form.sizes, depth], False)
    blocks, taps = ints(list(form.block)), image(list(form.taps))
    shape = [1, *taps, channels] if form.depthwise else [channels, *taps, depth]
    weights = rng.integers(-127, 128, shape).astype(np.int8)
    if form.float32:
        filter_ = builder.tensor("", shape, kind, data=(weights / 128).astype(np.float32))
        bias = builder.tensor("", [channels], kind, data=rng.uniform(-1, 1, channels).astype(np.float32))
    else:
        scales = rng.uniform(0.002, 0.004, channels)
        per_filter = per_channel(list(scales), 3 if form.depthwise else 0)
        filter_ = builder.tensor("", shape, quantization=per_filter, data=weights)
        values = rng.integers(-3000, 3000, channels).astype(np.int32)
        per_bias = per_channel(list(0.05 * scales))
        bias = builder.tensor("", [channels], TensorType.INT32, quantization=per_bias, data=values)
    one, two = tensor([batches, *apart, depth], False), tensor([batches, *filtered, channels], True)
    y = tensor([form.batches, *new, channels], True)
    options: Options = Conv2DOptions(Padding.VALID, form.stride, form.stride, 1, 1, Activation.RELU)
    if form.depthwise:
        options = DepthwiseConv2DOptions(Padding.VALID, form.stride, form.stride, 1, 1, 1, Activation.RELU)
    opcode = "DEPTHWISE_CONV_2D" if form.depthwise else "CONV_2D"
    builder.operator("SPACE_TO_BATCH_ND", [x, blocks, ints(paddings)], [one])
    if series:
        wide, narrow = (
            tensor([batches, *image(sizes), last], after)
            for sizes, last, after in ((apart, depth, False), (filtered, channels, True))
        )
        builder.operator("EXPAND_DIMS", [one, ints([2 if form.upright else 1])], [wide])
        builder.operator(opcode, [wide, filter_, bias], [narrow], options)
        builder.operator("RESHAPE", [narrow, ints([batches, *filtered, channels])], [two])
    else:
        builder.operator(opcode, [one, filter_, bias], [two], options)
    builder.operator("BATCH_TO_SPACE_ND", [two, blocks, ints(crops)], [y])
    return builder.build([x], [y])


@pytest.mark.parametrize("seed", range(40))
def test_equal_to_tensorflow_lite(seed: int) -> None:
    rng = np.random.default_rng(seed)
    form = random_form(rng)
    data = chain(form, rng)
    model = read_model(data, "net")
    simple = simplify(model)
    assert any(step.startswith(STEP) for step in simple.steps), form
    assert check_model(simple.model) == ()
    left = {operator.opcode for operator in simple.model.operators}
    assert left <= {"CONV_2D", "DEPTHWISE_CONV_2D", "RESHAPE"}
    inputs = random_inputs(model, rng)
    found = run_program(lower_model(simple.model), inputs)[model.outputs[0]]
    expected = run_litert(data, inputs)
    assert expected is not None
    if form.float32:
        assert np.allclose(np.frombuffer(found, np.float32), np.frombuffer(expected[0], np.float32), 1e-5, 1e-4)
    else:
        assert found == expected[0]
    if not form.same:
        oracle = Oracle(data, model)
        oracle.run(inputs)
        assert form.float32 or found == oracle.tensor(model.outputs[0])


PLAIN = Form((9, 8), (3, 2), (2, 3), same=True)


PADDED = (
    replace(PLAIN, more=1),
    replace(PLAIN, crop=1, same=False),
    Form((7, 9), (2, 3), (3, 2), same=True, more=2, depthwise=True),
    Form((11,), (3,), (2,), same=True, more=3),
)


def test_strides_stay() -> None:
    simple = simplify(read_model(chain(replace(PLAIN, stride=2), np.random.default_rng(1)), "net"))
    assert not any(step.startswith(STEP) for step in simple.steps)


@pytest.mark.parametrize("form", PADDED)
@pytest.mark.parametrize("float32", [False, True])
def test_others_stay(form: Form, float32: bool) -> None:
    """SPACE_TO_BATCH_ND pads by itself then, and the bytes are those of TensorFlow Lite too."""
    data = chain(replace(form, float32=float32), np.random.default_rng(1))
    model = read_model(data, "net")
    simple = simplify(model)
    assert not any(step.startswith(STEP) for step in simple.steps)
    assert check_model(simple.model) == ()
    inputs = random_inputs(model, np.random.default_rng(2))
    expected = run_litert(data, inputs)
    assert expected is not None
    found = run_program(lower_model(simple.model), inputs)[model.outputs[0]]
    if float32:
        assert np.allclose(np.frombuffer(found, np.float32), np.frombuffer(expected[0], np.float32), 1e-5, 1e-4)
    else:
        assert found == expected[0]


def test_tflm_is_no_judge_of_padding(tmp_path: Path) -> None:
    for form, judged in ((PLAIN, False), (replace(PLAIN, same=False), True)):
        data = chain(form, np.random.default_rng(1))
        path, model = tmp_path / "net.tflite", read_model(data, "net")
        path.write_bytes(data)
        (manifest,) = write_sources([model], tmp_path)
        values = random_inputs(model, np.random.default_rng(2))
        samples = Samples("", ((values[0].tobytes(),),))
        if judged:
            expected = run_program(lower_model(simplify(model).model), values)[model.outputs[0]]
            assert next(wheel_oracle(path, manifest, samples).outputs()) == (expected,)
            continue
        with pytest.raises(SetupError, match="no judge of SPACE_TO_BATCH_ND"):
            wheel_oracle(path, manifest, samples)
