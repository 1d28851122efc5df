"""Layers of Keras that end in vain, told before TensorFlow is even loaded.

Each of them was converted and quantized with the pinned TensorFlow: it has no operator for the layer, leaves it in
float, or makes an operator of it that TensorFlow Lite Micro does not have (CONV_3D, BUCKETIZE, RFFT2D).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .keras_names import words
from .say import Refusal

_LAYERS = words("""
    Conv3D Convolution3D Conv3DTranspose Convolution3DTranspose MaxPooling3D MaxPool3D AveragePooling3D AvgPool3D
    ConvLSTM3D Discretization CategoryEncoding MelSpectrogram STFTSpectrogram
    """)
_ACTIVATIONS = frozenset({"sparsemax"})


def refuse(config: Any, name: str) -> None:
    """Refusal that names all such layers of a Keras configuration."""
    found = list(dict.fromkeys(_without_int8(config)))
    if found:
        raise Refusal(
            "model",
            f"{name} has what no int8 model for TensorFlow Lite Micro can have: {', '.join(found)}",
            "Leave them out, or compute them in the application before the model and behind it.",
            "model-no-int8",
        )


def _without_int8(config: Any) -> Iterator[str]:
    pending = [config]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            kind, inner = value.get("class_name"), value.get("config")
            options = inner if isinstance(inner, dict) else {}
            if isinstance(kind, str) and kind in _LAYERS:
                yield f"{kind} ({options.get('name', '')})"
            activation = options.get("activation")
            if isinstance(activation, str) and activation in _ACTIVATIONS:
                yield f"the activation {activation} ({options.get('name', '')})"
            pending += reversed(value.values())
        elif isinstance(value, list):
            pending += reversed(value)
