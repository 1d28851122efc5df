"""An ONNX file -> its float .tflite form, by onnx2tf; checked against what ONNX Runtime computes of the file."""

from __future__ import annotations

import contextlib
import io
import math
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .foreign_frameworks import Difference, Foreign, layout_note, require_equal
from .inputs import Input, channels_last
from .say import Refusal
from .signature import with_inputs_in_order

_SPATIAL = frozenset({"Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
                      "BatchNormalization", "InstanceNormalization", "LpPool"})  # fmt: skip
"""Operators whose second dimension is channels."""

_OF_SHAPES = frozenset({"Add", "Cast", "Concat", "Constant", "ConstantOfShape", "Div", "Expand", "Gather", "Mul",
                        "Shape", "Slice", "Squeeze", "Sub", "Unsqueeze"})  # fmt: skip
"""Operators that exporters make shapes and initial states of."""
_SMALL = 1 << 16
"""Elements of a constant that others are made of."""


def open_onnx(path: Path, name: str) -> Foreign:
    """For shapes as the inputs have them here, channels last. `name` is for errors."""
    import onnx

    model = onnx.load(str(path))
    constants = {tensor.name for tensor in model.graph.initializer}
    given = [value for value in model.graph.input if value.name not in constants]
    inputs = tuple(_input(model, value) for value in given)
    outputs = [value.name for value in model.graph.output]

    def to_float(shapes: Sequence[Sequence[int]]) -> bytes:
        fixed = [each.in_source(shape) for each, shape in zip(inputs, shapes, strict=True)]
        file = _with_shapes(model, inputs, fixed)
        made = _convert(file, inputs, name)
        require_equal(_reference(file, inputs, fixed), made, inputs, Difference("onnx2tf", name))
        return made

    if not outputs:
        raise Refusal("model", f"{name} has no output", "Export the model again.", "model-load")
    return inputs, to_float, layout_note(inputs)


def _input(model: Any, value: Any) -> Input:
    from onnx import TensorProto

    kind = value.type.tensor_type.elem_type
    if kind != TensorProto.FLOAT:
        raise Refusal(
            "model",
            f"the input {value.name} is {TensorProto.DataType.Name(kind).lower()}",
            "Export the model with float32 inputs: what is converted is quantized from that.",
            "model-input",
        )
    dims = value.type.tensor_type.shape.dim
    sizes = [dim.dim_value if dim.HasField("dim_value") else None for dim in dims]
    if not sizes:
        raise Refusal("model", f"the input {value.name} has no batch dimension", "Make its first dimension the batch.")
    if sizes[0] not in (None, 1):
        raise Refusal(
            "model", f"the input {value.name} has batches of {sizes[0]}", "Export the model with batches of 1."
        )
    spatial = len(sizes) == 4 or (
        len(sizes) == 3 and any(node.op_type in _SPATIAL and value.name in node.input[:1] for node in model.graph.node)
    )
    return channels_last(value.name, (1, *sizes[1:])) if spatial else Input(value.name, (1, *sizes[1:]))


def _with_shapes(model: Any, inputs: Sequence[Input], shapes: Sequence[Sequence[int]]) -> Path:
    """The model in one file, its inputs of these shapes, and all shapes that follow from them."""
    import onnx

    of_input = {each.name: shape for each, shape in zip(inputs, shapes, strict=True)}
    for value in model.graph.input:
        for dim, size in zip(value.type.tensor_type.shape.dim, of_input.get(value.name, ()), strict=False):
            dim.dim_value = int(size)
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    path = Path(tempfile.mkdtemp()) / "model.onnx"
    onnx.save(_folded(onnx.shape_inference.infer_shapes(model, data_prop=True)), str(path))
    return path


def _folded(model: Any) -> Any:
    """What is computed of constants and shapes is made a constant: onnx2tf takes some of it for layers, and fails."""
    from onnx import numpy_helper
    from onnx.reference import ReferenceEvaluator

    graph = model.graph
    small = (tensor for tensor in graph.initializer if math.prod(tensor.dims) <= _SMALL)
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in small}
    shapes = {value.name: _known_shape(value) for value in (*graph.value_info, *graph.input)}
    outputs, kept = {value.name for value in graph.output}, []
    for node in graph.node:
        given = {name: known[name] for name in node.input if name in known}
        shape = shapes.get(node.input[0]) if node.op_type == "Shape" and not node.attribute else None
        if outputs.intersection(node.output) or not (shape or _is_of_constants(node, given)):
            kept.append(node)
            continue
        result = np.array(shape, np.int64) if shape else np.asarray(ReferenceEvaluator(node).run(None, given)[0])
        known[node.output[0]] = result
        graph.initializer.append(numpy_helper.from_array(result, node.output[0]))
    del graph.node[:]
    graph.node.extend(kept)
    for node in graph.node:  # what TensorFlow takes for a name; PyTorch's exporter begins them with a slash
        node.name = re.sub(r"[^A-Za-z0-9_./-]", "_", node.name).lstrip("/_-")
    return model


def _is_of_constants(node: Any, given: Mapping[str, np.ndarray]) -> bool:
    if node.op_type not in _OF_SHAPES or len(node.output) != 1 or any(name not in given for name in node.input):
        return False
    grows = node.op_type in ("ConstantOfShape", "Expand")
    return not grows or math.prod(map(int, given[node.input[-1]])) <= _SMALL


def _known_shape(value: Any) -> tuple[int, ...] | None:
    sizes = [dim.dim_value if dim.HasField("dim_value") else 0 for dim in value.type.tensor_type.shape.dim]
    return tuple(sizes) if all(sizes) else None


def _convert(path: Path, inputs: Sequence[Input], name: str) -> bytes:
    import onnx2tf
    from onnx2tf import onnx2tf as inner

    # Its samples of images would be downloaded; they are for its own comparison, which takes any.
    inner.download_test_image_data = lambda: np.random.default_rng(0).random((20, 128, 128, 3)).astype(np.float32)
    folder = Path(tempfile.mkdtemp())
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            onnx2tf.convert(
                input_onnx_file_path=str(path),
                output_folder_path=str(folder),
                keep_shape_absolutely_input_names=[each.name for each in inputs if each.source_order is None] or None,
                enable_rnn_unroll=True,
                not_use_onnxsim=True,
                non_verbose=True,
            )
    except (Exception, SystemExit) as error:
        raise Refusal(
            "model",
            f"onnx2tf cannot convert {name}: {_telling(said.getvalue(), error)}",
            "Replace the operators it names, export with fixed shapes (without dynamic axes), "
            "or build the network in Keras.",
            "model-convert",
        ) from None
    made = (folder / f"{path.stem}_float32.tflite").read_bytes()
    return with_inputs_in_order(made, [each.name for each in inputs])


def _telling(said: str, error: BaseException) -> str:
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in said.splitlines()]
    raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception): ", line)]
    node = [line.partition("onnx_op_name:")[2].strip() for line in lines if "onnx_op_name:" in line]
    text = raised[-1] if raised else str(error) or type(error).__name__
    return re.sub(r"\s+", " ", f"{f'{node[-1]}: ' if node else ''}{text}")[:300]


def _reference(path: Path, inputs: Sequence[Input], shapes: Sequence[Sequence[int]]) -> Callable[[Any], list[Any]]:
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(arrays: Sequence[np.ndarray]) -> list[Any]:
        feed = {e.name: a.reshape(shape) for e, a, shape in zip(inputs, arrays, shapes, strict=True)}
        return list(session.run(None, feed))

    return run
