"""Model, Tensor, Operator: one subgraph of a `.tflite` file as immutable values.

Source: tensorflow/compiler/mlir/lite/schema/schema.fbs (schema version 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from .options import CallOnceOptions, IfOptions, Options, VarHandleOptions, WhileOptions


class TensorType(Enum):
    """Element type of a tensor: (code in schema.fbs, bits of one element; 0 where it has no fixed size)."""

    FLOAT32 = (0, 32)
    FLOAT16 = (1, 16)
    INT32 = (2, 32)
    UINT8 = (3, 8)
    INT64 = (4, 64)
    STRING = (5, 0)
    BOOL = (6, 8)
    INT16 = (7, 16)
    COMPLEX64 = (8, 64)
    INT8 = (9, 8)
    FLOAT64 = (10, 64)
    COMPLEX128 = (11, 128)
    UINT64 = (12, 64)
    RESOURCE = (13, 0)
    VARIANT = (14, 0)
    UINT32 = (15, 32)
    UINT16 = (16, 16)
    INT4 = (17, 4)
    BFLOAT16 = (18, 16)

    @property
    def code(self) -> int:
        """The value of this type in schema.fbs."""
        return self.value[0]

    @property
    def bits(self) -> int:
        """Bits of one element; 0 for types without a fixed size."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Quantization:
    """Affine quantization, real = scale * (q - zero_point).

    `scale` and `zero_point` have one entry (per tensor) or one per slice along `quantized_dimension`.
    """

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    quantized_dimension: int = 0

    @property
    def per_channel(self) -> bool:
        """Whether there is more than one scale."""
        return len(self.scale) > 1


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor. `shape` is NHWC for activations, OHWI or 1HWO for filters, () for a scalar.

    `data` is None for activations, little-endian row-major bytes for constants. `is_dynamic`: the file leaves a
    dimension other than the first (the batch) open, and `shape` only says what stands there until somebody resizes.
    `is_open`: it leaves the first one open, where `shape` has a 1.
    `is_shifted`: int8 that stands for the file's uint8, 128 less, of the same real values (operators/uint8.py).
    """

    index: int
    name: str
    shape: tuple[int, ...]
    type: TensorType
    quantization: Quantization | None = None
    data: bytes | None = None
    is_variable: bool = False
    is_sparse: bool = False
    is_dynamic: bool = False
    is_open: bool = False
    is_shifted: bool = False

    @property
    def elements(self) -> int:
        """Number of elements; 1 for a scalar."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """Bytes of the whole tensor, sub-byte types packed."""
        return (self.elements * self.type.bits + 7) // 8

    @property
    def is_constant(self) -> bool:
        """Whether the file holds the tensor's value."""
        return self.data is not None


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. `opcode` is the name in schema.fbs (`CONV_2D`); -1 among `inputs` is an omitted optional one.

    `options` is None where the reader has no typed form for the operator's options.
    """

    index: int
    opcode: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Options | None = None
    custom_code: str = ""

    @property
    def kind(self) -> str:
        """What it is called: its custom code, if that is what tells, else the opcode."""
        return self.custom_code if self.opcode == "CUSTOM" else self.opcode

    @property
    def runs(self) -> tuple[int, ...]:
        """Indices in the file of the subgraphs that it runs, in the order of its options."""
        match self.options:
            case CallOnceOptions(init):
                return (init,)
            case IfOptions(one, other) | WhileOptions(one, other):
                return (one, other)
        return ()

    def input(self, position: int) -> int:
        """Tensor index of an input; -1 where it is omitted or beyond the end."""
        return self.inputs[position] if position < len(self.inputs) else -1


@dataclass(frozen=True, slots=True)
class Model:
    """The first subgraph of a file. `operators` are in execution order; `name` is the C identifier of the model.

    `subgraphs` are the file's others, in their order, which operators run: CALL_ONCE, IF, WHILE. They have none.

    `input_names` and `output_names` are what the file's signature calls the inputs and outputs, one each, "" where it
    has no name; () where nothing is known of them.
    """

    name: str
    description: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    subgraphs: tuple[Model, ...] = ()

    @property
    def subgraph_count(self) -> int:
        """How many the file has."""
        return 1 + len(self.subgraphs)

    @property
    def init(self) -> tuple[Model, ...]:
        """The subgraphs that CALL_ONCE operators run before the first invoke, in their order."""
        calls = (operator.options for operator in self.operators if isinstance(operator.options, CallOnceOptions))
        return tuple(self.subgraphs[call.init_subgraph_index - 1] for call in calls)

    @property
    def variables(self) -> frozenset[tuple[str, str]]:
        """The resource variables of all subgraphs: container and shared name of each."""
        handles = (each.options for graph in (self, *self.subgraphs) for each in graph.operators)
        return frozenset(
            (handle.container, handle.shared_name) for handle in handles if isinstance(handle, VarHandleOptions)
        )

    @property
    def input_titles(self) -> tuple[str, ...]:
        """What people call the inputs: by the signature, else by the tensors' names."""
        return self._titles(self.inputs, self.input_names)

    @property
    def output_titles(self) -> tuple[str, ...]:
        """What people call the outputs: by the signature, else by the tensors' names."""
        return self._titles(self.outputs, self.output_names)

    def _titles(self, tensors: tuple[int, ...], names: tuple[str, ...]) -> tuple[str, ...]:
        given = names or ("",) * len(tensors)
        return tuple(name or self.tensors[index].name for name, index in zip(given, tensors, strict=True))

    def operator_name(self, operator: Operator) -> str:
        """What the file calls an operator: the name of its first output tensor."""
        return self.tensors[operator.outputs[0]].name if operator.outputs else ""
