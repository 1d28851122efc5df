"""A source -> its inputs and its float .tflite form, batch 1. The only module that loads foreign models."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .inputs import Input
from .recurrent import loop_refusal, unroll
from .running import first_line, interpreter
from .sandbox import MEMORY
from .say import Refusal
from .signature import output_names, with_signature
from .untrusted import Examined

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Opened:
    """A loaded model. `to_float` makes the float .tflite for input shapes without open dimensions.

    `notes`: what the user shall know of how it was loaded.
    """

    inputs: tuple[Input, ...]
    to_float: Callable[[Sequence[Shape]], bytes]
    notes: tuple[str, ...] = ()


def choose_keras(examined: Examined) -> str | None:
    """Before TensorFlow is imported: let it use Keras 2 for a file that Keras 2 wrote. The line to tell, if so."""
    if not examined.legacy:
        return None
    if find_spec("tf_keras") is None:
        raise Refusal(
            "environment",
            "the model was written by Keras 2, and this interpreter has no tf_keras, which reads it",
            "Install it there: pip install tf_keras (of TensorFlow's version).",
        )
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    return "written by Keras 2: loaded with tf_keras"


def open_source(path: Path, kind: str, name: str, unsafe: bool) -> Opened:
    """Load a source of `kind` (quantize/source.py). Refusal where TensorFlow cannot.

    `path` was examined (untrusted.py), or is what the user trusts: `unsafe`. `name` is what errors call it.
    """
    with _failure_told(name):
        opened = _OPENERS[kind](path, name, unsafe)

    def to_float(shapes: Sequence[Shape]) -> bytes:
        with _failure_told(name):
            return opened.to_float(shapes)

    return Opened(opened.inputs, to_float, opened.notes)


@contextmanager
def _failure_told(name: str) -> Iterator[None]:
    """Makes a Refusal of whatever TensorFlow raises for a model."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        raise Refusal(
            "model", f"TensorFlow cannot load {name}: {first_line(error)}", _next_step(error), "model-load"
        ) from None


def _next_step(error: BaseException) -> str:
    text = f"{type(error).__name__} {error}"
    if any(word in text for word in ("PermissionError", "Permission denied", "not permitted")):
        return "What a model's file runs may not write files, start programs or use the network (docs/quantize.md)."
    if any(word in text for word in ("OOM when", "MemoryError", "Cannot allocate memory")):
        return f"It needs more than the {MEMORY / 1e9:.1f} GB that a conversion may take: make its layers smaller."
    return "A model with layers of your own is best given as a SavedModel: model.export('folder')."


def _open_saved_model(path: Path, shown: str, _: bool) -> Opened:
    import tensorflow as tf

    model = tf.saved_model.load(str(path))
    names = list(model.signatures)
    name = "serving_default" if "serving_default" in names or not names else names[0]
    if name not in names:
        raise Refusal("model", f"{shown} has no signature", "Save it with model.export('folder').", "model-load")
    signature = model.signatures[name]
    specs = dict(sorted(signature.structured_input_signature[1].items()))
    inputs = tuple(_input(key, spec.shape, spec.dtype) for key, spec in specs.items())

    def to_float(shapes: Sequence[Shape]) -> bytes:
        tensors = {key: tf.TensorSpec(shape, tf.float32, name=key) for key, shape in zip(specs, shapes, strict=True)}
        function = tf.function(lambda **values: signature(**values)).get_concrete_function(**tensors)
        return with_signature(_convert(function, model), list(specs), output_names(function.structured_outputs, ()))

    return Opened(inputs, to_float)


def _open_keras(path: Path, shown: str, unsafe: bool) -> Opened:
    import tensorflow as tf

    model = tf.keras.models.load_model(str(path), compile=False, safe_mode=not unsafe)
    if not getattr(model, "inputs", None):
        raise Refusal(
            "model",
            f"{shown} does not say the shape of its input",
            "Begin the model with keras.Input(shape=...), and save it again.",
            "model-load",
        )
    names = [tensor.name.split(":")[0] for tensor in model.inputs]
    inputs = tuple(_input(name, tensor.shape, tensor.dtype) for name, tensor in zip(names, model.inputs, strict=True))

    def to_float(shapes: Sequence[Shape]) -> bytes:
        specs = [tf.TensorSpec(shape, tf.float32, name=name) for name, shape in zip(names, shapes, strict=True)]
        call = tf.function(lambda *values: model(values[0] if len(values) == 1 else list(values), training=False))
        function = call.get_concrete_function(*specs)
        outputs = output_names(function.structured_outputs, getattr(model, "output_names", None) or ())
        return with_signature(_convert(function, model), names, outputs)

    recurrent = unroll(model)
    notes = (f"unrolled, one step after another: {', '.join(recurrent)}",) if recurrent else ()
    return Opened(inputs, to_float, notes)


def _open_tflite(path: Path, shown: str, _: bool) -> Opened:
    data = path.read_bytes()
    inputs = []
    for detail in interpreter(data).get_input_details():
        shape = [int(size) for size in detail["shape"]]
        signature = [int(size) for size in detail["shape_signature"]]
        if -1 in signature[1:]:
            raise Refusal(
                "model",
                f"the input {detail['name']} of {shown} has the open shape {signature}",
                "Convert the model with fixed shapes.",
                "model-shape",
            )
        inputs.append(_input(detail["name"], shape, detail["dtype"]))
    return Opened(tuple(inputs), lambda _: data)


def _open_onnx(path: Path, shown: str, _: bool) -> Opened:
    from .load_onnx import open_onnx

    inputs, to_float, notes = open_onnx(path, shown)
    return Opened(inputs, to_float, tuple(notes))


def _open_pt2(path: Path, shown: str, _: bool) -> Opened:
    from .load_torch import open_pt2

    inputs, to_float, notes = open_pt2(path, shown)
    return Opened(inputs, to_float, tuple(notes))


def _input(name: str, shape: Any, dtype: Any) -> Input:
    kind = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    if kind != "float32":
        raise Refusal(
            "model",
            f"the input {name} is {kind}",
            "Give the model a float32 input: what is converted is quantized from that.",
            "model-input",
        )
    sizes = None if shape is None else [None if size is None else int(size) for size in shape]
    if not sizes:
        raise Refusal("model", f"the input {name} has no batch dimension", "Make its first dimension the batch.")
    if sizes[0] not in (None, 1):
        raise Refusal("model", f"the input {name} has batches of {sizes[0]}", "Save the model with batches of 1.")
    return Input(name, (1, *sizes[1:]))


def _convert(function: Any, _: Any) -> bytes:
    """The owner of the function's variables is an argument to be kept until then.

    The converter must not see it: it would leave the variables of a Keras 3 model in the file as variables.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    try:
        converted: bytes = converter.convert()
    except Exception as error:
        if "TensorList" in str(error):
            raise loop_refusal("TensorList") from None
        raise Refusal(
            "model",
            f"TensorFlow Lite has no operators for this model: {first_line(error)}",
            "Replace the layers it names by such as TensorFlow Lite has.",
            "model-convert",
        ) from None
    return converted


_OPENERS = {
    "saved-model": _open_saved_model,
    "keras": _open_keras,
    "h5": _open_keras,
    "onnx": _open_onnx,
    "pt2": _open_pt2,
    "float-tflite": _open_tflite,
    "hybrid-tflite": _open_tflite,
}
