"""Models of one operator: of every type, with every input a constant or computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from model_builder import Builder, per_tensor
from tflm_oracle import DTYPES

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    AxisOptions,
    BatchMatMulOptions,
    BlockOptions,
    ConcatenationOptions,
    CumsumOptions,
    GatherOptions,
    LeakyReluOptions,
    MirrorPadOptions,
    Options,
    Padding,
    Pool2DOptions,
    ReducerOptions,
    ReshapeOptions,
    ResizeOptions,
    SoftmaxOptions,
    StridedSliceOptions,
    TensorType,
)

KINDS = ("INT8", "INT16", "INT32", "INT64", "FLOAT32", "BOOL")
Shape = tuple[int, ...]
X: Shape = (1, 4, 4, 2)
NONE = Activation.NONE


@dataclass(frozen=True)
class Form:
    """An operator on `inputs` of the type that is tried, then on integers; what it makes of them.

    `output`: the type of the outputs where it is not that of the inputs. `scale`: scale and zero point of an int8
    output, and the scale of an int16 one.
    """

    opcode: str
    inputs: Sequence[Shape] = (X,)
    integers: Sequence[Sequence] = ()
    shapes: Sequence[Shape] = (X,)
    options: Options | None = None
    output: str = ""
    scale: tuple[float, int, float] = (0.5, 0, 0.5)
    integers_first: bool = False
    conditions: Sequence[Shape] = ()


def forms() -> Iterator[Form]:
    """All of them."""
    for opcode in ("ABS", "ELU", "EXP", "FLOOR", "CEIL", "HARD_SWISH", "LOG", "NEG", "RELU", "RELU6", "ROUND"):
        yield Form(opcode)
    for opcode in ("RSQRT", "SIN", "COS", "SQRT", "SQUARE", "ZEROS_LIKE", "LOGICAL_NOT"):
        yield Form(opcode)
    yield Form("LEAKY_RELU", options=LeakyReluOptions(0.25))
    yield Form("LOGISTIC", scale=(1 / 256, -128, 1 / 32768))
    yield Form("TANH", scale=(1 / 128, 0, 1 / 32768))
    yield Form("SOFTMAX", options=SoftmaxOptions(1.0), scale=(1 / 256, -128, 1 / 32768))
    yield Form("LOG_SOFTMAX", scale=(1 / 16, 127, 1 / 16))
    yield Form("L2_NORMALIZATION", options=ArithmeticOptions(NONE), scale=(1 / 128, 0, 1 / 32768))
    yield Form("ADD", (X, X), options=AddOptions(NONE, False))
    for opcode in ("SUB", "MUL"):
        yield Form(opcode, (X, X), options=ArithmeticOptions(NONE))
    fine = (1 / 256, 0, 1 / 256)  # of a coarse output TFLM shifts by more than 31
    yield Form("DIV", (X, X), options=ArithmeticOptions(NONE), scale=fine)
    yield Form("SQUARED_DIFFERENCE", (X, X), scale=(200.0, 0, 20000.0))
    for opcode in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
        yield Form(opcode, shapes=((1, 2, 2, 2),), options=Pool2DOptions(Padding.VALID, 2, 2, 2, 2, NONE))
    for opcode in ("MAXIMUM", "MINIMUM", "FLOOR_DIV", "FLOOR_MOD", "PRELU", "ADD_N"):
        yield Form(opcode, (X, X))
    for opcode in ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"):
        yield Form(opcode, (X, X), output="BOOL")
    for opcode in ("LOGICAL_AND", "LOGICAL_OR"):
        yield Form(opcode, (X, X), output="BOOL")
    yield Form("SELECT_V2", (X, X), conditions=(X,))
    yield from _moves()
    for opcode in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ALL"):
        yield Form(opcode, integers=([1, 2],), shapes=((1, 2),), options=ReducerOptions(False))
    for opcode in ("ARG_MAX", "ARG_MIN"):
        yield Form(opcode, integers=(3,), shapes=((1, 4, 4),), output="INT32")
    yield Form("CUMSUM", integers=(3,), options=CumsumOptions(False, False))
    yield Form("BATCH_MATMUL", ((2, 3, 4), (2, 4, 5)), shapes=((2, 3, 5),), options=BatchMatMulOptions(False, False))
    for kind in KINDS:
        yield Form("CAST", output=kind)
        yield Form("QUANTIZE", output=kind, scale=(0.25, 3, 0.25))
        yield Form("DEQUANTIZE", output=kind)


def _moves() -> Iterator[Form]:
    yield Form("RESHAPE", integers=([1, 32],), shapes=((1, 32),), options=ReshapeOptions((1, 32)))
    yield Form("SQUEEZE", shapes=((4, 4, 2),))
    yield Form("EXPAND_DIMS", integers=(1,), shapes=((1, 1, 4, 4, 2),))
    yield Form("TRANSPOSE", integers=([0, 3, 1, 2],), shapes=((1, 2, 4, 4),))
    yield Form("SLICE", integers=([0, 1, 0, 0], [1, 2, 4, 2]), shapes=((1, 2, 4, 2),))
    strided = StridedSliceOptions(0, 0, 0, 0, 0, False)
    yield Form("STRIDED_SLICE", integers=([0] * 4, [1, 4, 4, 2], [1, 2, 1, 1]), shapes=((1, 2, 4, 2),), options=strided)
    paddings = [[0, 0], [1, 0], [0, 1], [0, 0]]
    yield Form("PAD", integers=(paddings,), shapes=((1, 5, 5, 2),))
    yield Form("MIRROR_PAD", integers=(paddings,), shapes=((1, 5, 5, 2),), options=MirrorPadOptions(0))
    yield Form("CONCATENATION", (X, X), shapes=((1, 4, 4, 4),), options=ConcatenationOptions(3, NONE))
    yield Form("PACK", (X, X), shapes=((2, *X),), options=AxisOptions(0))
    yield Form("UNPACK", shapes=((1, 4, 4),) * 2, options=AxisOptions(3))
    yield Form("SPLIT", integers=(3,), shapes=((1, 4, 4, 1),) * 2, integers_first=True)
    yield Form("SPLIT_V", integers=([1, 3], 1), shapes=((1, 1, 4, 2), (1, 3, 4, 2)))
    yield Form("GATHER", integers=([1, 0],), shapes=(X,), options=GatherOptions(3, 0))
    yield Form("GATHER_ND", integers=([[0, 1], [0, 3]],), shapes=((2, 4, 2),))
    yield Form("BROADCAST_TO", integers=([3, 4, 4, 2],), shapes=((3, 4, 4, 2),))
    yield Form("REVERSE_V2", integers=([1],))
    yield Form("SPACE_TO_DEPTH", shapes=((1, 2, 2, 8),), options=BlockOptions(2))
    yield Form("DEPTH_TO_SPACE", ((1, 2, 2, 8),), shapes=(X,), options=BlockOptions(2))
    none = [[0, 0], [0, 0]]
    yield Form("SPACE_TO_BATCH_ND", integers=([2, 2], none), shapes=((4, 2, 2, 2),))
    yield Form("BATCH_TO_SPACE_ND", ((4, 2, 2, 2),), ([2, 2], none))
    for opcode in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        yield Form(opcode, integers=([8, 8],), shapes=((1, 8, 8, 2),), options=ResizeOptions(False, False))
    yield Form("FILL", ((),), ([2, 3],), ((2, 3),), integers_first=True)
    yield Form("SHAPE", shapes=((4,),), output="INT32")


def cases() -> Iterator[tuple[tuple[str, str], str, bytes]]:
    """((ADD, INT8), which inputs are constants, the file); never all of them."""
    for form in forms():
        for kind in KINDS:
            for constants in product((False, True), repeat=len(form.inputs)):
                if all(constants):
                    continue
                what = ", ".join("constant" if each else "computed" for each in constants)
                yield (form.opcode, kind), f"{what} to {form.output or kind}", built(form, kind, constants)


def built(form: Form, kind: str, constants: Sequence[bool]) -> bytes:
    """The file of one."""
    builder, rng = Builder(), np.random.default_rng(1)
    given = []
    for place, (shape, constant) in enumerate(zip(form.inputs, constants, strict=True)):
        scale = per_tensor(0.5) if kind in ("INT8", "INT16") else None
        if (form.opcode, kind) == ("QUANTIZE", "INT32"):
            scale = per_tensor(0.125)
        data = np.asarray(rng.integers(1, 2 if kind == "BOOL" else 9, shape)).astype(DTYPES[kind]) if constant else None
        given.append(builder.tensor(f"x{place}", shape, TensorType[kind], quantization=scale, data=data))
    integers = []
    for values in form.integers:
        data = np.array(values, np.int32)
        integers.append(builder.tensor("", data.shape, TensorType.INT32, data=data))
    flags = [builder.tensor("condition", shape, TensorType.BOOL) for shape in form.conditions]
    output = form.output or kind
    scale8, zero, scale16 = form.scale
    target = {"INT8": per_tensor(scale8, zero), "INT16": per_tensor(scale16)}.get(output)
    outputs = [
        builder.tensor(f"y{n}", shape, TensorType[output], quantization=target) for n, shape in enumerate(form.shapes)
    ]
    inputs = [*flags, *(integers + given if form.integers_first else given + integers)]
    builder.operator(form.opcode, inputs, outputs, form.options)
    computed = [index for index, constant in zip(given, constants, strict=True) if not constant]
    return builder.build([*flags, *computed], outputs)
