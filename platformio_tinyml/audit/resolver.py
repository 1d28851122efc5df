"""Operators that a firmware has registered, those that its models never call, and what these cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..firmware.image import Image
from ..model import Model, Operator
from ..tflite.reader import OPCODES

_REGISTER = re.compile(
    r"^_ZN6tflite(?:3ops5micro|(?P<signal>11tflm_signal))?\d+"
    r"Register_(?P<name>[A-Z][A-Z0-9_]*?)(?:_(?:INT|FLOAT)\d*\w*)?Ev$"
)

_CUSTOM = frozenset({"CIRCULAR_BUFFER", "DECODE", "DETECTION_POSTPROCESS", "ETHOSU"})
"""Operators of TFLM that the schema has not. Other names are of what registrations share (L2NORM_REF)."""
_CODES = {"TFLite_Detection_PostProcess": "DETECTION_POSTPROCESS", "TFLM_DECODE": "DECODE", "ethos-u": "ETHOSU"}
"""Registrations by custom codes that are called otherwise."""
_FOLDED = {"PAD": ("_ZN6tflite8ParsePadE", "_ZN6tflite10ParsePadV2E")}
"""A registration that is equal to another one, which calls it then (GCC folds them): its parser, the other one's. What
a resolver has brings its parser."""
_OPCODES = {
    "activations": ("RELU", "RELU6"),
    "arg_min_max": ("ARG_MAX", "ARG_MIN"),
    "batch_to_space_nd": ("BATCH_TO_SPACE_ND",),
    "comparisons": ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"),
    "conv": ("CONV_2D",),
    "depthwise_conv": ("DEPTHWISE_CONV_2D",),
    "elementwise": ("ABS", "SIN", "COS", "LOG", "SQRT", "RSQRT", "SQUARE", "LOGICAL_NOT"),
    "l2norm": ("L2_NORMALIZATION",),
    "logical": ("LOGICAL_AND", "LOGICAL_OR"),
    "maximum_minimum": ("MAXIMUM", "MINIMUM"),
    "pad": ("PAD", "PADV2"),
    "pooling": ("AVERAGE_POOL_2D", "MAX_POOL_2D"),
    "reduce": ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"),
    "reverse": ("REVERSE_V2",),
    "select": ("SELECT_V2", "SELECT"),
}
"""Opcodes by the kernel file that has them; other files are named after their one operator."""

_KERNEL_FILE = re.compile(r"^([a-z0-9_]+?)(?:_common)?\.(?:cc|cpp)$")


@dataclass(frozen=True, slots=True)
class Resolver:
    """Opcodes that are linked and that no model has. `bytes` of flash are the least that the latter take.

    Linked are those that the firmware's resolver has, and without --gc-sections those that share a file with them.
    None where the ELF does not tell: stripped, or compiled with link-time optimisation.
    """

    registered: tuple[str, ...]
    unneeded: tuple[str, ...]
    bytes: int | None


def kernel_of(file: str) -> str | None:
    """The kernel that a source file `conv.cc` or `conv_common.cc` may belong to; None for other names."""
    match = _KERNEL_FILE.match(file)
    return match.group(1) if match else None


def audit_resolver(image: Image, models: Iterable[Model], kernel_bytes: Mapping[str, int]) -> Resolver:
    """Compare what is registered with what the models call; `kernel_bytes` of flash by kernel (`conv`)."""
    found = [match for symbol in image.symbols if (match := _REGISTER.match(symbol.name))]
    known_names = OPCODES | _CUSTOM
    registered = {match["name"] for match in found if match["signal"] or match["name"] in known_names}
    registered -= {name for name, parsers in _FOLDED.items() if _is_called_alone(image, *parsers)}
    needed = {_name(operator) for model in models for operator in model.operators}
    unneeded = registered - needed
    idle = [size for kernel, size in kernel_bytes.items() if _serves_only(kernel, unneeded, needed)]
    known = sum(idle) if idle or not unneeded else None
    return Resolver(tuple(sorted(registered)), tuple(sorted(unneeded)), known)


def _is_called_alone(image: Image, parser: str, other: str) -> bool:
    """Whether no resolver has it, but the other one."""
    names = [symbol.name for symbol in image.symbols]
    own, others = (any(name.startswith(each) for name in names) for each in (parser, other))
    return others and not own


def _name(operator: Operator) -> str:
    """As its registration is called: SignalFftAutoScale is FFT_AUTO_SCALE."""
    code = operator.custom_code
    if not code:
        return operator.opcode
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", code.removeprefix("Signal"))
    return _CODES.get(code, words.upper())


def _serves_only(kernel: str, unneeded: set[str], needed: set[str]) -> bool:
    opcodes = set(_OPCODES.get(kernel, (kernel.upper(),)))
    return bool(opcodes & unneeded) and not opcodes & needed
