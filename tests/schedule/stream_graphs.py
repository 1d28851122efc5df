"""Random graphs with tall images and long sequences, any streams in them, and their firmware on this computer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parent.parent
sys.path.append(str(TESTS / "simplify"))

from built_once import SANITIZERS, sanitized_kernels  # noqa: E402
from float_builder import FloatBuilder  # noqa: E402
from int16_builder import Int16Builder  # noqa: E402
from model_builder import Builder, per_channel  # noqa: E402
from planted_models import Planter, Value  # noqa: E402
from program_runner import CORES  # noqa: E402

from platformio_tinyml.arena import plan_arena  # noqa: E402
from platformio_tinyml.codegen import make_manifest, render, runtime_files  # noqa: E402
from platformio_tinyml.files import write_text  # noqa: E402
from platformio_tinyml.model import (  # noqa: E402
    Activation,
    BlockOptions,
    ConcatenationOptions,
    DepthwiseConv2DOptions,
    MirrorPadOptions,
    Padding,
    Pool2DOptions,
    ReducerOptions,
    ResizeOptions,
    StridedSliceOptions,
    TensorType,
    TransposeConvOptions,
)
from platformio_tinyml.operators.resizing import in_1024ths  # noqa: E402
from platformio_tinyml.program import APPLICATION, Program  # noqa: E402
from platformio_tinyml.schedule.build import Built, build  # noqa: E402
from platformio_tinyml.schedule.choose import with_streams  # noqa: E402
from platformio_tinyml.schedule.row_calls import handed_rows, row_calls, taken_rows  # noqa: E402

Rng = np.random.Generator
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror")
MAIN = """\
#include <stdio.h>
{includes}
int main(void) {{
    int run;
    for (run = 0; run < {runs}; run++) {{
{bodies}
    }}
    return 0;
}}
"""
INIT = """\
        if (run == 0 && {name}_init() != TINYML_OK) return 1;
"""
FILL = """\
        if (fread({name}_input_0(), 1, {inputs}, stdin) != {inputs}) return 2;
"""
INVOKE = """\
        if ({name}_invoke() != TINYML_OK) return 3;
"""
PUSH = """\
        {{
            static {name}_input_0_t row[{upper}_ROW_SIZE];
            int32_t wanted = {upper}_INPUT_ROWS;
            if (run == 1) {{
                if ({name}_push_row(row) != wanted - 1) return 4;
                {name}_reset();
            }}
            while (wanted--) {{
                if (fread(row, 1, sizeof(row), stdin) != {upper}_ROW_BYTES) return 2;
                if ({name}_push_row(row) != wanted) return 3;
{then}
            }}
        }}
"""
POP = """\
        {{
            const {name}_output_0_t *row;
            while ((row = {name}_pop_row()) != NULL) {{
                fwrite(row, 1, {upper}_OUTPUT_ROW_BYTES, stdout);
            }}
        }}
"""
BEGIN_TO_POP = """\
        if (run == 1) {{
            if ({name}_pop_row() == NULL) return 5;
            {name}_reset();
        }}
"""


def body_of(program: Program) -> str:
    """One run in C: the input from stdin, whole or row by row, the outputs to stdout."""
    name, tensors = program.model.name, program.model.tensors
    facts = {"name": name, "upper": name.upper(), "inputs": tensors[program.model.inputs[0]].size}
    pop = POP.format(**facts) if program.hands_out_rows else ""
    body = INIT.format(**facts)
    if program.takes_rows:
        body += PUSH.format(**facts, then=pop)
    elif program.hands_out_rows:
        body += (BEGIN_TO_POP + FILL).format(**facts) + pop
    else:
        body += (FILL + INVOKE).format(**facts)
    for position, index in enumerate(program.model.outputs if not program.hands_out_rows else ()):
        body += f"        fwrite({name}_output_{position}(), 1, {tensors[index].size}, stdout);\n"
    return body


BUILDERS = {"int8": Builder, "float32": FloatBuilder, "int16": Int16Builder}


def tall_graph(rng: Rng, kind: str = "int8") -> bytes:
    """A file of one input, an image or a sequence, of one of BUILDERS; some tensors beside the last may be outputs."""
    planter = Planter(rng)
    planter.builder = BUILDERS[kind]()
    further = [inception, part, repeated, transposed, folded]
    if kind != "int16":  # TensorFlow Lite Micro has none of int16
        further += [blurred, rearranged, mirrored]
    flat = rng.integers(4) == 0
    height = 1 if flat else int(rng.integers(3, 20))
    width = int(rng.integers(5, 30)) if flat else int(rng.integers(1, 9))
    source = planter.value("input", (1, height, width, int(rng.choice([1, 2, 3, 4, 8]))), 0.05)
    values = [source]
    for _ in range(int(rng.integers(3, 12))):
        steps = [planter.step] * 4 + (further if len(values[-1].shape) == 4 else [])
        step = steps[rng.integers(len(steps))]
        values.append(step(values[-1]) if step == planter.step else step(planter, values[-1]))
    outputs = [values[-1].index]
    if kind != "int16" and rng.integers(6) == 0:
        outputs = [best(planter, values[-1])]
    if rng.integers(4) == 0:
        outputs.append(values[int(rng.integers(1, len(values)))].index)
    return planter.builder.build([source.index], list(dict.fromkeys(outputs)))


def inception(planter: Planter, source: Value) -> Value:
    """Branches of equal size that are joined along the channels, the tensor itself among them at times."""
    rng = planter.rng
    branches = [planter.one_by_one(source, int(rng.choice([1, 3, 8])))]
    for _ in range(int(rng.integers(1, 3))):
        depth, taps = source.shape[3], int(rng.choice([1, 3, 5]))
        options = DepthwiseConv2DOptions(Padding.SAME, 1, 1, 1, 1, 1, planter.activation())
        branches.append(planter.weighted("DEPTHWISE_CONV_2D", source, (1, taps, 3, depth), source.shape, 3, options))
    branches += [source] if rng.integers(2) else []
    parts, scale = [], max(branch.scale for branch in branches)
    for branch in branches:
        parts.append(planter.value("QUANTIZE", branch.shape, scale, -7))
        planter.builder.operator("QUANTIZE", [branch.index], [parts[-1].index])
    channels = sum(part.shape[3] for part in parts)
    output = planter.value("CONCATENATION", (*source.shape[:3], channels), scale, -7)
    options = ConcatenationOptions(int(rng.choice([3, -1])), Activation.NONE)
    planter.builder.operator("CONCATENATION", [part.index for part in parts], [output.index], options)
    return output


def best(planter: Planter, source: Value) -> int:
    """ARG_MAX or ARG_MIN along the last axis."""
    axis = planter.builder.tensor("axis", (), TensorType.INT32, data=np.array(-1, np.int32))
    output = planter.builder.tensor("best", source.shape[:-1], TensorType.INT32)
    planter.builder.operator(str(planter.rng.choice(["ARG_MAX", "ARG_MIN"])), [source.index, axis], [output])
    return output


def blurred(planter: Planter, source: Value) -> Value:
    """RESIZE_BILINEAR to any size, most times a multiple; each way to place elements."""
    rng, (batches, height, width, depth) = planter.rng, source.shape
    rows, columns = (int(rng.choice([1, 2, 2, 3, 4])) * size for size in (height, width))
    if rng.integers(3) == 0:
        rows, columns = (max(int(size * rng.choice([0.25, 0.5, 0.75, 1.5])), 1) for size in (height, width))
    if height == 1 and rng.integers(4):
        rows = 1
    if rows * columns * depth > 4000:
        rows, columns = height, width
    options = [ResizeOptions(False, False), ResizeOptions(True, False), ResizeOptions(False, True)][rng.integers(3)]
    for axis in zip((height, width), (rows, columns), strict=True):
        if any(high >= axis[0] or low >= axis[0] for low, high, _ in in_1024ths(*axis, options)):
            return planter.relu(source)
    output = planter.value("RESIZE_BILINEAR", (batches, rows, columns, depth), source.scale, source.zero_point)
    size = planter.builder.tensor("", (2,), TensorType.INT32, data=np.array((rows, columns), np.int32))
    planter.builder.operator("RESIZE_BILINEAR", [source.index, size], [output.index], options)
    return output


def repeated(planter: Planter, source: Value) -> Value:
    """An image of more rows, or columns, or both: each is there several times."""
    batches, height, width, depth = source.shape
    rows, columns = (int(factor) for factor in planter.rng.choice([1, 2, 2, 3, 4], 2))
    if height * rows * width * columns * depth > 4000:
        rows = columns = 1
    shape = (batches, height if height == 1 else height * rows, width * columns, depth)
    output = planter.value("RESIZE_NEAREST_NEIGHBOR", shape, source.scale, source.zero_point)
    size = planter.builder.tensor("", (2,), TensorType.INT32, data=np.array(shape[1:3], np.int32))
    half = bool(planter.rng.integers(2))
    planter.builder.operator(
        "RESIZE_NEAREST_NEIGHBOR", [source.index, size], [output.index], ResizeOptions(False, half)
    )
    return output


def transposed(planter: Planter, source: Value) -> Value:
    """A TRANSPOSE_CONV: an image of as many rows and columns as its strides say, and a few more with VALID."""
    rng, (batches, height, width, depth) = planter.rng, source.shape
    strides, taps = rng.choice([1, 2, 2, 3, 4], 2), rng.integers(1, 6, 2)
    if height == 1:
        strides[0] = taps[0] = 1
    padding = Padding(int(rng.integers(2)))
    sizes = [
        int(size * stride if padding is Padding.SAME else (size - 1) * stride + max(tap, stride))
        for size, stride, tap in zip((height, width), strides, taps, strict=True)
    ]
    channels = int(rng.choice([1, 3, 4]))
    if batches * sizes[0] * sizes[1] * channels > 4000:
        return planter.relu(source)
    weights = rng.integers(-127, 128, (channels, *taps, depth)).astype(np.int8)
    scales = [0.01] * (channels if rng.integers(2) else 1)
    shape = (batches, *sizes, channels)
    builder = planter.builder
    inputs = [
        builder.tensor("", (4,), TensorType.INT32, data=np.array(shape, np.int32)),
        builder.tensor("filter", weights.shape, quantization=per_channel(scales, 0), data=weights),
        source.index,
    ]
    if rng.integers(2):
        quantization = per_channel([source.scale * scale for scale in scales])
        bias = rng.integers(-1000, 1000, channels).astype(np.int32)
        inputs.append(builder.tensor("bias", (channels,), TensorType.INT32, quantization=quantization, data=bias))
    output = planter.value("TRANSPOSE_CONV", shape, source.scale * float(np.sqrt(taps.prod() * depth)))
    options = TransposeConvOptions(padding, *(int(each) for each in strides), Activation.NONE)
    builder.operator("TRANSPOSE_CONV", inputs, [output.index], options)
    return output


def rearranged(planter: Planter, source: Value) -> Value:
    """SPACE_TO_DEPTH where the sizes allow, or DEPTH_TO_SPACE."""
    batches, height, width, depth = source.shape
    block = 2 if height % 2 == width % 2 == 0 else 3
    if height % block == width % block == 0 and planter.rng.integers(2):
        opcode, shape = "SPACE_TO_DEPTH", (batches, height // block, width // block, depth * block * block)
    elif depth % 4 == 0:
        opcode, block, shape = "DEPTH_TO_SPACE", 2, (batches, height * 2, width * 2, depth // 4)
    else:
        return planter.relu(source)
    output = planter.value(opcode, shape, source.scale, source.zero_point)
    planter.builder.operator(opcode, [source.index], [output.index], BlockOptions(block))
    return output


def mirrored(planter: Planter, source: Value) -> Value:
    """MIRROR_PAD of rows and columns."""
    rng, mode = planter.rng, int(planter.rng.integers(2))
    pads = np.zeros((4, 2), np.int32)
    for axis in (1, 2):
        pads[axis] = rng.integers(0, min(source.shape[axis] - 1 + mode, 3) + 1, 2)
    shape = tuple(int(size + sum(pair)) for size, pair in zip(source.shape, pads, strict=True))
    output = planter.value("MIRROR_PAD", shape, source.scale, source.zero_point)
    amounts = planter.builder.tensor("paddings", pads.shape, TensorType.INT32, data=pads)
    planter.builder.operator("MIRROR_PAD", [source.index, amounts], [output.index], MirrorPadOptions(mode))
    return output


def folded(planter: Planter, source: Value) -> Value:
    """Pools over all of an image, and reductions of it."""
    rng, (batches, height, width, depth) = planter.rng, source.shape
    shape = (batches, 1, 1, depth)
    opcode = str(rng.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D", "MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"]))
    is_sum = opcode in ("MEAN", "SUM")
    output = planter.value(opcode, shape, source.scale, None if is_sum else source.zero_point)
    if opcode.endswith("_2D"):
        options = Pool2DOptions(Padding.VALID, 1, 1, height, width, planter.activation())
        planter.builder.operator(opcode, [source.index], [output.index], options)
    else:
        axes = planter.builder.tensor("axes", (2,), TensorType.INT32, data=np.array((1, 2), np.int32))
        planter.builder.operator(opcode, [source.index, axes], [output.index], ReducerOptions(True))
    return output


def part(planter: Planter, source: Value) -> Value:
    """Some rows, columns and channels of an image, perhaps every other."""
    rng = planter.rng
    begin = [0, *(int(rng.integers(size)) for size in source.shape[1:])]
    end = [
        source.shape[0],
        *(int(rng.integers(b + 1, s + 1)) for b, s in zip(begin[1:], source.shape[1:], strict=True)),
    ]
    strides = [1, *(int(each) for each in rng.choice([1, 1, 1, 2], 3))]
    shape = tuple(-(-(e - b) // s) for b, e, s in zip(begin, end, strides, strict=True))
    output = planter.value("STRIDED_SLICE", shape, source.scale, source.zero_point)
    tables = [
        planter.builder.tensor("", (4,), TensorType.INT32, data=np.array(each, np.int32))
        for each in (begin, end, strides)
    ]
    options = StridedSliceOptions(0, 0, 0, 0, 0, False)
    planter.builder.operator("STRIDED_SLICE", [source.index, *tables], [output.index], options)
    return output


def any_streams(
    program: Program, rng: Rng, *, by_rows: bool = False, rows_out: bool = False, copied: Sequence[str] = ()
) -> Program:
    """With streams wherever some can be, whatever they save: each as long as a random number allows.

    `by_rows`: the input comes row by row, `rows_out`: the output goes so; those of `copied` (in, out) from or
    to what is held whole. Raises ModelError where that cannot be.
    """
    calls = len(program.calls)
    rows = row_calls(program)
    handed = handed_rows(program, rows) if by_rows else None
    taken = taken_rows(program, rows) if rows_out else None
    if handed and "in" not in copied:
        rows[APPLICATION] = handed
    if taken and "out" not in copied:
        rows[calls] = taken
    chosen: list[Built] = []
    call = 0
    while call < calls:
        ends = range(min(call + int(rng.integers(2, 14)), calls) - 1, call - 1, -1)
        built = next(filter(None, (build(program, call, end, rows) for end in ends)), ())
        if built:
            chosen.append(built[int(rng.integers(len(built)))])
            call = chosen[-1].stream.last
        call += 1
    return replace(
        with_streams(program, tuple(chosen)),
        copied_in=handed.height if handed and "in" in copied else 0,
        copied_out=taken.height if taken and "out" in copied else 0,
    )


def run_firmware(
    folder: Path, programs: Sequence[Program], inputs: Sequence[Sequence[np.ndarray]], core: str = "plain"
) -> list[list[bytes]]:
    """The outputs, one behind the other, of each program in each run, sanitized; `inputs` by run and program.

    `core` is one of CORES.
    """
    kernels: set[str] = set()
    for program in programs:
        plan = plan_arena(program)
        macs = (0,) * len(program.model.operators)
        for file in render(program, plan, source="random", macs=macs):
            write_text(folder / file.path, file.text)
        kernels.update(make_manifest(program, plan, source="random", macs=macs).kernels)
    for file in runtime_files(kernels):
        write_text(folder / file.path, file.text)
    includes = "".join(f'#include "{program.model.name}_model.h"\n' for program in programs)
    (folder / "main.c").write_text(
        MAIN.format(includes=includes, runs=len(inputs), bodies="".join(map(body_of, programs)))
    )
    sources = [path for path in sorted(folder.glob("*.c")) if path.name != "tinyml_kernels.c"]
    command = [
        "gcc",
        *STRICT,
        "-O1",
        "-g1",
        *SANITIZERS,
        *sources,
        sanitized_kernels(core, CORES[core]),
        "-o",
        folder / "run",
    ]
    subprocess.run(command, check=True, timeout=500)
    data = b"".join(value.tobytes() for run in inputs for value in run)
    done = subprocess.run([folder / "run"], input=data, capture_output=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    sizes = [[program.model.tensors[index].size for index in program.model.outputs] for program in programs]
    found, at = [], 0
    for _ in inputs:
        row = []
        for each in sizes:
            row.append(done.stdout[at : at + sum(each)])
            at += sum(each)
        found.append(row)
    assert at == len(done.stdout)
    return found
