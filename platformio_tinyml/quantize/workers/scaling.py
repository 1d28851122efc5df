"""Whether the data has the range of the training, where the model tells: by a Rescaling layer at its start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .data import RANDOM, Samples

_LARGEST = 10.0
_SMALLEST_SPAN = 0.05


def check_scaling(config: Any, samples: Samples) -> Iterable[str]:
    """A warning where the first layer rescales the data to next to nothing or to far beyond 1."""
    for scale, offset in _rescaling(config):
        if samples.method == RANDOM:
            return
        ends = (samples.low * scale + offset, samples.high * scale + offset)
        found = f"the data ranges from {samples.low:g} to {samples.high:g}, and the model's Rescaling layer makes it"
        if max(map(abs, ends)) > _LARGEST or abs(ends[1] - ends[0]) < _SMALLEST_SPAN:
            yield f"{found} {ends[0]:g} to {ends[1]:g}: was it trained on other values, such as 0 to 255?"
        return


def _rescaling(config: Any) -> Iterable[tuple[float, float]]:
    """(scale, offset) of the first layer after the input, if it is a Rescaling with plain numbers."""
    inner = config.get("config") if isinstance(config, dict) else None
    layers = inner.get("layers") if isinstance(inner, dict) else None
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict) or layer.get("class_name") == "InputLayer":
            continue
        options = layer.get("config")
        if layer.get("class_name") == "Rescaling" and isinstance(options, dict):
            scale, offset = options.get("scale"), options.get("offset", 0.0)
            if isinstance(scale, (int, float)) and isinstance(offset, (int, float)):
                yield float(scale), float(offset)
        return
