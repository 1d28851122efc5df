"""Tensors as C sees them: element types, addresses in the arena, and one line for comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import ModelError
from ..model import Model, Tensor, TensorType
from ..program import ArenaPlan, Program
from .literals import comment_text

C_TYPES = {
    TensorType.INT8: "int8_t",
    TensorType.FLOAT32: "float",
    TensorType.UINT8: "uint8_t",
    TensorType.INT16: "int16_t",
    TensorType.INT32: "int32_t",
    TensorType.UINT32: "uint32_t",
    TensorType.UINT64: "uint64_t",
    TensorType.INT64: "int64_t",
    TensorType.BOOL: "bool",
}
"""The types of inputs, outputs and activations."""

_REAL = {TensorType.INT8: (-128, 127), TensorType.INT16: (-32768, 32767)}
"""Types of what stands for real numbers at a scale: smallest and largest value."""
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
_LONGEST_ALIAS = 40


def c_type(tensor: Tensor) -> str:
    """The C type of an element. ModelError where the generated code has none."""
    if tensor.type not in C_TYPES:
        raise ModelError(
            f'tensor {tensor.index} "{comment_text(tensor.name)}" is of type {tensor.type.name}',
            "This runtime passes " + ", ".join(kind.name for kind in C_TYPES) + "; convert the model to int8.",
        )
    return C_TYPES[tensor.type]


def offset_of(program: Program, plan: ArenaPlan, tensor: int) -> int:
    """Bytes from the arena's base to a tensor, views followed."""
    owner, offset = program.storage(tensor)
    return plan.offset_of(owner) + offset


def address_of(program: Program, plan: ArenaPlan, tensor: int) -> str:
    """A C expression: where a tensor lies, in the arena or in the state. Kernels know bytes as int8_t only."""
    owner, offset = program.storage(tensor)
    kind = c_type(program.model.tensors[tensor])
    kind = "int8_t" if kind in ("uint8_t", "bool") else kind
    state = next((state.offset for state in program.states if state.tensor == owner), None)
    return f"AT({kind}, {plan.offset_of(owner) + offset})" if state is None else f"STATE({kind}, {state + offset})"


def shape_text(tensor: Tensor) -> str:
    """`1x49x10x1`; `scalar` for rank 0."""
    return "x".join(map(str, tensor.shape)) or "scalar"


def describe(tensor: Tensor) -> str:
    """Type, shape, real range and name, safe in a comment: `INT8 1x25x5x64 [0, 6.03] "conv"`."""
    text = f"{tensor.type.name} {shape_text(tensor)}"
    if quantized := _per_tensor(tensor):
        low, high = (quantized[0] * (end - quantized[1]) for end in _REAL[tensor.type])
        text += f" [{low:.4g}, {high:.4g}]"
    return f'{text} "{comment_text(tensor.name)}"'


def _per_tensor(tensor: Tensor) -> tuple[float, int] | None:
    """Scale and zero point of an int8 or int16 tensor quantized as a whole."""
    quantized = tensor.quantization
    if tensor.type not in _REAL or quantized is None or len(quantized.scale) != 1 or len(quantized.zero_point) != 1:
        return None
    return quantized.scale[0], quantized.zero_point[0]


@dataclass(frozen=True, slots=True)
class Port:
    """A model input or output. `accessor` is its name behind the model's (`input_0`); `alias` may be empty.

    `name` is what people call it: its name in the model's signature, else the tensor's.
    `c_type` is that of an element, `offset` where the tensor is in the arena, None where an interpreter decides or the
    rows come one by one.
    """

    accessor: str
    alias: str
    name: str
    tensor: Tensor
    c_type: str
    offset: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Never empty, so that it can initialise a C array: a scalar's is (1,)."""
        return self.tensor.shape or (1,)

    @property
    def description(self) -> str:
        """One line for a comment: with the tensor's own name where people call it otherwise."""
        if self.name == self.tensor.name:
            return describe(self.tensor)
        return f'"{comment_text(self.name)}", {describe(self.tensor)}'

    @property
    def is_real(self) -> bool:
        """Whether elements stand for real numbers: float, or quantized as a whole."""
        return self.scale is not None or self.tensor.type is TensorType.FLOAT32

    @property
    def scale(self) -> float | None:
        """The scale of a quantized tensor, else None."""
        quantized = _per_tensor(self.tensor)
        return quantized[0] if quantized else None

    @property
    def zero_point(self) -> int | None:
        """The zero point of a quantized tensor, else None."""
        quantized = _per_tensor(self.tensor)
        return quantized[1] if quantized else None


def runs_on_floats(inputs: Sequence[Port], outputs: Sequence[Port], *, by_rows: bool = False) -> bool:
    """Whether the header has `kws_run(in, out)`: nothing comes or goes `by_rows`, and all tensors are real numbers."""
    return not by_rows and bool(inputs) and bool(outputs) and all(port.is_real for port in (*inputs, *outputs))


def inline_names(
    inputs: Sequence[Port], outputs: Sequence[Port], *, by_rows: bool = False, rows_out: bool = False
) -> tuple[str, ...]:
    """The header's inline functions besides aliases, behind the model's name: symbols where they are not inlined."""
    held = () if rows_out else outputs
    return (
        *(f"quantize_{port.accessor}" for port in inputs if port.scale is not None),
        *(f"dequantize_{port.accessor}" for port in outputs if port.scale is not None),
        *(f"top_{port.accessor}{suffix}" for port in held if port.is_real for suffix in ("", "_above")),
        *(("run",) if runs_on_floats(inputs, outputs, by_rows=by_rows or rows_out) else ()),
    )


def ports(program: Program, plan: ArenaPlan, direction: str) -> tuple[Port, ...]:
    """The model's inputs or outputs; `direction` is `input` or `output`. What comes by rows has no place of its own."""
    by_rows = program.takes_rows if direction == "input" else program.hands_out_rows
    return _ports(program.model, direction, lambda tensor: None if by_rows else offset_of(program, plan, tensor))


def interpreter_ports(model: Model, direction: str) -> tuple[Port, ...]:
    """The same where an interpreter places the tensors."""
    return _ports(model, direction, lambda _: None)


def _ports(model: Model, direction: str, offset: Callable[[int], int | None]) -> tuple[Port, ...]:
    indices, names = (
        (model.inputs, model.input_titles) if direction == "input" else (model.outputs, model.output_titles)
    )
    tensors = [model.tensors[index] for index in indices]
    count = Counter(names)
    return tuple(
        Port(
            accessor=f"{direction}_{position}",
            alias=f"{direction}_{name}" if count[name] == 1 and _is_alias(name) else "",
            name=name,
            tensor=tensor,
            c_type=c_type(tensor),
            offset=offset(tensor.index),
        )
        for position, (name, tensor) in enumerate(zip(names, tensors, strict=True))
    )


def _is_alias(name: str) -> bool:
    """Whether `input_<name>` is an identifier; with a letter first it is no other generated name (`input_0`)."""
    return len(name) <= _LONGEST_ALIAS and _ALIAS.fullmatch(name) is not None
