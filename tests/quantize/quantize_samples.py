"""Models for the tests of quantize: .tflite files of each kind, and the bytes of Keras files and SavedModels."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
from model_builder import Builder, per_tensor

from platformio_tinyml.model import Activation, ConcatenationOptions, FullyConnectedOptions, TensorType

OPTIONS = FullyConnectedOptions(Activation.NONE, 0, False)
FLOAT32, INT8, UINT8, FLOAT16 = TensorType.FLOAT32, TensorType.INT8, TensorType.UINT8, TensorType.FLOAT16


def dense(activations: TensorType, weights: TensorType, dtype: type) -> bytes:
    """One FULLY_CONNECTED, 4 to 2, with activations and weights of these types."""
    builder = Builder()
    quantization = None if activations is FLOAT32 else per_tensor(0.5)
    x = builder.tensor("input", (1, 4), activations, quantization=quantization)
    filter_quantization = per_tensor(0.1) if weights in (INT8, UINT8) else None
    w = builder.tensor("filter", (2, 4), weights, quantization=filter_quantization, data=np.ones((2, 4), dtype))
    y = builder.tensor("output", (1, 2), activations, quantization=quantization)
    builder.operator("FULLY_CONNECTED", [x, w, -1], [y], OPTIONS)
    return builder.build([x], [y])


def int8_dense() -> bytes:
    """What a conversion should give."""
    return dense(INT8, INT8, np.int8)


def int8_joined(count: int) -> bytes:
    """CONCATENATION of so many columns."""
    builder = Builder()
    columns = [builder.tensor(f"x{n}", (1, 1), INT8, quantization=per_tensor(0.5)) for n in range(count)]
    whole = builder.tensor("output", (1, count), INT8, quantization=per_tensor(0.5))
    builder.operator("CONCATENATION", columns, [whole], ConcatenationOptions(1, Activation.NONE))
    return builder.build(columns, [whole])


def float_dense() -> bytes:
    """What it starts from."""
    return dense(FLOAT32, FLOAT32, np.float32)


def hybrid_dense() -> bytes:
    """Int8 weights, float activations."""
    return dense(FLOAT32, INT8, np.int8)


def uint8_dense() -> bytes:
    """The quantization of TensorFlow 1."""
    return dense(UINT8, UINT8, np.uint8)


def float16_dense() -> bytes:
    """Float16 weights behind a DEQUANTIZE."""
    builder = Builder()
    x = builder.tensor("input", (1, 4), FLOAT32)
    half = builder.tensor("half", (2, 4), FLOAT16, data=np.ones((2, 4), np.float16))
    w = builder.tensor("filter", (2, 4), FLOAT32)
    y = builder.tensor("output", (1, 2), FLOAT32)
    builder.operator("DEQUANTIZE", [half], [w])
    builder.operator("FULLY_CONNECTED", [x, w, -1], [y], OPTIONS)
    return builder.build([x], [y])


def int8_with_uint8_input() -> bytes:
    """Int8 inside, uint8 at the door."""
    builder = Builder()
    door = builder.tensor("image", (1, 4), UINT8, quantization=per_tensor(0.5))
    x = builder.tensor("input", (1, 4), INT8, quantization=per_tensor(0.5))
    builder.operator("QUANTIZE", [door], [x])
    return builder.build([door], [x])


def partly_int8() -> bytes:
    """An int8 operator, then one in float."""
    builder = Builder()
    x = builder.tensor("input", (1, 4), INT8, quantization=per_tensor(0.5))
    w = builder.tensor("filter", (2, 4), INT8, quantization=per_tensor(0.1), data=np.ones((2, 4), np.int8))
    y = builder.tensor("middle", (1, 2), INT8, quantization=per_tensor(0.5))
    f = builder.tensor("float", (1, 2), FLOAT32)
    g = builder.tensor("output", (1, 2), FLOAT32)
    builder.operator("FULLY_CONNECTED", [x, w, -1], [y], OPTIONS)
    builder.operator("DEQUANTIZE", [y], [f])
    builder.operator("TANH", [f], [g])
    return builder.build([x], [g])


def keras_file(path: Path, config: object, version: str = "3.11.0", compression: int = zipfile.ZIP_STORED) -> Path:
    """A `.keras` archive with a configuration and no weights."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        archive.writestr("metadata.json", json.dumps({"keras_version": version}))
    return path


def layer(class_name: str, module: str | None = "keras.layers", **config: object) -> dict[str, object]:
    """A layer as Keras 3 writes it."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def sequential(*layers: object) -> dict[str, object]:
    """A model as Keras 3 writes it."""
    return layer("Sequential", "keras", name="model", layers=list(layers))


def field(number: int, *contents: bytes | str) -> bytes:
    """Length-delimited protobuf fields of one number."""
    encoded = b""
    for content in contents:
        data = content.encode() if isinstance(content, str) else content
        encoded += varint(number << 3 | 2) + varint(len(data)) + data
    return encoded


def varint(value: int) -> bytes:
    """A protobuf number."""
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


def saved_model(folder: Path, operators: tuple[str, ...] = (), metadata: tuple[tuple[str, str], ...] = ()) -> Path:
    """A folder with a saved_model.pb: operators in a function, objects with (identifier, metadata)."""
    nodes = b"".join(field(3, field(1, "node") + field(2, name)) for name in operators)
    graph = field(1, field(1, "x") + field(2, "Placeholder")) + field(2, field(1, nodes))
    objects = b"".join(field(1, field(4, field(1, kind) + field(3, text))) for kind, text in metadata)
    folder.mkdir(parents=True)
    version = varint(1 << 3) + varint(1)
    (folder / "saved_model.pb").write_bytes(version + field(2, field(2, graph) + field(7, objects)))
    return folder
