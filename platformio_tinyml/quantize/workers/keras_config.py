"""A Keras configuration (parsed JSON) held against what may be loaded (keras_names.py)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from .keras_names import (
    ACTIVATIONS,
    CLASSES,
    FUNCTION_LAYERS,
    FUNCTIONS,
    LARGEST_SIZE,
    NAMED,
    NEVER_STRINGS,
    SIZES,
    UNQUALIFIED,
    plain_module,
)

_KNOWN_CODE = {
    "Lambda": "a Lambda layer",
    "__lambda__": "a Python lambda",
    "TFSMLayer": "a layer that loads another model",
    "TorchModuleWrapper": "a PyTorch layer",
    "JaxLayer": "a JAX layer",
    "FlaxLayer": "a Flax layer",
}
"""Better words for what is refused anyway."""
_VALUES = {"__keras_tensor__", "__tensor__", "__numpy__", "__ellipsis__", "__slice__", "__tuple__", "TensorShape"}
"""Class names of plain values."""
_KEYS = {
    "class_name", "config", "module", "registered_name", "build_config", "name", "inbound_nodes", "shared_object_id",
    "keras_version", "backend", "items",
}  # fmt: skip
"""What an object's entry consists of."""
_PATH = re.compile(r"[/\\~]|[A-Za-z]:[/\\]|.*(://|\.\.[/\\])", re.DOTALL)
_LONGEST_STRING = 4096


def without_compilation(config: Any) -> Any:
    """A configuration without optimizers, losses and metrics, which a conversion has no use for: a new value."""
    if isinstance(config, dict):
        return {key: without_compilation(value) for key, value in config.items() if key != "compile_config"}
    return [without_compilation(value) for value in config] if isinstance(config, list) else config


def code_in(config: Any) -> Iterator[str]:
    """What of a configuration is not known to be harmless, in words that name the layer. Nothing: it may be loaded."""
    pending: list[tuple[str, Any, str]] = [("", config, "")]
    while pending:
        key, value, owner = pending.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                owner = _layer_name(value) or owner
                yield from _entry(value, owner)
                value = _arguments(value)
            pending += [(name, inner, owner) for name, inner in value.items()]
        elif isinstance(value, list):
            if key in SIZES:
                yield from _size(key, value, owner)
            pending += [(key, inner, owner) for inner in value]
        elif isinstance(value, str):
            yield from _string(key, value, owner)
        elif key in SIZES:
            yield from _size(key, [value], owner)


def _entry(entry: dict[str, Any], owner: str) -> Iterator[str]:
    """What is wrong with an object itself; its arguments are looked at by themselves."""
    name, module, config = entry["class_name"], entry.get("module"), entry.get("config")
    if not isinstance(name, str) or not (module is None or isinstance(module, str)):
        yield f"an object whose class is no name{_of(owner)}"
    elif (plain := name.rpartition(">")[2]) in _KNOWN_CODE:
        yield _KNOWN_CODE[plain] + (f" ({owner})" if owner else "")
    elif name in _VALUES and module in (None, "builtins"):
        pass
    elif name == "function":
        if not isinstance(config, str) or config not in ACTIVATIONS or module not in ("builtins", "keras.activations"):
            yield f"the function {_shown(config)} of the module {_shown(module)}{_of(owner)}"
    elif name not in (UNQUALIFIED if module is None else CLASSES.get(plain_module(module), ())):
        where = "" if module is None else f" of the module {_shown(module)}"
        yield f"the class {_shown(name)}{where}{_of(owner)}, which is not among the layers known to be harmless"
    elif name in FUNCTION_LAYERS:
        function = config.get("function") if isinstance(config, dict) else None
        if not isinstance(function, str) or function not in FUNCTIONS:
            yield f"a call of {_shown(function) if function else 'a function'}{_of(owner)}"
    if entry.get("registered_name") not in (None, name, "Functional", "Sequential", "Model"):
        yield f"the registered class {_shown(entry['registered_name'])}{_of(owner)}"
    for key in entry.keys() - _KEYS:
        yield f"the entry {_shown(key)} of {_shown(name)}{_of(owner)}"


def _arguments(entry: dict[str, Any]) -> dict[str, Any]:
    """What of an object's entry is to be looked at: not its names, which `_entry` has seen."""
    seen = {"class_name", "module", "registered_name"}
    if entry["class_name"] == "function":
        seen = seen | {"config"}
    arguments = {key: value for key, value in entry.items() if key not in seen}
    config = arguments.get("config")
    if entry["class_name"] in FUNCTION_LAYERS and isinstance(config, dict):
        arguments["config"] = {key: value for key, value in config.items() if key != "function"}
    return arguments


def _string(key: str, value: str, owner: str) -> Iterator[str]:
    names = NAMED.get(key.rpartition("_")[2])
    if names is not None:
        if value not in names:
            yield f"the {key} {_shown(value)}{_of(owner)}"
    elif key in SIZES and any(character.isdigit() for character in value):
        yield f"the {key} {_shown(value)}{_of(owner)}, a text where a number belongs"
    elif key in NEVER_STRINGS or len(value) > _LONGEST_STRING or _PATH.match(value):
        yield f"the text {_shown(value)} as {key or 'a value'}{_of(owner)}"


def _size(key: str, values: list[Any], owner: str) -> Iterator[str]:
    sizes = [abs(value) for value in values if isinstance(value, (int, float)) and value]
    if not math.prod(min(size, LARGEST_SIZE + 1) for size in sizes) <= LARGEST_SIZE:  # nor is it, where one is NaN
        yield f"the {key} {_shown(values)}{_of(owner)}, which no microcontroller holds"


def _layer_name(entry: dict[str, Any]) -> str:
    config = entry.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    return name if isinstance(name, str) else ""


def _of(owner: str) -> str:
    return f" in {_shown(owner)}" if owner else ""


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
