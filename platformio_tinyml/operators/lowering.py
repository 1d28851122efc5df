"""What lowering one operator gives, and how tables for flash are written."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..model import Tensor
from ..program import Constant, ConstantRef, KernelCall, View
from .interval import IntervalRule
from .rules import Instance, Rule, shortened

C_TYPES = {
    "INT8": "int8_t",
    "UINT8": "uint8_t",
    "BOOL": "uint8_t",
    "INT16": "int16_t",
    "INT32": "int32_t",
    "UINT32": "uint32_t",
    "UINT64": "uint64_t",
    "INT64": "int64_t",
    "FLOAT32": "float",
}
"""Of tables, by the type of the constant."""


@dataclass(frozen=True, slots=True)
class InPlace:
    """Where the call's first output may share memory with `input` (a tensor); see program.Overlap."""

    input: int
    min_distance: int
    reason: str


@dataclass(frozen=True, slots=True)
class Lowered:
    """A call with its tables, or a view and no call. Names of constants are unique in the model.

    `then` are calls that follow, where one is not enough; `in_place` is of the first.
    """

    call: KernelCall | None = None
    constants: tuple[Constant, ...] = ()
    views: tuple[View, ...] = ()
    in_place: tuple[InPlace, ...] = ()
    then: tuple[KernelCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Support:
    """How the compiled runtime runs an operator.

    `rules` are stages: a rule may rely on all rules of the stages before its own, so the first stage that is broken is
    the last one that is looked at. `kernels` are the C functions that `lower` may call (none for a view).
    `macs` counts multiply-accumulates of one invoke. `interval` bounds the values of the int8 output (interval.py);
    without it any int8 is expected there. `types` are those of the activation that decides which of several
    entries of an operator serves it (Instance.activation_type); () serves any.
    """

    opcode: str
    summary: str
    kernels: tuple[str, ...]
    rules: tuple[tuple[Rule, ...], ...]
    lower: Callable[[Instance], Lowered]
    macs: Callable[[Instance], int] = lambda _: 0
    interval: IntervalRule | None = None
    types: tuple[str, ...] = ("INT8",)


def tensor_constant(instance: Instance, role: str, tensor: Tensor) -> Constant:
    """A constant of the file as it stands there."""
    c_type, alignment = C_TYPES[tensor.type.name], tensor.type.bits // 8
    shape = "x".join(map(str, tensor.shape))
    return Constant(
        _name(instance, role), c_type, tensor.data or b"", alignment, f"{role} [{shape}], {shortened(tensor.name)}"
    )


def arranged_constant(instance: Instance, role: str, data: bytes, shape: str, tensor: Tensor) -> Constant:
    """A table of int8 in the order that a kernel wants, read as words of 4; `shape` is the tensor's."""
    comment = f"{role} [{shape}], arranged, {shortened(tensor.name)}"
    return Constant(_name(instance, role), "int8_t", data, 4, comment)


def int32_constant(instance: Instance, role: str, values: Sequence[int]) -> Constant:
    """A table of int32."""
    return Constant(_name(instance, role), "int32_t", struct.pack(f"<{len(values)}i", *values), 4, role)


def float32_constant(instance: Instance, role: str, values: Sequence[float]) -> Constant:
    """A table of float32."""
    return Constant(_name(instance, role), "float", struct.pack(f"<{len(values)}f", *values), 4, role)


def int16_constant(instance: Instance, role: str, values: Sequence[int]) -> Constant:
    """A table of int16."""
    return Constant(_name(instance, role), "int16_t", struct.pack(f"<{len(values)}h", *values), 2, role)


def int8_constant(instance: Instance, role: str, values: Sequence[int]) -> Constant:
    """A table of int8."""
    return Constant(_name(instance, role), "int8_t", struct.pack(f"<{len(values)}b", *values), 1, role)


def refs(constants: Sequence[Constant]) -> tuple[ConstantRef, ...]:
    """Operands that name these constants."""
    return tuple(ConstantRef(constant.name) for constant in constants)


def _name(instance: Instance, role: str) -> str:
    return f"op{instance.operator.index}_{role}"
