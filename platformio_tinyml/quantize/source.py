"""What a trained model's file is, told from its own bytes, and what to do with those that cannot be converted."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ..errors import ModelError, UsageError
from ..model import Model, Operator, TensorType
from ..model.naming import printable
from ..model_files import FOREIGN
from ..tflite import custom_operators, read_model_file

SAVED_MODEL = "saved-model"
KERAS = "keras"
H5 = "h5"
ONNX = "onnx"
PT2 = "pt2"
FLOAT_TFLITE = "float-tflite"
HYBRID_TFLITE = "hybrid-tflite"
INT8_TFLITE = "int8-tflite"
INT16_TFLITE = "int16-tflite"
READY = (INT8_TFLITE, INT16_TFLITE)
"""Kinds that need no conversion."""

NAMES = {
    SAVED_MODEL: "TensorFlow SavedModel",
    KERAS: "Keras file",
    H5: "Keras HDF5 file",
    ONNX: "ONNX file",
    PT2: "PyTorch .pt2 file (torch.export)",
    FLOAT_TFLITE: "float .tflite file",
    HYBRID_TFLITE: "hybrid .tflite file (int8 weights, float activations)",
    INT8_TFLITE: "int8 .tflite file",
    INT16_TFLITE: "16x8 .tflite file (int16 activations, int8 weights)",
}

_HARMLESS_CUSTOM = frozenset({"TFLite_Detection_PostProcess"})
_HDF5 = b"\x89HDF\r\n\x1a\n"


def recognise(path: Path) -> str:
    """The kind of the model at `path`: one of NAMES. UsageError, ModelError: none of them, and why."""
    shown = printable(str(path))
    if path.is_dir():
        if (path / "saved_model.pb").is_file():
            return SAVED_MODEL
        raise UsageError(
            f"{shown} is a folder without saved_model.pb",
            "Give the folder that tf.saved_model.save or model.export wrote.",
        )
    head = _head(path)
    if head[4:] == b"TFL3":
        return recognise_tflite(read_model_file(path), shown)
    if head.startswith(_HDF5):
        return H5
    if path.suffix.lower() == ".onnx":
        return ONNX
    if path.suffix.lower() in FOREIGN:
        what, next_step = FOREIGN[path.suffix.lower()]
        raise ModelError(f"{shown} is {what}", next_step, code="model-format")
    if head.startswith(b"PK"):
        return _keras_archive(path, shown)
    if path.suffix.lower() == ".pt2":
        raise ModelError(
            f"{shown} is no archive of torch.export",
            "Save the model again with torch.export.save, and copy it as a binary file.",
            code="model-damaged",
        )
    if path.suffix.lower() in (".keras", ".h5", ".hdf5"):
        raise ModelError(
            f"{shown} is neither a Keras archive nor an HDF5 file",
            "Save the model again with model.save('model.keras'), and copy it as a binary file.",
            code="model-damaged",
        )
    return recognise_tflite(read_model_file(path), shown)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{printable(str(path))} cannot be read: {reason}", "Check the path and its rights.") from None


def _keras_archive(path: Path, shown: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ModelError(
            f"{shown} is a damaged archive: {error}", "Save the model again.", code="model-damaged"
        ) from None
    if path.suffix.lower() == ".pt2":
        return PT2
    if "config.json" in names:
        return KERAS
    if any(name.endswith("saved_model.pb") for name in names):
        raise ModelError(
            f"{shown} is an archive of a SavedModel", "Unpack it, and give the folder.", code="model-format"
        )
    raise ModelError(
        f"{shown} is an archive without config.json: no Keras model",
        "Save the model with model.save('model.keras').",
        code="model-format",
    )


def recognise_tflite(model: Model, shown: str) -> str:
    """int8, int16, float, or a ModelError that says what the model is; `shown` is what errors call it."""
    types = _Types(model)
    if TensorType.UINT8 in types.activations and TensorType.INT8 not in types.activations:
        if TensorType.FLOAT32 in types.activations:
            what, next_step = "uint8 inputs or outputs of a float model", "Convert it with float inputs and outputs."
        else:
            what, next_step = "uint8 activations, the quantization of TensorFlow 1", "Convert the float model instead."
        raise ModelError(f"{shown} has {what}, which is not made int8 here", next_step, code="model-uint8")
    if TensorType.FLOAT16 in types.activations:
        raise ModelError(
            f"{shown} computes in float16, which no runtime here does",
            "Give the float32 model it was made from.",
            code="model-float16",
        )
    if not types.activations & {TensorType.INT8, TensorType.INT16}:
        if types.constants & {TensorType.INT8, TensorType.INT4}:
            return HYBRID_TFLITE
        return FLOAT_TFLITE
    if types.float_operators:
        names = ", ".join(sorted({operator.opcode for operator in types.float_operators}))
        kind = "int8" if TensorType.INT8 in types.activations else "int16"
        raise ModelError(
            f"{shown} is {kind} in part: {names} compute in float",
            "Give the float model that it was made from, or leave these operators out of it.",
            code="model-partly-int8",
        )
    return INT8_TFLITE if TensorType.INT8 in types.activations else INT16_TFLITE


def refuse_custom_operators(path: Path) -> None:
    """ModelError where a .tflite file has operators beside TensorFlow Lite's own: TensorFlow's read and write files."""
    names = sorted({*custom_operators(path.read_bytes(), printable(str(path)))} - _HARMLESS_CUSTOM)
    if names:
        shown = ", ".join(printable(name, 40) or "one without a name" for name in names[:8])
        raise ModelError(
            f"{printable(str(path))} holds what is not known to be harmless: the custom operators {shown}",
            "Convert it with TensorFlow Lite's own operators only (TFLITE_BUILTINS); or, if you trust the file, "
            "custom_tinyml_allow_unsafe = yes (command line: --allow-unsafe).",
            code="model-unsafe",
        )


class _Types:
    """The types of quantized and float tensors of a model; int32 shapes and indices do not count."""

    def __init__(self, model: Model) -> None:
        computed = {index for operator in model.operators for index in operator.outputs} | set(model.inputs)
        used = {index for operator in model.operators for index in operator.inputs if index >= 0} - computed
        self.activations = {model.tensors[index].type for index in computed}
        self.constants = {model.tensors[index].type for index in used}
        self.float_operators = [operator for operator in model.operators if _is_float(model, operator)]


def _is_float(model: Model, operator: Operator) -> bool:
    """Whether it reads and writes float: not QUANTIZE nor DEQUANTIZE."""
    indices = (operator.input(0), *operator.outputs[:1])
    return all(index >= 0 and model.tensors[index].type is TensorType.FLOAT32 for index in indices)
