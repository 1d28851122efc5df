"""Program: what the compiled runtime executes. Made by operators/, placed by arena/, written as C by codegen/."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..model import Model, Operator


@dataclass(frozen=True, slots=True)
class Constant:
    """A table in flash.

    `name` is a C identifier suffix, unique in the program (`op3_filter`); codegen puts the model's name before it.
    `c_type` is `int8_t`, `int32_t`, ...; `data` is little-endian; `comment` is one line (shape, origin).
    """

    name: str
    c_type: str
    data: bytes
    alignment: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Params:
    """Initialiser of the C struct that a kernel takes, `fields` in the order of the struct's members.

    `struct` is the type's name (`tinyml_conv_2d_params`); values are integers (int32 range).
    """

    struct: str
    fields: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TensorRef:
    """An operand in the arena: a tensor of the model by index."""

    tensor: int


@dataclass(frozen=True, slots=True)
class ConstantRef:
    """An operand in flash: a Constant by name."""

    constant: str


@dataclass(frozen=True, slots=True)
class Omitted:
    """An operand that the model leaves out (no bias): NULL in C."""


Operand = TensorRef | ConstantRef | Omitted


@dataclass(frozen=True, slots=True)
class KernelCall:
    """One call, `function(&params, inputs..., outputs..., [scratch])`.

    The C prototype takes `const <params.struct> *` first, then one pointer per input, one per output (always in
    the arena), then `void *scratch` if `scratch_size` (bytes) is above 0.
    """

    function: str
    params: Params
    inputs: tuple[Operand, ...]
    outputs: tuple[int, ...]
    source: Operator
    scratch_size: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """`tensor` is the bytes of tensor `of` from `offset` (bytes) on: it needs no memory and no call of its own."""

    tensor: int
    of: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a kernel's access order allows at call number `call`, if `input` dies there.

    The output may share bytes with the input provided `address(input) - address(output) >= min_distance` (bytes, may
    be negative): no byte of the input is overwritten before its last read. `reason` is one line for the report.
    """

    call: int
    input: int
    output: int
    min_distance: int
    reason: str


@dataclass(frozen=True, slots=True)
class State:
    """Memory beside the arena of a tensor that keeps its value from one invoke to the next.

    `offset` is in bytes from the state's base; `initial` is what it holds before the first invoke and after a reset.
    """

    tensor: int
    offset: int
    initial: bytes


@dataclass(frozen=True)
class Program:
    """A lowered model. `calls` are in execution order; operators that are views have no call."""

    model: Model
    constants: tuple[Constant, ...]
    calls: tuple[KernelCall, ...]
    views: tuple[View, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    states: tuple[State, ...] = ()

    @property
    def state_size(self) -> int:
        """Bytes of all states."""
        return max((state.offset + len(state.initial) for state in self.states), default=0)

    def storage(self, tensor: int) -> tuple[int, int]:
        """(tensor that owns the memory, byte offset in it) after following views."""
        offset = 0
        while tensor in self._views:
            offset += self._views[tensor].offset
            tensor = self._views[tensor].of
        return tensor, offset

    def constant(self, name: str) -> Constant:
        """The table of that name; KeyError if there is none."""
        return self._constants[name]

    @cached_property
    def _views(self) -> dict[int, View]:
        return {view.tensor: view for view in self.views}

    @cached_property
    def _constants(self) -> dict[str, Constant]:
        return {constant.name: constant for constant in self.constants}
