"""What lowering makes: calls whose params fit the header, shared tables, views, overlaps."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from program_runner import params_struct, struct_members
from small_models import activation, constant, one_operator

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    Conv2DOptions,
    FullyConnectedOptions,
    Model,
    Operator,
    Padding,
    ReducerOptions,
    ReshapeOptions,
    TensorType,
)
from platformio_tinyml.operators import OPERATORS, check_model, lower_model, template
from platformio_tinyml.operators.rules import Instance
from platformio_tinyml.operators.uint8 import EXACT
from platformio_tinyml.operators.weighted import arranged
from platformio_tinyml.operators.window import Axis, min_distance
from platformio_tinyml.program import ConstantRef, Overlap, Program, TensorRef, View
from platformio_tinyml.tflite import read_model_file

OPTIONS = ReducerOptions(False)
FULLY_CONNECTED = FullyConnectedOptions(Activation.NONE, 0, False)


def lower(opcode: str, *tensors: object, options: object = None, inputs: tuple[int, ...] | None = None) -> Program:
    return lower_model(one_operator(opcode, tensors, options, inputs))


def test_params_have_the_members_of_the_header(shared_models: Path) -> None:
    for name in ("vww_96_int8", "pretrainedResnet_quant"):
        for call in lower_model(read_model_file(shared_models / f"{name}.tflite")).calls:
            members = struct_members()[call.params.struct]
            assert [field for field, _ in call.params.fields] == [member for _, member in members]
            in_c = params_struct(call.params.struct)(*(value for _, value in call.params.fields))
            assert all(getattr(in_c, field) == value for field, value in call.params.fields)


def test_operands_of_fully_connected() -> None:
    program = lower(
        "FULLY_CONNECTED", activation(0, (2, 4)), constant(1, (3, 4)), activation(2, (2, 3)), options=FULLY_CONNECTED
    )
    (call,) = program.calls
    assert call.inputs == (TensorRef(0), *(ConstantRef(f"op0_{role}") for role in ("filter", "bias", "scale")))
    assert call.outputs == (2,)
    tables = {table.name: table for table in program.constants}
    assert tables["op0_filter"].data == b"\x01" * 12
    assert struct.unpack("<3i", tables["op0_bias"].data) == (0, 0, 0)
    assert struct.unpack("<2i", tables["op0_scale"].data) == (1 << 30, -1)
    assert {table.alignment for table in program.constants} == {4}


def test_the_bias_holds_the_inputs_zero_point() -> None:
    program = lower(
        "FULLY_CONNECTED",
        activation(0, (1, 4), zero_point=-5),
        constant(1, (2, 4)),
        activation(2, (1, 2)),
        options=FULLY_CONNECTED,
    )
    assert struct.unpack("<2i", program.constants[1].data) == (20, 20)  # 4 weights of 1


def test_arranged() -> None:
    rows = [bytes([16 * row + k for k in range(5)]) for row in range(5)]

    def words(*rows_of_a_block: int) -> bytes:
        padded = [rows[row] + bytes(3) for row in rows_of_a_block]
        return b"".join(row[4 * k : 4 * k + 4] for k in range(2) for row in padded)

    data = b"".join(rows)
    assert arranged(data, 5, 1, 2) == words(0, 1) + words(2, 3) + words(4)
    assert arranged(data, 5, 1, 4) == words(0, 1, 2, 3) + words(4)
    assert arranged(data[:20], 4, 2, 4) == words(0, 1) + words(2, 3)


def test_equal_tables_are_stored_once() -> None:
    tensors = (activation(0, (1, 4)), constant(1, (4, 4)), activation(2, (1, 4)), activation(3, (1, 4)))
    operators = tuple(
        Operator(i, "FULLY_CONNECTED", 1, (s, 1), (d,), FULLY_CONNECTED) for i, s, d in [(0, 0, 2), (1, 2, 3)]
    )
    program = lower_model(Model("m", "", tensors, operators, (0,), (3,)))
    assert [table.name for table in program.constants] == ["op0_filter", "op0_bias", "op0_scale"]
    assert program.calls[0].inputs[1:] == program.calls[1].inputs[1:]


def test_a_view_has_no_call() -> None:
    shape = constant(1, (1,), type=TensorType.INT32)
    program = lower("RESHAPE", activation(0, (2, 3)), shape, activation(2, (6,)), options=ReshapeOptions((6,)))
    assert program.calls == ()
    assert program.views == (View(2, of=0),)
    assert program.constants == ()


@pytest.mark.parametrize("scale", [0.125, 1.0])
def test_the_addend_of_the_larger_scale_is_the_first_operand(scale: float) -> None:
    options = AddOptions(Activation.NONE, False)
    table = constant(0, (2, 3), scales=(scale,))
    (call,) = lower("ADD", table, activation(1, (2, 3)), activation(2, (2, 3)), options=options).calls
    operands = (ConstantRef("op0_input1"), TensorRef(1))
    assert call.inputs == (operands if scale == 1.0 else operands[::-1])
    fields = dict(call.params.fields)
    assert (fields["input1_in_flash"], fields["input2_in_flash"]) == ((1, 0) if scale == 1.0 else (0, 1))


def test_a_constant_addend_is_in_flash_and_repeated() -> None:
    options = AddOptions(Activation.NONE, False)
    program = lower("ADD", constant(0, (3,)), activation(1, (2, 3)), activation(2, (2, 3)), options=options)
    (call,) = program.calls
    assert call.inputs == (TensorRef(1), ConstantRef("op0_input1"))
    fields = dict(call.params.fields)
    assert fields["input2_in_flash"] == 1
    assert [fields[f"size_{d}"] for d in range(4)] == [1, 1, 2, 3]
    assert [fields[f"input1_step_{d}"] for d in range(4)] == [0, 0, 3, 1]
    assert [fields[f"input2_step_{d}"] for d in range(4)] == [0, 0, 0, 1]
    assert program.overlaps == (Overlap(0, 1, 2, 0, "an element of the input dies with its output"),)


def test_a_broadcast_addend_may_not_be_overwritten() -> None:
    options = AddOptions(Activation.NONE, False)
    program = lower("ADD", activation(0, (2, 3)), activation(1, (3,)), activation(2, (2, 3)), options=options)
    assert [overlap.input for overlap in program.overlaps] == [0]


@pytest.mark.parametrize(
    ("opcode", "types", "distance"),
    [
        ("QUANTIZE", (TensorType.FLOAT32, TensorType.INT8), -3),
        ("QUANTIZE", (TensorType.INT8, TensorType.INT8), 0),
        ("DEQUANTIZE", (TensorType.INT8, TensorType.FLOAT32), 12),
    ],
)
def test_distance_of_elementwise_operators(opcode: str, types: tuple[TensorType, TensorType], distance: int) -> None:
    program = lower(opcode, activation(0, (5,), type=types[0]), activation(1, (5,), type=types[1]))
    assert [overlap.min_distance for overlap in program.overlaps] == [distance]


def axes(
    size: int, taps: int, stride: int = 1, dilation: int = 1, padding: Padding = Padding.SAME
) -> tuple[Axis, Axis]:
    return (Axis(size, taps, stride, dilation, padding),) * 2


def test_axis() -> None:
    assert (Axis(5, 3, 2, 1, Padding.SAME).output_size, Axis(5, 3, 2, 1, Padding.SAME).pad) == (3, 1)
    assert (Axis(5, 3, 2, 1, Padding.VALID).output_size, Axis(5, 3, 2, 1, Padding.VALID).pad) == (2, 0)
    assert Axis(5, 2, 1, 3, Padding.SAME).first_reads() == (2, 0, 1, 2, 3)
    assert Axis(1, 2, 1, 2, Padding.SAME).first_reads() == (None,)
    assert Axis(2, 5, 1, 1, Padding.VALID).output_size <= 0


def brute_force(
    batches: int, height: Axis, width: Axis, input_depth: int, output_depth: int, first_channels: list[int]
) -> int | None:
    """The same by looking at every window of every output element."""
    firsts = []
    for batch in range(batches):
        for y in height.first_reads():
            for x in width.first_reads():
                for channel in range(output_depth):
                    pixel = None if y is None or x is None else (batch * height.size + y) * width.size + x
                    firsts.append(None if pixel is None else pixel * input_depth + first_channels[channel])
    needed = [
        written + 1 - min(later)
        for written in range(len(firsts))
        if (later := [first for first in firsts[written + 1 :] if first is not None])
    ]
    return max(needed, default=None)


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", Padding)
@pytest.mark.parametrize("depths", [(1, 1, 1), (3, 3, 1), (2, 4, 1), (4, 2, 2), (3, 5, 0), (4, 1, 0)])
def test_min_distance_is_exact(dilation: int, stride: int, padding: Padding, depths: tuple[int, int, int]) -> None:
    input_depth, output_depth, per_output = depths
    first_channels = [channel * per_output // max(1, output_depth // input_depth) for channel in range(output_depth)]
    for size in (1, 4, 7):
        for taps in (1, 2, 3):
            height = width = Axis(size, taps, stride, dilation, padding)
            if height.output_size < 1:
                continue
            for batches in (1, 2):
                arguments = (batches, height, width, input_depth, output_depth, first_channels)
                expected = brute_force(*arguments)
                found = min_distance(*arguments)
                assert found == (-batches * size * size * input_depth if expected is None else expected)


def test_a_stride_of_two_lets_the_output_lie_on_its_input() -> None:
    options = Conv2DOptions(Padding.VALID, 2, 2, 1, 1, Activation.NONE)
    tensors = (activation(0, (1, 8, 8, 4)), constant(1, (4, 2, 2, 4)), activation(2, (1, 4, 4, 4)))
    (overlap,) = lower("CONV_2D", *tensors, options=options).overlaps
    # Before the second pair is read, 2 x 4 bytes are written; its windows begin 2 x 2 x 4 bytes behind the first.
    assert overlap.min_distance == 2 * 4 - 2 * 2 * 4


def test_the_template_works() -> None:
    model = one_operator("HARD_SWISH_EXAMPLE", [activation(0, (5,), zero_point=3), activation(1, (5,))])
    instance = Instance(model, model.operators[0])
    assert not any(rule.check(instance) for stage in template.SUPPORT.rules for rule in stage)
    lowered = template.SUPPORT.lower(instance)
    assert lowered.call is not None
    assert dict(lowered.call.params.fields)["size"] == 5
    below = one_operator("HARD_SWISH_EXAMPLE", [activation(0, (5,), zero_point=-3), activation(1, (5,))])
    assert template.positive_zero_point.check(Instance(below, below.operators[0])) == "zero point -3"


def test_one_file_per_operator_of_its_name(repo: Path) -> None:
    folder = repo / "platformio_tinyml" / "operators"
    shared = {
        "tinyml_arg_f32",
        "tinyml_arg_s8",
        "tinyml_cast",
        "tinyml_compare",
        "tinyml_compare_s8",
        *(f"tinyml_{name}_{kind}" for name in ("conv_2d", "depthwise_multiplied") for kind in ("s8", "u8", "s4")),
        "tinyml_copy",
        "tinyml_conv_2d_few_s8",
        "tinyml_depthwise_few_s8",
        "tinyml_fill",
        "tinyml_flip_u8",
        "tinyml_gather",
        "tinyml_pick",
        "tinyml_quantize_s16",
        "tinyml_reduce_s8",
        "tinyml_requantize_between",
        "tinyml_select",
        "tinyml_table_s8",
    }
    for opcode, entries in OPERATORS.items():
        for support in entries:
            by_kind = (("FLOAT32",), ("INT16",), ("INT32",), ("INT64",))  # operators/f32/, s16/ and s32/
            if support.types in by_kind:
                assert all(kernel.endswith(("_f32", "_s16", "_s32", "_s64")) for kernel in support.kernels)
                continue
            if opcode.startswith("Signal"):  # operators/signal/, by what they are of
                words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", opcode).lower()
                assert [kernel.rpartition("_")[0] for kernel in support.kernels] == [f"tinyml_{words}"]
                continue
            assert (folder / f"{opcode.lower()}.py").is_file()
            own = re.compile(f"tinyml_(re)?{opcode.lower()}_(table_|panels_)?(s8(_s16)?|u8|s4)")
            assert all(kernel in shared or own.fullmatch(kernel) for kernel in support.kernels)


def test_checking_is_pure() -> None:
    model = one_operator("RESHAPE", [activation(0, (2, 3)), activation(1, (6,))])
    assert check_model(model) == check_model(replace(model)) == ()


def test_a_value_of_its_own_needs_no_zero_point() -> None:
    """PADV2 of int8 that is not quantized: only a padding by zero asks what zero is."""
    paddings = replace(constant(1, (1, 2), scales=(0.5,)), type=TensorType.INT32, data=struct.pack("<2i", 0, 1))
    tensors = [activation(0, (2,)), paddings, constant(2, (1,), scales=(0.5,)), activation(3, (3,))]
    program = lower("PADV2", *(replace(tensor, quantization=None) for tensor in tensors))
    assert [call.function for call in program.calls] == ["tinyml_fill", "tinyml_copy"]


@pytest.mark.parametrize("opcode", [key for key, entries in OPERATORS.items() if all(each.types for each in entries)])
def test_an_activation_of_another_type_is_refused(opcode: str) -> None:
    """Whatever the type of the output: a kernel would take the bytes for something else. uint8 throughout is int8."""
    taken = {type_ for entry in OPERATORS[opcode] for type_ in entry.types}
    for type_ in (each for each in TensorType if each.name not in taken):
        for outputs in {type_, *(TensorType[each] for each in taken)}:
            if opcode in EXACT and type_ is outputs is TensorType.UINT8:
                continue
            tensors = [replace(activation(0, (4,)), type=type_), replace(activation(1, (4,)), type=outputs)]
            counts = {len(check_model(one_operator(opcode, tensors, OPTIONS, (0,) * count))) for count in (1, 2)}
            assert 0 not in counts, (type_, outputs)
