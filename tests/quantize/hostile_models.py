"""Models that would run code, read or write other files, or unpack to more than there is, when they are loaded.

Each is a small file made here, without TensorFlow. Those that act would make the file `canary`.
"""

from __future__ import annotations

import base64
import json
import marshal
import math
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from model_builder import Builder
from quantize_samples import field, keras_file, layer, saved_model, sequential, varint

from platformio_tinyml.model import TensorType

KERAS_2, KERAS_3 = "2.15.0", "3.11.0"
INPUT_2 = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "dtype": "float32", "name": "in"}}
INPUT_3 = layer("InputLayer", batch_shape=[None, 4], dtype="float32", name="in")


@dataclass(frozen=True)
class Hostile:
    """`make(folder, canary)` writes it; `said` is in the refusal."""

    name: str
    kind: str
    make: Callable[[Path, Path], Path]
    said: str


def old_layer(class_name: str, name: str = "evil", **config: Any) -> dict[str, Any]:
    """A layer as Keras 2 writes it."""
    return {"class_name": class_name, "config": {"name": name, "trainable": True, "dtype": "float32", **config}}


def functional(function_layer: dict[str, Any], keywords: dict[str, Any]) -> dict[str, Any]:
    """A Keras 2 model that calls a layer with literal arguments, the first of them by its place."""
    literals, keywords = list(keywords.values())[:1], dict(list(keywords.items())[1:])
    node = [["_CONSTANT_VALUE", -1, literals[0], keywords]] if literals else [[["in", 0, 0, {}]]]
    layers = [{**INPUT_2, "name": "in", "inbound_nodes": []}, {**function_layer, "name": "evil", "inbound_nodes": node}]
    config = {"name": "m", "layers": layers, "input_layers": [["in", 0, 0]], "output_layers": [["evil", 0, 0]]}
    return {"class_name": "Functional", "config": config}


def h5(path: Path, config: Any, version: str = KERAS_2, fill: Callable[[Any], None] | None = None) -> Path:
    """A `.h5` file with a configuration, no weights, and what `fill` adds."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = version, "tensorflow"
        file.attrs["model_config"] = json.dumps(config)
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = np.array([b"in"])
        if fill:
            fill(file)
    return path


PLAIN_2 = {"class_name": "Sequential", "config": {"name": "m", "layers": [INPUT_2, old_layer("Flatten", "f")]}}
PLAIN_3 = sequential(INPUT_3, layer("Flatten", name="f"))


def _old(name: str, config: Callable[[Path], Any], said: str) -> Hostile:
    return Hostile(f"h5-{name}", "h5", lambda folder, canary: h5(folder / "m.h5", config(canary)), said)


def _new(name: str, entry: Callable[[Path], Any], said: str, version: str = KERAS_3) -> Hostile:
    def make(folder: Path, canary: Path) -> Path:
        return keras_file(folder / "m.keras", sequential(INPUT_3, entry(canary)), version)

    return Hostile(f"keras-{name}", "keras", make, said)


def _call(class_name: str, key: str, function: str, keywords: Callable[[Path], dict[str, Any]]) -> Hostile:
    def config(canary: Path) -> Any:
        return functional(old_layer(class_name, **{key: function}), keywords(canary))

    said = "a call of" if class_name in ("TFOpLambda", "SlicingOpLambda") else "the class"
    return _old(f"{class_name}-{function}", config, said)


def bytecode(canary: Path) -> str:
    """A lambda that makes a file, as Keras stores one."""
    code = compile(f"lambda x: (open({str(canary)!r}, 'w').close(), x)[1]", "m", "eval").co_consts[0]
    return base64.b64encode(marshal.dumps(code)).decode("ascii")


def _python_lambda(canary: Path) -> dict[str, Any]:
    return {"class_name": "__lambda__", "config": {"code": bytecode(canary), "defaults": None, "closure": None}}


def function(module: str, name: str) -> dict[str, Any]:
    """A function as Keras 3 names one."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": "function"}


FUNCTION_CALLS = [
    _call("SlicingOpLambda", "function", "load_library", lambda c: {"library_location": f"{c}.so"}),
    _call("SlicingOpLambda", "function", "io.gfile.makedirs", lambda c: {"path": str(c)}),
    _call("SlicingOpLambda", "function", "io.write_file", lambda c: {"filename": str(c), "contents": "x"}),
    _call("TFOpLambda", "function", "load_op_library", lambda c: {"library_filename": f"{c}.so"}),
    _call("TFOpLambda", "function", "io.write_file", lambda c: {"filename": str(c), "contents": "x"}),
    _call("TFOpLambda", "function", "io.read_file", lambda c: {"filename": "/etc/passwd"}),
    _call("TFOpLambda", "function", "keras.utils.get_file", lambda c: {"origin": "http://127.0.0.1:9/x"}),
    _call("TFOpLambda", "function", "py_function", lambda c: {"func": "print"}),
    _call("TFOpLambda", "function", "nn.with_space_to_batch", lambda c: {"op": "print"}),
    _call("TFOpLambda", "function", "compat.v1.load_file_system_library", lambda c: {"library_filename": f"{c}.so"}),
    _call("TFOpLambda", "function", "saved_model.load", lambda c: {"export_dir": str(c)}),
    _call("ClassMethod", "cls_symbol", "io.gfile.GFile", lambda c: {"name": str(c)}),
    _call("InstanceMethod", "method_name", "__reduce__", lambda c: {}),
    _call("InstanceProperty", "attr_name", "__class__", lambda c: {}),
]

KERAS_2_FILES = [
    _old("lambda", lambda c: functional(old_layer("Lambda", function=[bytecode(c), None, None]), {}), "a Lambda layer"),
    _old(
        "lambda-in-wrapper",
        lambda c: functional(old_layer("TimeDistributed", layer=old_layer("Lambda", function=[bytecode(c)])), {}),
        "a Lambda layer",
    ),
    _old(
        "tensorflow-op",
        lambda c: functional(old_layer("TensorFlowOpLayer", node_def='{"op": "ReadFile"}', constants={}), {}),
        "the class TensorFlowOpLayer",
    ),
    _old("dense-features", lambda c: functional(old_layer("DenseFeatures"), {}), "the class DenseFeatures"),
    _old("registered", lambda c: functional(old_layer("Custom>Evil"), {}), "the class Custom>Evil"),
    _old("activation-by-name", lambda c: functional(old_layer("Dense", units=2, activation="get"), {}), "activation"),
    _old(
        "activation-by-module",
        lambda c: functional(old_layer("Dense", units=2, activation=function("os", "system")), {}),
        "the function system of the module os",
    ),
    _old(
        "initializer",
        lambda c: functional(old_layer("Dense", units=2, kernel_initializer=old_layer("Lambda")), {}),
        "Lambda",
    ),
    _old("initializer-name", lambda c: functional(old_layer("Dense", kernel_initializer="deserialize"), {}), "initial"),
    _old(
        "type-spec",
        lambda c: functional({**old_layer("Dense"), "build_config": {"class_name": "TypeSpec", "type_spec": "x"}}, {}),
        "the class TypeSpec",
    ),
    _old(
        "compilation",
        lambda c: {**PLAIN_2, "compile_config": {"loss": function("os", "system")}},
        "the entry compile_config",
    ),
    _old("huge-layer", lambda c: functional(old_layer("Dense", units=10**10), {}), "the units"),
    _old("huge-shape", lambda c: functional(old_layer("Reshape", target_shape=[65536, 65536]), {}), "target_shape"),
]

KERAS_3_FILES = [
    _new("lambda", lambda c: layer("Lambda", name="evil", function=_python_lambda(c)), "a Lambda layer"),
    _new("lambda-keras-2", lambda c: layer("Lambda", name="evil", function=_python_lambda(c)), "a Lambda", KERAS_2),
    _new("lambda-as-activation", lambda c: layer("Dense", units=2, activation=_python_lambda(c)), "a Python lambda"),
    _new("exec", lambda c: layer("exec", "builtins", name="evil"), "the class exec of the module builtins"),
    _new("eval-function", lambda c: layer("Dense", units=2, activation=function("builtins", "eval")), "function eval"),
    _new("os-system", lambda c: layer("system", "os", name="evil"), "the class system of the module os"),
    _new(
        "get-file",
        lambda c: layer("Lambda", name="evil", function=function("keras.utils", "get_file"), arguments={"origin": "x"}),
        "a Lambda layer",
    ),
    _new("get-file-activation", lambda c: layer("Dense", activation=function("keras.utils", "get_file")), "get_file"),
    _new(
        "unsafe-switch",
        lambda c: layer("Dense", activation=function("keras.config", "enable_unsafe_deserialization")),
        "enable_unsafe_deserialization",
    ),
    _new("subclass-module", lambda c: layer("Dense", "keras.layers.evil", name="evil"), "of the module keras.layers"),
    _new("near-module", lambda c: layer("Dense", "keras_evil.layers", name="evil"), "of the module keras_evil"),
    _new("saved-model-layer", lambda c: layer("TFSMLayer", filepath=str(c.parent)), "loads another model"),
    _new("torch", lambda c: layer("TorchModuleWrapper", module="AAAA"), "a PyTorch layer"),
    _new("jax", lambda c: layer("JaxLayer", call_fn="x"), "a JAX layer"),
    _new("vocabulary", lambda c: layer("StringLookup", vocabulary="/etc/passwd"), "the class StringLookup"),
    _new("text", lambda c: layer("TextVectorization", vocabulary="https://x/v"), "the class TextVectorization"),
    _new("path-elsewhere", lambda c: layer("Dense", units=2, weights="/etc/passwd"), "the text /etc/passwd as weights"),
    _new("map", lambda c: layer("Map", "keras.src.ops.core", function=_python_lambda(c)), "the class Map"),
    _new("typespec", lambda c: {**layer("__typespec__"), "spec_name": "x"}, "__typespec__"),
    _new("registered-name", lambda c: {**layer("Dense", units=2), "registered_name": "Custom>Evil"}, "Custom>Evil"),
    _new("in-build-config", lambda c: {**layer("Dense", units=2), "build_config": layer("system", "os")}, "system"),
    _new("in-a-list", lambda c: layer("StackedRNNCells", cells=[layer("Lambda", function="x")]), "a Lambda layer"),
    _new("huge", lambda c: layer("Dense", units=1 << 40), "the units"),
    _new("huge-as-text", lambda c: layer("Dense", units="99999999999"), "a text where a number belongs"),
    _new("no-number", lambda c: layer("Dense", units=math.nan), "the units"),
    _new(
        "value-of-a-module",
        lambda c: layer("Reshape", target_shape=layer("TensorShape", "antigravity")),
        "the class TensorShape of the module antigravity",
    ),
]


def _zip(name: str, write: Callable[[zipfile.ZipFile, Path], None], said: str) -> Hostile:
    def make(folder: Path, canary: Path) -> Path:
        with zipfile.ZipFile(folder / "m.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            write(archive, folder)
        return folder / "m.keras"

    return Hostile(f"zip-{name}", "keras", make, said)


def _with_weights(fill: Callable[[Any], None]) -> Callable[[zipfile.ZipFile, Path], None]:
    def write(archive: zipfile.ZipFile, folder: Path) -> None:
        import h5py

        with h5py.File(folder / "weights.h5", "w") as file:
            fill(file)
        archive.writestr("config.json", json.dumps(PLAIN_3))
        archive.writestr("metadata.json", json.dumps({"keras_version": KERAS_3}))
        archive.write(folder / "weights.h5", "model.weights.h5")

    return write


def _bomb(archive: zipfile.ZipFile, _: Path) -> None:
    """600 MB of zeros in 600 KB."""
    archive.writestr("config.json", json.dumps(PLAIN_3))
    with archive.open("model.weights.h5", "w") as member:
        for _part in range(600):
            member.write(bytes(1 << 20))


def _link(archive: zipfile.ZipFile, _: Path) -> None:
    archive.writestr("config.json", json.dumps(PLAIN_3))
    member = zipfile.ZipInfo("model.weights.h5")
    member.external_attr = 0o120777 << 16
    archive.writestr(member, "/etc/passwd")


def _external_link(file: Any) -> None:
    import h5py

    file["layers"] = h5py.ExternalLink("/etc/passwd", "/x")


def _external_array(file: Any) -> None:
    file.create_dataset("x", (16,), "u1", external=[("/etc/passwd", 0, 16)])


def _virtual_array(file: Any) -> None:
    import h5py

    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def _hollow_array(file: Any) -> None:
    """4 TB that no byte of the file stands for."""
    file.create_dataset("x", (1 << 40,), "f4", chunks=(1 << 16,), compression="gzip")


def _hollow_chunk(file: Any) -> None:
    file.create_dataset("x", (1,), "f4", chunks=(1 << 28,), maxshape=(None,), compression="gzip")


def _soft_link(file: Any) -> None:
    import h5py

    file["layers"] = h5py.SoftLink("/elsewhere")


def _reference(file: Any) -> None:
    import h5py

    file.create_dataset("x", (2,), h5py.ref_dtype)


def _foreign_filter(file: Any) -> None:
    """A filter that HDF5 would look for as a shared library."""
    import h5py

    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4,))
    plist.set_filter(305, h5py.h5z.FLAG_OPTIONAL, (1,))
    h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((4,)), plist)


def _damaged(folder: Path, _: Path) -> Path:
    """A configuration that does not unpack."""
    path = keras_file(folder / "m.keras", PLAIN_3, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    data[45:60] = b"\xff" * 15
    path.write_bytes(data)
    return path


ARCHIVES = [
    Hostile("zip-damaged", "keras", _damaged, "is damaged"),
    _zip("bomb", _bomb, "would unpack to"),
    _zip("symbolic-link", _link, "is a link"),
    _zip("external-link", _with_weights(_external_link), "the link //layers to /etc/passwd"),
    _zip("external-array", _with_weights(_external_array), "the array /x in the file /etc/passwd"),
    _zip("virtual-array", _with_weights(_virtual_array), "the array /x in the file /etc/other.h5"),
    _zip("hollow-array", _with_weights(_hollow_array), "would unpack to"),
    _zip("hollow-chunk", _with_weights(_hollow_chunk), "would unpack to"),
    _zip("soft-link", _with_weights(_soft_link), "the link //layers"),
    _zip("reference", _with_weights(_reference), "the object /x"),
    _zip("filter", _with_weights(_foreign_filter), "HDF5's filter 305"),
    Hostile("h5-external-link", "h5", lambda f, c: h5(f / "m.h5", PLAIN_2, fill=_external_link), "the link //layers"),
    Hostile("h5-hollow", "h5", lambda f, c: h5(f / "m.h5", PLAIN_2, fill=_hollow_array), "would unpack to"),
]


def _operator(name: str) -> Hostile:
    return Hostile(f"pb-{name}", "saved-model", lambda folder, _: saved_model(folder / "m", (name,)), name)


def graph(functions: bytes = b"", nodes: bytes = b"", objects: bytes = b"", more: bytes = b"") -> bytes:
    """A saved_model.pb: library functions, nodes of the main graph, objects, other fields of the meta graph."""
    return varint(8) + varint(1) + field(2, field(2, nodes + field(2, functions)) + field(7, objects) + more)


def library_function(name: str, *operators: str, attribute: bytes = b"") -> bytes:
    """A function of the library."""
    nodes = b"".join(field(3, field(1, "n") + field(2, operator) + attribute) for operator in operators)
    return field(1, field(1, field(1, name)) + nodes)


def _graph(name: str, data: bytes, said: str) -> Hostile:
    def make(folder: Path, _: Path) -> Path:
        (folder / "m").mkdir()
        (folder / "m" / "saved_model.pb").write_bytes(data)
        return folder / "m"

    return Hostile(f"pb-{name}", "saved-model", make, said)


def _constant(*sizes: int) -> bytes:
    """An attribute that is a constant of one value, as often as the last of `sizes` says, for that is what counts."""
    dimension = b"".join(varint(8) + varint(size) for size in sizes)
    tensor = varint(8) + varint(1) + field(2, field(2, dimension)) + varint(5 << 3 | 5) + struct.pack("<f", 1)
    return field(5, field(1, "value") + field(2, field(8, tensor)))


def long_tag(number: int, content: bytes) -> bytes:
    """A field whose tag has a bit more than 32: readers in C++ see the field `number`, others another one."""
    return varint(1 << 32 | number << 3 | 2) + varint(len(content)) + content


SAVE = library_function("__inference__traced_save_1", "SaveV2")
GRAPHS = [
    *map(_operator, ("ReadFile", "WriteFile", "PyFunc", "EagerPyFunc", "PyFuncStateless", "MatchingFiles", "PrintV2")),
    *map(_operator, ("ImmutableConst", "LoadAndRemapMatrix", "TFRecordDataset", "Abort", "RpcCall", "ANewOperator")),
    *map(_operator, ("XlaCallModule", "InitializeTableFromTextFileV2", "DecodeProtoV2", "Save", "Restore")),
    _graph("save-that-is-called", graph(SAVE + library_function("f", "__inference__traced_save_1")), "SaveV2"),
    _graph("save-of-an-object", graph(SAVE, objects=field(2, field(1, "__inference__traced_save_1"))), "SaveV2"),
    _graph("save-beside-another", graph(library_function("s", "SaveV2", "WriteFile")), "the operator WriteFile"),
    _graph(
        "save-put-in-place",
        graph(library_function("traced", "SaveV2", attribute=field(5, field(1, "api_implements")))),
        "SaveV2",
    ),
    _graph("main-graph", graph(nodes=field(1, field(1, "n") + field(2, "WriteFile"))), "the operator WriteFile"),
    _graph("tensorflow-1", varint(8) + varint(1) + field(2, field(2, b"")), "a graph of TensorFlow 1"),
    _graph("two-graphs", graph() + field(2, field(2, b"") + field(7, b"")), "a graph of TensorFlow 1"),
    _graph("asset", graph(more=field(6, field(2, "../../etc/passwd"))), "the file ../../etc/passwd"),
    _graph("registered", graph(objects=field(1, field(13, "Evil"))), "the registered class Evil"),
    _graph("registered-saver", graph(objects=field(1, field(16, "Evil"))), "the registered class Evil"),
    _graph("hollow-constant", graph(library_function("f", "Const", attribute=_constant(1 << 40))), "would unpack to"),
    _graph("size-twice", graph(library_function("f", "Const", attribute=_constant(1, 1 << 40))), "would unpack to"),
    _graph(
        "long-tag", graph(field(1, field(3, field(1, "n") + long_tag(2, b"WriteFile")))), "a field with the tag 0x1"
    ),
    _graph("hidden-library", graph(nodes=long_tag(2, library_function("f", "WriteFile"))), "a field with the tag 0x1"),
]
"""Operators that nobody listed, and graphs that hide one."""


def _outside_variables(folder: Path, _: Path) -> Path:
    made = saved_model(folder / "m", ("Const",))
    (made / "variables").mkdir()
    (made / "variables" / "variables.index").symlink_to("/etc/passwd")
    return made


def _device(folder: Path, _: Path) -> Path:
    made = saved_model(folder / "m", ("Const",))
    (made / "variables").mkdir()
    (made / "variables" / "variables.data-00000-of-00001").mkdir()
    return made


FOLDERS = [
    Hostile("folder-link", "saved-model", _outside_variables, "a link that leads out"),
    Hostile("folder-no-file", "saved-model", _device, "is no file"),
]


def custom_tflite(code: str) -> bytes:
    """A float model with a custom operator."""
    builder = Builder()
    x = builder.tensor("input", (1, 4), TensorType.FLOAT32)
    y = builder.tensor("output", (1, 4), TensorType.FLOAT32)
    builder.operator("CUSTOM", [x], [y], custom_code=code)
    return builder.build([x], [y])


ALL = [*FUNCTION_CALLS, *KERAS_2_FILES, *KERAS_3_FILES, *ARCHIVES, *GRAPHS, *FOLDERS]
