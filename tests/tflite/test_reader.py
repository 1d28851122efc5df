"""Every field that the reader takes, and every damage that it names."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import tflite as schema
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.errors import ModelError, UsageError
from platformio_tinyml.model import (
    Activation,
    AddOptions,
    CallOnceOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    IfOptions,
    Options,
    Padding,
    Pool2DOptions,
    Quantization,
    ReshapeOptions,
    SoftmaxOptions,
    TensorType,
    WhileOptions,
)
from platformio_tinyml.tflite import read_model


def one_operator(
    opcode: str | int = "RELU", options: Options | None = None, edit: Callable[[Builder], None] = lambda builder: None
) -> bytes:
    """`input` (tensor 0) -> opcode -> `output` (tensor 1), after `edit` changed what it likes."""
    builder = Builder()
    builder.tensor("input", (1, 4), quantization=per_tensor(0.5, -3))
    builder.tensor("output", (1, 4), quantization=per_tensor(0.25))
    builder.operator(opcode, [0], [1], options)
    edit(builder)
    return builder.build([0], [1], description="made for a test")


def refuse(data: bytes, *words: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read_model(data, "net")
    for word in words:
        assert word in caught.value.message
    assert caught.value.next_step
    return caught.value


def test_tensors_and_graph() -> None:
    builder = Builder()
    x = builder.tensor("x", (1, 2), quantization=per_tensor(0.5, -3))
    weights = np.arange(6, dtype=np.int8).reshape(3, 2)
    w = builder.tensor("w", (3, 2), quantization=per_channel([0.5, 0.25, 2.0]), data=weights)
    b = builder.tensor(
        "b", (3,), TensorType.INT32, quantization=per_channel([1, 2, 4]), data=np.array([1, -2, 3], "<i4")
    )
    state = builder.tensor("state", (), TensorType.INT16, is_variable=True)
    y = builder.tensor("y", (1, 3), TensorType.FLOAT32)
    options = FullyConnectedOptions(Activation.RELU6, 0, True)
    builder.operator("FULLY_CONNECTED", [x, w, b, -1, state], [y], options, version=4)
    model = read_model(builder.build([x], [y], description="d"), "net")

    assert (model.name, model.description, model.inputs, model.outputs, model.subgraph_count) == (
        "net",
        "d",
        (0,),
        (4,),
        1,
    )
    assert [tensor.name for tensor in model.tensors] == ["x", "w", "b", "state", "y"]
    assert [tensor.shape for tensor in model.tensors] == [(1, 2), (3, 2), (3,), (), (1, 3)]
    assert [tensor.type.name for tensor in model.tensors] == ["INT8", "INT8", "INT32", "INT16", "FLOAT32"]
    assert [tensor.is_variable for tensor in model.tensors] == [False, False, False, True, False]
    assert [tensor.data for tensor in model.tensors] == [
        None, bytes(range(6)), struct.pack("<3i", 1, -2, 3), None, None,
    ]  # fmt: skip
    assert model.tensors[0].quantization == Quantization((0.5,), (-3,))
    assert model.tensors[1].quantization == Quantization((0.5, 0.25, 2.0), (0, 0, 0))
    assert model.tensors[4].quantization is None
    (operator,) = model.operators
    assert (operator.opcode, operator.version, operator.inputs, operator.outputs) == (
        "FULLY_CONNECTED", 4, (0, 1, 2, -1, 3), (4,),
    )  # fmt: skip
    assert operator.options == options


CONV = Conv2DOptions(Padding.VALID, 2, 3, 4, 5, Activation.RELU)


@pytest.mark.parametrize(
    ("opcode", "options"),
    [
        ("CONV_2D", CONV),
        ("CONV_2D", replace(CONV, padding=Padding.SAME, dilation_h=1, dilation_w=1, activation=Activation.NONE)),
        ("DEPTHWISE_CONV_2D", DepthwiseConv2DOptions(Padding.VALID, 2, 3, 4, 5, 6, Activation.RELU_N1_TO_1)),
        ("FULLY_CONNECTED", FullyConnectedOptions(Activation.SIGN_BIT, 1, True)),
        ("AVERAGE_POOL_2D", Pool2DOptions(Padding.VALID, 2, 3, 4, 5, Activation.RELU6)),
        ("L2_POOL_2D", Pool2DOptions(Padding.SAME, 2, 3, 4, 5, Activation.TANH)),
        ("SOFTMAX", SoftmaxOptions(0.5)),
        ("ADD", AddOptions(Activation.RELU, False)),
        ("ADD", AddOptions(Activation.NONE, True)),
        ("RESHAPE", ReshapeOptions((1, -1, 300))),
        ("RESHAPE", ReshapeOptions(())),
        ("CONV_2D", None),
    ],
)
def test_options(opcode: str, options: Options | None) -> None:
    assert read_model(one_operator(opcode, options), "net").operators[0].options == options


def test_every_opcode_of_the_schema_is_named() -> None:
    opcodes = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
    assert len(opcodes) > 200
    for code, name in opcodes.items():
        assert read_model(one_operator(code), "net").operators[0].opcode == name
    assert read_model(one_operator(4711), "net").operators[0].opcode == "BUILTIN_4711"


def test_opcode_in_the_deprecated_field_alone() -> None:
    """Files from before opcode 127 was passed leave `builtin_code` at 0."""
    data = one_operator("SOFTMAX")
    wide = struct.pack("<i", schema.BuiltinOperator.SOFTMAX)
    code = schema.Model.GetRootAs(data).OperatorCodes(0)
    position = code._tab.Pos + code._tab.Offset(10)
    assert data[position : position + 4] == wide
    assert read_model(data[:position] + bytes(4) + data[position + 4 :], "net").operators[0].opcode == "SOFTMAX"


def test_custom_operator() -> None:
    builder = Builder()
    x, y = builder.tensor("x", (1,)), builder.tensor("y", (1,))
    builder.operator("CUSTOM", [x], [y], custom_code="TFLite_Detection", custom_options=b"\1\2")
    (operator,) = read_model(builder.build([x], [y]), "net").operators
    assert (operator.opcode, operator.custom_code, operator.options) == ("CUSTOM", "TFLite_Detection", None)


def test_first_of_several_subgraphs() -> None:
    builder = Builder()
    x, y = builder.tensor("x", (1,)), builder.tensor("y", (1,))
    builder.operator("RELU", [x], [y])
    assert read_model(builder.build([x], [y], subgraphs=3), "net").subgraph_count == 3


def test_tensors_may_share_a_buffer() -> None:
    def edit(builder: Builder) -> None:
        shared = builder.buffer(bytes(4))
        for name in "ab":
            builder.tensor(name, (4,), buffer=shared)

    tensors = read_model(one_operator(edit=edit), "net").tensors
    assert tensors[2].data is tensors[3].data == bytes(4)


def test_data_beyond_the_flatbuffer() -> None:
    """The form of files over 2 GB: offset and size in the buffer, bytes behind the flatbuffer."""
    builder = Builder()
    x, y = builder.tensor("x", (4,)), builder.tensor("y", (4,))
    c = builder.tensor("c", (4,), buffer=builder.large_buffer(b"wxyz"))
    builder.operator("ADD", [x, c], [y])
    data = builder.build([x], [y])
    assert data.endswith(b"wxyz")
    assert read_model(data, "net").tensors[c].data == b"wxyz"
    refuse(data[:-1], "tensor 2 (c)", "leave the file")


def test_sub_byte_types_are_packed() -> None:
    def edit(builder: Builder) -> None:
        builder.tensor("c", (3,), TensorType.INT4, data=b"\x21\x03")

    tensor = read_model(one_operator(edit=edit), "net").tensors[2]
    assert (tensor.size, tensor.data) == (2, b"\x21\x03")


def test_strings_have_no_size() -> None:
    def edit(builder: Builder) -> None:
        builder.tensor("labels", (2,), TensorType.STRING, data=b"any length")

    assert read_model(one_operator(edit=edit), "net").tensors[2].data == b"any length"


def test_name_that_is_not_utf_8() -> None:
    data = one_operator().replace(b"input", b"in\xff\xfet")
    assert read_model(data, "net").tensors[0].name == "in\\xff\\xfet"


def test_one_scale_may_name_any_dimension() -> None:
    def edit(builder: Builder) -> None:
        builder.tensor("bias", (4,), quantization=Quantization((1.0,), (0,), 3), data=bytes(4))
        builder.tensor("bias", (2,), quantization=per_channel([1, 2], 3), data=bytes(2))

    assert read_model(one_operator(edit=edit), "net").tensors[2].quantization == Quantization((1.0,), (0,), 3)


def test_a_scale_of_zero_is_left_to_the_rules() -> None:
    def edit(builder: Builder) -> None:
        builder.tensor("filter", (2, 1), quantization=per_channel([0.0, 2.0]), data=bytes(2))

    assert read_model(one_operator(edit=edit), "net").tensors[2].quantization == Quantization((0.0, 2.0), (0, 0))


@pytest.mark.parametrize(("signature", "dynamic"), [((-1, 4), False), ((1, -1), True), ((1, 4), False)])
def test_open_dimensions(signature: tuple[int, int], dynamic: bool) -> None:
    builder = Builder()
    x = builder.tensor("x", (1, 4), shape_signature=signature)
    y = builder.tensor("y", (1, 4))
    builder.operator("RELU", [x], [y])
    assert read_model(builder.build([x], [y]), "net").tensors[x].is_dynamic is dynamic


DAMAGED_TENSORS: list[tuple[dict[str, object], str]] = [
    ({"shape": (2, -1)}, "negative dimension"),
    ({"shape": (65536, 65536)}, "over 2147483647 bytes"),
    ({"shape": (2**30, 0, 2**30)}, "over 2147483647 bytes"),
    ({"shape": (2**28,), "type": TensorType.INT64}, "over 2147483647 bytes"),
    ({"shape": (2**31 - 1,) * 1_000_000}, "1000000 dimensions"),
    ({"type": 99}, "type 99"),
    ({"type": -1}, "type -1"),
    ({"buffer": 77}, "buffer 77 of 1"),
    ({"buffer": 2**32 - 1}, "buffer 4294967295 of 1"),
    ({"data": bytes(3)}, "3 bytes of data"),
    ({"data": bytes(5)}, "5 bytes of data"),
    ({"type": TensorType.INT4, "data": bytes(4)}, "takes 2"),
    ({"quantization": Quantization((1.0, 2.0), (0,))}, "2 scales but 1 zero points"),
    ({"quantization": Quantization((1.0,), ())}, "1 scales but 0 zero points"),
    ({"quantization": per_channel([1, 2, 3])}, "3 scales"),
    ({"shape": (2, 2), "quantization": per_channel([1, 2], 2)}, "2 scales"),
    ({"quantization": Quantization((1.0,), (0,), -1)}, "dimension is -1"),
    ({"quantization": per_tensor(float("nan"))}, "not finite"),
    ({"quantization": per_tensor(float("inf"))}, "not finite"),
    ({"quantization": per_tensor(-1.0)}, "negative"),
]


@pytest.mark.parametrize(("fields", "words"), DAMAGED_TENSORS)
def test_damaged_tensor(fields: dict[str, object], words: str) -> None:
    data = one_operator(edit=lambda builder: [builder.tensor("bad", **{"shape": (4,), **fields})])  # type: ignore[arg-type]
    error = refuse(data, "net is damaged: tensor 2 (bad): ", words)
    assert error.code == "model-damaged"


DAMAGED_GRAPHS: list[tuple[list[tuple[list[int], list[int]]], list[int], list[int], str]] = [
    ([], [0], [0], "no operators"),
    ([([0], [1])], [0], [], "no outputs"),
    ([([0], [1])], [9], [1], "input 0 of the model names tensor 9 of 5"),
    ([([0], [1])], [-1], [1], "input 0 of the model names tensor -1"),
    ([([0], [1])], [0, 0], [1], "two inputs"),
    ([([0], [1])], [0, 4], [1], "input 1 of the model is a constant (tensor 4)"),
    ([([0], [1])], [0], [-1], "output 0 of the model names tensor -1"),
    ([([0], [1])], [0], [1, 5], "output 1 of the model names tensor 5"),
    ([([0], [1])], [0], [1, 2], "output 1 of the model (tensor 2) is written by no operator"),
    ([([5], [1])], [0], [1], "operator 0 (RELU) names tensor 5 of 5"),
    ([([-2], [1])], [0], [1], "operator 0 (RELU) names tensor -2"),
    ([([0], [-1])], [0], [1], "operator 0 (RELU) names tensor -1"),
    ([([0], [2**31 - 1])], [0], [1], "names tensor 2147483647"),
    ([([0], [1]), ([3], [2])], [0], [1], "operator 1 (RELU) reads tensor 3 before"),
    ([([1], [1])], [0], [1], "operator 0 (RELU) reads tensor 1 before"),
    ([([0], [1]), ([0], [1])], [0], [1], "operator 1 (RELU) writes tensor 1, which has a value"),
    ([([0], [1, 1])], [0], [1], "writes tensor 1, which has a value"),
    ([([0], [0])], [0], [0], "writes tensor 0, which has a value"),
    ([([0], [4])], [0], [4], "writes tensor 4, a constant"),
]


@pytest.mark.parametrize(("operators", "inputs", "outputs", "words"), DAMAGED_GRAPHS)
def test_damaged_graph(
    operators: list[tuple[list[int], list[int]]], inputs: list[int], outputs: list[int], words: str
) -> None:
    builder = Builder()
    for name in "abcd":
        builder.tensor(name, (4,))
    builder.tensor("constant", (4,), data=bytes(4))
    for reads, writes in operators:
        builder.operator("RELU", reads, writes)
    refuse(builder.build(inputs, outputs), words)


def test_graphs_that_are_odd_but_sound() -> None:
    builder = Builder()
    x, y = builder.tensor("x", (4,)), builder.tensor("y", (4,))
    c = builder.tensor("c", (4,), data=bytes(4))
    state = builder.tensor("state", (4,), is_variable=True)
    empty = builder.tensor("empty", (0,), TensorType.INT32, buffer=builder.buffer(b""))
    builder.operator("RELU", [x, state, empty, -1], [y])
    builder.operator("ASSIGN_VARIABLE", [y], [])
    model = read_model(builder.build([x], [y, c, x, y]), "net")
    assert model.outputs == (y, c, x, y)
    assert model.operator_name(model.operators[1]) == ""


@pytest.mark.parametrize(
    ("build", "words"),
    [
        ({"schema_version": 2}, "schema version is 2"),
        ({"subgraphs": 0}, "no subgraph"),
    ],
)
def test_damaged_file(build: dict[str, int], words: str) -> None:
    builder = Builder()
    x, y = builder.tensor("x", (1,)), builder.tensor("y", (1,))
    builder.operator("RELU", [x], [y])
    refuse(builder.build([x], [y], **build), words)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["padding", "fused_activation_function"])
def test_unknown_value_of_an_enum(field: str) -> None:
    data = one_operator("CONV_2D", CONV)
    options = schema.Conv2DOptions()
    union = schema.Model.GetRootAs(data).Subgraphs(0).Operators(0).BuiltinOptions()
    options.Init(union.Bytes, union.Pos)
    position = options._tab.Pos + options._tab.Offset({"padding": 4, "fused_activation_function": 10}[field])
    refuse(data[:position] + b"\x63" + data[position + 1 :], "operator 0: ", "has no value 99")


def test_new_shape_of_too_many_dimensions() -> None:
    refuse(one_operator("RESHAPE", ReshapeOptions((2,) * 17)), "operator 0: ", "17 dimensions")


def test_names_cannot_flood_or_control_a_terminal() -> None:
    data = one_operator(edit=lambda builder: [builder.tensor("\x1b[2J" + "n" * 10_000, (-1,))])  # type: ignore[arg-type]
    error = refuse(data, "tensor 2 (\\x1b[2Jnnn")
    assert len(error.message) < 200


@pytest.mark.parametrize("name", ["", "my-net", "1x", "int", "a;b", "a\n"])
def test_name_must_be_an_identifier(name: str) -> None:
    with pytest.raises(UsageError):
        read_model(one_operator(), name)


def test_subgraphs_that_operators_run() -> None:
    builder, other = Builder(), Builder()
    other.buffers = builder.buffers
    x, y = builder.tensor("x", (1,)), builder.tensor("y", (1,))
    a, b = other.tensor("a", (1,)), other.tensor("b", (1,))
    builder.operator("WHILE", [x], [y], WhileOptions(1, 1))
    other.operator("RELU", [a], [b])
    model = read_model(builder.build([x], [y], others=[(other, [a], [b])]), "net")
    assert model.operators[0].options == WhileOptions(1, 1)
    assert [[operator.opcode for operator in graph.operators] for graph in model.subgraphs] == [["RELU"]]


@pytest.mark.parametrize(
    ("options", "own", "text"),
    [
        (CallOnceOptions(2), None, "runs subgraph 2 of 2"),
        (CallOnceOptions(0), None, "runs subgraph 0 of 2"),
        (IfOptions(1, -3), None, "runs subgraph -3 of 2"),
        (IfOptions(1, 1), WhileOptions(1, 1), "in a circle"),
    ],
)
def test_subgraphs_that_are_not_there(options: Options, own: Options | None, text: str) -> None:
    builder, other = Builder(), Builder()
    other.buffers = builder.buffers
    x, y = builder.tensor("x", (1,)), builder.tensor("y", (1,))
    a, b = other.tensor("a", (1,)), other.tensor("b", (1,))
    builder.operator("RELU", [x], [y], options)
    other.operator("RELU", [a], [b], own)
    with pytest.raises(ModelError, match=text):
        read_model(builder.build([x], [y], others=[(other, [a], [b])]), "net")


def test_a_subgraph_that_names_a_tensor_it_lacks() -> None:
    builder, other = Builder(), Builder()
    x, y = builder.tensor("x", (1,)), builder.tensor("y", (1,))
    builder.operator("RELU", [x], [y])
    other.operator("RELU", [0], [7])
    with pytest.raises(ModelError, match=r"subgraph 1: operator 0 \(RELU\) names tensor 0 of 0"):
        read_model(builder.build([x], [y], others=[(other, [], [])]), "net")
