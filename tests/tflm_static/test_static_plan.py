"""The bound is never below what TFLM needs, and equal to it for the reference kernels.

The truth: smallest arenas that AllocateTensors accepted, found by running TFLM of August 2026 on each target.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cross_compilers import compiler, require_compilers
from model_builder import Builder, per_tensor

from platformio_tinyml.errors import ModelError, SetupError, UsageError
from platformio_tinyml.model import (
    Activation,
    AddOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    IfOptions,
    Padding,
    TensorType,
)
from platformio_tinyml.tflite import read_model, read_model_file
from platformio_tinyml.tflm.kernel_memory import RULES, kernel_memory, unknown_operators
from platformio_tinyml.tflm.kernel_sets import Kernels
from platformio_tinyml.tflm.lifetimes import Lifetimes
from platformio_tinyml.tflm.static_plan import static_plan
from platformio_tinyml.tflm.struct_sizes import CORE, STRUCT_SIZES_SOURCE, StructSizes, read_struct_sizes
from platformio_tinyml.tflm.typical_sizes import typical_sizes

WITH_4_BYTE_ENUMS = typical_sizes(32)
CORTEX_M = StructSizes(
    {
        **WITH_4_BYTE_ENUMS.structs,
        "TfLiteTensor": (32, 4),
        "TfLiteAddParams": (2, 1),
        "TfLiteArgMaxParams": (1, 1),
        "TfLiteArgMinParams": (1, 1),
        "TfLiteCastParams": (2, 1),
        "TfLiteDivParams": (1, 1),
        "TfLiteFullyConnectedParams": (5, 1),
        "TfLiteMulParams": (1, 1),
        "TfLiteShapeParams": (1, 1),
        "TfLiteSubParams": (2, 1),
        "TfLiteSVDFParams": (8, 4),
        "TfLiteTransposeConvParams": (16, 4),
        "TfLiteUnidirectionalSequenceLSTMParams": (16, 4),
    }
)
"""arm-none-eabi-gcc has enums of 1 byte."""

MODELS = (
    "hello_world_int8",
    "micro_speech_quantized",
    "ad01_int8",
    "kws_ref_model",
    "pretrainedResnet_quant",
    "vww_96_int8",
)
TRUTH = {
    "Cortex-M4 reference": (CORTEX_M, Kernels.REFERENCE, (1072, 6800, 2704, 22784, 54352, 100672)),
    "Cortex-M4 CMSIS-NN": (CORTEX_M, Kernels.CMSIS_NN, (1168, 6848, 3024, 22832, 55008, 100720)),
    "RV32": (WITH_4_BYTE_ENUMS, Kernels.REFERENCE, (1104, 6816, 2816, 22784, 54368, 100672)),
    "ESP32": (WITH_4_BYTE_ENUMS, Kernels.ESP_NN, (1104, 6816, 2816, 22784, 54368, 100672)),
    "ESP32-S3 1.1.2": (WITH_4_BYTE_ENUMS, Kernels.ESP_NN_S3, (1104, 12032, 2816, 57248, 90528, 122512)),
    "ESP32-S3 1.2.0": (WITH_4_BYTE_ENUMS, Kernels.ESP_NN_S3, (0, 12048, 2816, 57248, 90528, 122512)),  # 0: not measured
    "ESP32-S3 1.2.3": (WITH_4_BYTE_ENUMS, Kernels.ESP_NN_S3, (1104, 12048, 2816, 35504, 110144, 122512)),
}
SPLIT = ((1264, 704), (6832, 864), (2976, 1632), (22800, 6800), (54384, 5232))
"""RV32, reference kernels: (both arrays, the persistent one), of the first MODELS."""
EXACT = ("Cortex-M4 reference", "RV32", "ESP32")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("target", TRUTH)
def test_never_below_the_truth(shared_models: Path, target: str, model: str) -> None:
    sizes, kernels, truths = TRUTH[target]
    truth = truths[MODELS.index(model)]
    bound = static_plan(read_model_file(shared_models / f"{model}.tflite"), sizes, kernels).size
    assert bound >= truth
    if target in EXACT:
        assert bound == truth
    elif target.startswith("Cortex"):
        assert bound <= 1.02 * truth


CORTEX_M4_MORE = {"keyword_scrambled_8bit": 10_400, "mnist_lstm_int8": 3_232, "int16/transpose_conv2": 42_368}
"""Of the same library with reference kernels: SVDF, UNIDIRECTIONAL_SEQUENCE_LSTM, TRANSPOSE_CONV."""


@pytest.mark.parametrize("model", CORTEX_M4_MORE)
def test_structs_that_no_header_shows(shared_models: Path, model: str) -> None:
    file, truth = read_model_file(shared_models / f"{model}.tflite"), CORTEX_M4_MORE[model]
    assert truth <= static_plan(file, CORTEX_M).size <= truth + 64
    with pytest.raises(ModelError, match="with CMSIS-NN"):
        static_plan(file, CORTEX_M, Kernels.CMSIS_NN)


@pytest.mark.parametrize("model", MODELS)
def test_one_bound_for_two_versions_of_esp_nn_is_near_the_larger(shared_models: Path, model: str) -> None:
    index = MODELS.index(model)
    truth = max(truths[index] for target, (_, _, truths) in TRUTH.items() if target.startswith("ESP32-S3"))
    plan = static_plan(read_model_file(shared_models / f"{model}.tflite"), WITH_4_BYTE_ENUMS, Kernels.ESP_NN_S3)
    assert plan.size <= 1.01 * truth


@pytest.mark.parametrize(("model", "truth"), [*zip(MODELS, SPLIT, strict=False)])
def test_both_parts_of_a_split_arena(shared_models: Path, model: str, truth: tuple[int, int]) -> None:
    plan = static_plan(read_model_file(shared_models / f"{model}.tflite"), WITH_4_BYTE_ENUMS, split=True)
    assert (plan.total, plan.persistent) == truth


TAILS = {"hello_world_int8": 644, "kws_ref_model": 6772, "vww_96_int8": 26932}


@pytest.mark.parametrize("model", TAILS)
def test_tail_is_what_stays(shared_models: Path, model: str) -> None:
    plan = static_plan(read_model_file(shared_models / f"{model}.tflite"), CORTEX_M)
    assert plan.tail == TAILS[model] == sum(size for _, size in plan.parts)


def test_typical_sizes_bound_those_of_cortex_m(shared_models: Path) -> None:
    for name in MODELS:
        model = read_model_file(shared_models / f"{name}.tflite")
        assert static_plan(model, WITH_4_BYTE_ENUMS).size >= static_plan(model, CORTEX_M).size


def chain(**last: object) -> Builder:
    """a -> ADD -> b -> ADD -> c, 16 elements each."""
    builder = Builder()
    a, b, c = (builder.tensor(name, (1, 16), quantization=per_tensor(0.5), **last) for name in "abc")
    for source_, target in ((a, b), (b, c)):
        builder.operator("ADD", [source_, source_], [target], AddOptions(Activation.NONE, False))
    return builder


def test_offline_offsets_are_kept() -> None:
    model = read_model(chain().build([0], [2]), "chain")
    assert static_plan(model, CORTEX_M).head == 32
    assert static_plan(model, CORTEX_M, offline=(0, 160, -1)).head == 176


def test_variables_stay_in_the_tail() -> None:
    builder = chain()
    builder.tensor("state", (1, 100), quantization=per_tensor(0.5), is_variable=True)
    model = read_model(builder.build([0], [2]), "chain")
    assert dict(static_plan(model, CORTEX_M).parts)["variables"] >= 100
    assert static_plan(model, CORTEX_M).head == 32


def test_4_bit_activations_count_a_byte_each() -> None:
    model = read_model(chain(type=TensorType.INT4).build([0], [2]), "chain")
    assert static_plan(model, CORTEX_M).head == 32


def test_unknown_operator_has_no_bound() -> None:
    builder = chain()
    output = builder.tensor("d", (1, 16), quantization=per_tensor(0.5))
    builder.operator("CUSTOM", [2], [output], custom_code="MyOp")
    model = read_model(builder.build([0], [output]), "chain")
    assert unknown_operators(model) == ("MyOp",)
    with pytest.raises(ModelError, match="MyOp") as caught:
        static_plan(model, CORTEX_M)
    assert caught.value.code == "no-bound"


def branches(*, depth: int = 0, both: bool = True) -> bytes:
    """y = x + x or x, by `few`; with `depth`, subgraphs that run the next one, and unless `both` the last one."""
    builder = Builder()
    few = builder.tensor("few", (1,), TensorType.BOOL)
    x, y = (builder.tensor(name, (1, 8), TensorType.FLOAT32) for name in "xy")
    builder.operator("IF", [few, x], [y], IfOptions(1, 2))
    others = []
    for number in range(2 + depth):
        graph = builder.another()
        a, b, c = (graph.tensor(name, (1, 8), TensorType.FLOAT32) for name in "abc")
        if number < depth:
            graph.operator("IF", [few, a], [c], IfOptions(number + 2, number + 3 if both else depth + 2))
        else:
            graph.operator("ADD", [a, a], [b], AddOptions(Activation.NONE, False))
            graph.operator("ADD", [b, a], [c], AddOptions(Activation.NONE, False))
        others.append((graph, [a], [c]))
    return builder.build([few, x], [y], others=others)


def test_lifetimes_of_branches() -> None:
    """One time for each operator and for each subgraph; what IF reads and writes is live through both branches."""
    model = read_model(branches(), "net")
    lives = Lifetimes(model)
    assert [lives.tensor(0, index) for index in range(3)] == [(0, 7), (0, 7), (1, 7)]
    assert [lives.tensor(1, index) for index in range(3)] == [(2, 4), (3, 4), (4, 4)]
    assert [lives.tensor(2, index) for index in range(3)] == [(5, 7), (6, 7), (7, 7)]
    assert lives.scratch(0, 0) == (1, 7) and lives.scratch(2, 1) == (7, 7)
    assert static_plan(model, CORTEX_M).head == 16 + 5 * 32


def test_several_subgraphs() -> None:
    """The cost of a subgraph that nothing runs: its tensors and operators, as of another signature."""
    once, thrice = (
        static_plan(read_model(chain().build([0], [2], subgraphs=count), "chain"), CORTEX_M) for count in (1, 3)
    )
    parts = {name: size - dict(once.parts)[name] for name, size in thrice.parts}
    assert parts["tensors"] == 2 * 3 * 12 and parts["nodes"] == 2 * 2 * CORTEX_M["NodeAndRegistration"][0]
    assert thrice.head == max(32, 6 * 16)  # what is not reached is placed at a time of its own


WAKE_WORDS = {"alexa_v1": (45328, 45344), "hey_jarvis_v2": (15648, 15648)}
"""Smallest arenas of Cortex-M4 and of RV32, reference kernels."""


@pytest.mark.parametrize("name", WAKE_WORDS)
def test_state_and_subgraphs(shared_models: Path, name: str) -> None:
    model = read_model_file(shared_models / f"{name}.tflite")
    assert tuple(static_plan(model, sizes).size for sizes in (CORTEX_M, WITH_4_BYTE_ENUMS)) == WAKE_WORDS[name]


@pytest.mark.parametrize(
    ("depth", "both", "why"),
    [
        (40, True, "subgraphs run each other more than"),
        (1200, False, "more than 100 subgraphs run one within the other"),
    ],
)
def test_subgraphs_that_have_no_bound(depth: int, both: bool, why: str) -> None:
    with pytest.raises(ModelError, match=why) as caught:
        static_plan(read_model(branches(depth=depth, both=both), "net"), CORTEX_M)
    assert caught.value.code == "no-bound"


WINDOWS = [
    # input, filter, output (height, width, channels), strides, dilation, kernels, scratch that they ask for
    ((8, 8, 4), (1, 1), (8, 8, 10), (1, 1), 2, Kernels.ESP_NN_S3, 784),
    ((5, 3, 2), (1, 1), (5, 3, 8), (1, 1), 2, Kernels.ESP_NN_S3, 376),
    ((5, 96, 64), (8, 3), (3, 96, 64), (2, 1), 1, Kernels.ESP_NN_S3, 101408),
    ((8, 8, 16), (3, 3), (8, 8, 16), (1, 1), 1, Kernels.CMSIS_NN, 0),
    ((8, 8, 16), (3, 3), (8, 8, 16), (1, 1), 1, Kernels.CMSIS_NN_MVE, 4464),
    ((8, 8, 16), (5, 5), (8, 8, 16), (1, 1), 1, Kernels.CMSIS_NN, 800),
    ((8, 8, 3), (3, 3), (8, 8, 5), (1, 1), 1, Kernels.CMSIS_NN, 112),
    ((8, 8, 3), (3, 3), (8, 8, 5), (1, 1), 1, Kernels.CMSIS_NN_MVE, 128),
]
"""Asked of the size functions of CMSIS-NN and esp-nn 1.2.3. The same number of channels is a depthwise convolution."""


@pytest.mark.parametrize("source, window, target, strides, dilation, kernels, scratch", WINDOWS)
def test_scratch_of_convolutions(
    source: tuple[int, ...],
    window: tuple[int, ...],
    target: tuple[int, ...],
    strides: tuple[int, int],
    dilation: int,
    kernels: Kernels,
    scratch: int,
) -> None:
    depthwise = source[2] == target[2]
    shape = (1, *window, target[2]) if depthwise else (target[2], *window, source[2])
    builder = Builder()
    x = builder.tensor("x", (1, *source), quantization=per_tensor(0.5))
    w = builder.tensor("w", shape, quantization=per_tensor(0.5), data=bytes(math.prod(shape)))
    y = builder.tensor("y", (1, *target), quantization=per_tensor(0.5))
    common = (Padding.SAME, *strides, dilation, dilation)
    if depthwise:
        options = DepthwiseConv2DOptions(*common, 1, Activation.NONE)
        builder.operator("DEPTHWISE_CONV_2D", [x, w], [y], options)
    else:
        builder.operator("CONV_2D", [x, w], [y], Conv2DOptions(*common, Activation.NONE))
    plan = static_plan(read_model(builder.build([x], [y]), "window"), CORTEX_M, kernels)
    assert scratch <= plan.scratch <= 1.5 * scratch + 128


def test_too_many_tensors_have_no_bound() -> None:
    builder = chain()
    for index in range(5000):
        builder.tensor(f"t{index}", (1,), quantization=per_tensor(0.5))
    with pytest.raises(ModelError, match="5,003 tensors"):
        static_plan(read_model(builder.build([0], [2]), "chain"), CORTEX_M)


@pytest.mark.parametrize("opcode", ["CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "FULLY_CONNECTED", "MEAN"])
@pytest.mark.parametrize("kernels", Kernels)
def test_malformed_operators_have_no_bound(opcode: str, kernels: Kernels) -> None:
    builder = Builder()
    x, y = (builder.tensor(name, (4,), quantization=per_tensor(0.5)) for name in "xy")
    builder.operator(opcode, [x, -1], [y])
    model = read_model(builder.build([x], [y]), "odd")
    with pytest.raises(ModelError) as caught:
        static_plan(model, CORTEX_M, kernels)
    assert caught.value.code == "no-bound"


@pytest.mark.parametrize("kernels", Kernels)
def test_operands_of_any_shape_are_no_traceback(kernels: Kernels) -> None:
    """Of every operator with a rule: all operands scalars, without elements, left out."""
    builder = Builder()
    x = builder.tensor("x", (4,), quantization=per_tensor(0.5))
    builder.operator("RELU", [x], [builder.tensor("y", (4,), quantization=per_tensor(0.5))])
    model = read_model(builder.build([0], [1]), "odd")
    judged = 0
    for opcode in RULES:
        for shape, inputs in itertools.product([(), (0,), (1, 1, 1, 1)], [(), (0,), (-1,) * 24, (0,) * 24]):
            tensors = tuple(replace(tensor, shape=shape) for tensor in model.tensors)
            operator = replace(model.operators[0], opcode=opcode, inputs=inputs, options=None)
            with contextlib.suppress(ModelError):
                kernel_memory(replace(model, tensors=tensors), operator, kernels)
            judged += 1
    assert judged > 800


def test_sizes_of_an_unknown_struct_are_ample() -> None:
    sizes = StructSizes({name: CORTEX_M[name] for name in CORE})
    model = read_model(chain().build([0], [2]), "chain")
    assert static_plan(model, sizes).size > static_plan(model, CORTEX_M).size


def compiled(folder: Path, machine: str, *flags: str) -> StructSizes:
    """What struct_sizes.cc tells, compiled with `flags`."""
    require_compilers(machine)
    options = ["-std=c++17", "-fno-exceptions", "-fno-rtti", "-c", str(STRUCT_SIZES_SOURCE), "-o", "sizes.o"]
    subprocess.run([*compiler(machine, "g++"), *options, *flags], cwd=folder, check=True)
    return read_struct_sizes(folder / "sizes.o")


def library_flags() -> list[str]:
    """Include folders of the real TFLM."""
    library = os.environ.get("TINYML_TFLM_LIBRARY")
    if not library:
        pytest.skip("TINYML_TFLM_LIBRARY names no TFLM library")
    root = Path(library) / "src"
    return [f"-I{root}", f"-I{root / 'third_party'}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "machine, flags, expected",
    [
        ("cortex-m0", (), CORTEX_M),
        ("cortex-m4", (), CORTEX_M),
        ("cortex-m4", ("-fno-short-enums",), WITH_4_BYTE_ENUMS),
        ("cortex-m33", (), CORTEX_M),
        ("rv32imac", (), WITH_4_BYTE_ENUMS),
        ("lx106", (), WITH_4_BYTE_ENUMS),
    ],
)
def test_sizes_from_a_real_library(tmp_path: Path, machine: str, flags: tuple[str, ...], expected: StructSizes) -> None:
    """Those that the truths above are compared with, by each target's own compiler."""
    sizes = compiled(tmp_path, machine, "-DTF_LITE_STATIC_MEMORY", *flags, *library_flags())
    assert sizes.structs == expected.structs


def test_library_without_the_structs(tmp_path: Path) -> None:
    folder = tmp_path / "tensorflow" / "lite" / "c"
    folder.mkdir(parents=True)
    names = re.findall(r"TINYML_TELL\((TfLite\w+Params),", STRUCT_SIZES_SOURCE.read_text())
    (folder / "builtin_op_data.h").write_text("".join(f"typedef struct {{ int a; }} {name};\n" for name in names))
    tensors = ("TfLiteAffineQuantization", "TfLiteEvalTensor", "TfLiteIntArray", "TfLiteTensor")
    (folder / "common.h").write_text("".join(f"typedef struct {{ int a; }} {name};\n" for name in tensors))
    with pytest.raises(SetupError, match="GreedyMemoryPlanner") as caught:
        compiled(tmp_path, "cortex-m4", f"-I{tmp_path}")
    assert "older" in caught.value.next_step


def test_objects_that_tell_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_struct_sizes(tmp_path / "missing.o")
    (tmp_path / "text.o").write_text("no object")
    with pytest.raises(SetupError, match="no ELF object"):
        read_struct_sizes(tmp_path / "text.o")


def test_plan_is_deterministic(shared_models: Path) -> None:
    model = read_model_file(shared_models / "kws_ref_model.tflite")
    assert static_plan(model, CORTEX_M) == static_plan(replace(model, name="other"), CORTEX_M)
