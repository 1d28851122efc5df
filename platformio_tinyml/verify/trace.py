"""What each operator of a linked model writes, read from memory at the moment its kernel returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..emulate.linked_model import Invoke
from ..errors import SetupError


class Untraceable(SetupError):
    """Of this program it cannot be told where tensors lie, or when they are written; the message says why."""

    code = "untraceable"

    def __init__(self, message: str) -> None:
        super().__init__(message, "Leave out --tensors: outputs are compared all the same.")


@dataclass(frozen=True, slots=True)
class Written:
    """An output of an operator as its kernel left it. `tensor` is the tensor's index in the model."""

    operator: int
    opcode: str
    tensor: int
    name: str
    data: bytes


class Tracer(Protocol):
    """Runs a linked model, and looks after each kernel."""

    def run(self, inputs: Sequence[bytes]) -> tuple[Invoke, tuple[Written, ...]]:
        """One invoke, and what was written in its course. Raises Untraceable."""
