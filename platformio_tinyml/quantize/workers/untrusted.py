"""What a model file would run when it is loaded, found before it is loaded; and which Keras wrote it.

A Lambda layer holds Python bytecode. Other classes run code of modules that they name, or of files beside them.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import protobuf
from .say import Refusal

_CODE_CLASSES = {
    "Lambda": "a Lambda layer",
    "__lambda__": "a Python lambda",
    "TFSMLayer": "a layer that loads another model",
    "TorchModuleWrapper": "a PyTorch layer",
    "JaxLayer": "a JAX layer",
    "FlaxLayer": "a Flax layer",
}
_TRUSTED_MODULES = ("keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras", "builtins")
_FUNCTION_LAYERS = ("TFOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty")
"""Layers of Keras 2 that call the TensorFlow function whose name they hold."""
_TRUSTED_FUNCTIONS = ("math.", "nn.", "__operators__.", "linalg.", "image.", "keras.activations.", "signal.")
_PLAIN_FUNCTIONS = """
    abs add argmax argmin broadcast_to cast clip_by_value concat constant convert_to_tensor cos divide equal exp
    expand_dims eye fill floor gather greater greater_equal identity less less_equal linspace matmul maximum minimum
    multiply negative norm not_equal one_hot ones ones_like pad pow range reduce_max reduce_mean reduce_min reduce_prod
    reduce_sum repeat reshape reverse roll round shape sigmoid sign sin slice split sqrt square squeeze stack
    strided_slice subtract tanh tensordot tile transpose truediv unstack where zeros zeros_like
"""
_CODE_OPERATORS = {"PyFunc", "PyFuncStateless", "EagerPyFunc", "ReadFile", "WriteFile"}

# Field numbers of tensorflow/core/protobuf/{saved_model,meta_graph,saved_object_graph,saved_metadata}.proto and
# tensorflow/core/framework/{graph,function,node_def}.proto.
_META_GRAPHS, _GRAPH, _OBJECTS = 2, 2, 7
_NODES = (_META_GRAPHS, _GRAPH, 1)
_FUNCTION_NODES = (_META_GRAPHS, _GRAPH, 2, 1, 3)
_OPERATOR = 2
_USER_OBJECTS = (_META_GRAPHS, _OBJECTS, 1, 4)
_IDENTIFIER, _METADATA = 1, 3
_KERAS_METADATA = (1, 5)


@dataclass(frozen=True)
class Examined:
    """`code`: what would run, in words. `legacy`: written by Keras 2. `config`: of the Keras model, if it tells."""

    code: tuple[str, ...]
    legacy: bool
    config: Any = None


def examine(path: Path, kind: str) -> Examined:
    """Look into a source of `kind` (quantize/source.py) without loading it. Refusal where it is damaged."""
    try:
        if kind == "saved-model":
            return _examine_saved_model(path)
        if kind == "keras":
            return _examine_keras(path)
        if kind == "h5":
            return _examine_h5(path)
    except (OSError, ValueError, KeyError, RecursionError, zipfile.BadZipFile, NotImplementedError) as error:
        raise Refusal(
            "model",
            f"{path.name} is damaged: {error}",
            "Save the model again, and copy it as binary files.",
            "model-damaged",
        ) from None
    return Examined((), legacy=False)


def code_in(config: Any) -> Iterator[str]:
    """What of a Keras configuration (parsed JSON) would run code, in words."""
    pending = [config]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield from _code_of(value)
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def _code_of(entry: dict[str, Any]) -> Iterator[str]:
    kind = entry.get("class_name")
    if not isinstance(kind, str):
        return
    config = entry.get("config")
    inner = config if isinstance(config, dict) else {}
    name = f" ({inner['name']})" if isinstance(inner.get("name"), str) else ""
    plain = kind.rpartition(">")[2]
    if plain in _CODE_CLASSES:
        yield _CODE_CLASSES[plain] + name
    elif plain in _FUNCTION_LAYERS:
        function = str(inner.get("function") or inner.get("symbol") or inner.get("cls_symbol") or "")
        if not function.startswith(_TRUSTED_FUNCTIONS) and function not in _PLAIN_FUNCTIONS.split():
            yield f"a call of {function or 'a function'}{name}"
    module = entry.get("module")
    if (
        isinstance(module, str)
        and module.split(".")[0] not in _TRUSTED_MODULES
        and not module.startswith(tuple(f"{trusted}." for trusted in _TRUSTED_MODULES))
    ):
        yield f"the class {kind} of the module {module}"


def _examine_keras(path: Path) -> Examined:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        metadata = json.loads(archive.read("metadata.json")) if "metadata.json" in archive.namelist() else {}
    return Examined(tuple(code_in(config)), _is_legacy(metadata.get("keras_version")), config)


def _examine_h5(path: Path) -> Examined:
    import h5py

    with h5py.File(path, "r") as file:
        text, version = file.attrs.get("model_config"), file.attrs.get("keras_version")
    if text is None:
        raise Refusal(
            "model",
            f"{path.name} has weights but no model",
            "Save the whole model: model.save('model.keras'), not save_weights.",
            "model-weights",
        )
    config = json.loads(text)
    return Examined(tuple(code_in(config)), _is_legacy(version), config)


def _examine_saved_model(path: Path) -> Examined:
    data = memoryview((path / "saved_model.pb").read_bytes())
    found = []
    for nodes in (_NODES, _FUNCTION_NODES):
        names = {protobuf.text(name) for name in protobuf.at(data, *nodes, _OPERATOR)}
        found += [f"the operator {name}" for name in sorted(names & _CODE_OPERATORS)]
    objects = list(protobuf.at(data, *_USER_OBJECTS))
    identifiers = {protobuf.text(name) for value in objects for name in protobuf.at(value, _IDENTIFIER)}
    metadata = [protobuf.text(text) for value in objects for text in protobuf.at(value, _METADATA)]
    beside = path / "keras_metadata.pb"
    if beside.is_file():
        metadata += [protobuf.text(text) for text in protobuf.at(memoryview(beside.read_bytes()), *_KERAS_METADATA)]
    for text in metadata:
        found += code_in(_json(text))
    legacy = any(name == "optimizer" or name.startswith("_tf_keras_") for name in identifiers)
    return Examined(tuple(dict.fromkeys(found)), legacy)


def _json(text: str) -> Any:
    """Metadata of objects that Keras did not write is any text."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_legacy(version: object) -> bool:
    """Files without a version are older than it."""
    text = version.decode("ascii", "replace") if isinstance(version, bytes) else str(version or "2")
    return text.split(".")[0] in ("1", "2")
