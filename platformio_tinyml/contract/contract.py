"""Contract: inputs, outputs, operators and arena that a firmware with an interpreter was built for, as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import UsageError
from ..files import read_text
from ..model import Model, Operator, Tensor
from ..typed_json import parse

SCHEMA = "tinyml-contract/1"

IDENTITY_BYTES = 8
"""Of a SHA-256: it finds mistakes, and is no signature."""


@dataclass(frozen=True, slots=True)
class PortContract:
    """An input or output. `type` as in schema.fbs; scale and zero point are None of a tensor that has none."""

    name: str
    type: str
    shape: tuple[int, ...]
    scale: float | None
    zero_point: int | None

    @property
    def meaning(self) -> tuple[object, ...]:
        """What the application's code depends on."""
        return self.type, self.shape, self.scale, self.zero_point


@dataclass(frozen=True, slots=True)
class OperatorContract:
    """An operator that the firmware registers: its name, and the types of tensors that it was built for.

    `types` are `INT8,INT8,INT32->INT8`, `-` for an input that is left out: kernels may be registered for some alone.
    """

    kind: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """Of the model `name`. `arena` is what the firmware gives it, in bytes, and `kernels` the set that its TFLM is
    built with; None where nobody said. `largest` is the room for the model's file, in bytes. `variables`: resource
    variables. `persistent`: bytes beside `arena`, where the firmware has it split.
    """

    name: str
    inputs: tuple[PortContract, ...]
    outputs: tuple[PortContract, ...]
    operators: tuple[OperatorContract, ...]
    variables: int
    arena: int | None = None
    kernels: str | None = None
    largest: int | None = None
    persistent: int | None = None

    @property
    def identity(self) -> str:
        """Hexadecimal: of all that the generated code depends on. Names and sizes are not in it."""
        ports = [[port.meaning for port in side] for side in (self.inputs, self.outputs)]
        operators = [[each.kind, each.types] for each in self.operators]
        text = json.dumps([ports, operators, self.variables])
        return hashlib.sha256(text.encode()).hexdigest()[: 2 * IDENTITY_BYTES]

    def to_json(self) -> str:
        """JSON text ending in a newline."""
        return json.dumps({"schema": SCHEMA, "identity": self.identity, **asdict(self)}, indent=1) + "\n"


def contract_of(
    model: Model,
    arena: int | None = None,
    kernels: str | None = None,
    largest: int | None = None,
    persistent: int | None = None,
) -> Contract:
    """What a firmware that was built for `model` takes."""
    signatures: dict[str, set[str]] = {}
    for graph in (model, *model.subgraphs):
        for operator in graph.operators:
            signatures.setdefault(operator.kind, set()).add(_types(graph, operator))
    return Contract(
        model.name,
        tuple(_port(model.tensors[index]) for index in model.inputs),
        tuple(_port(model.tensors[index]) for index in model.outputs),
        tuple(OperatorContract(kind, tuple(sorted(signatures[kind]))) for kind in sorted(signatures)),
        len(model.variables),
        arena,
        kernels,
        largest,
        persistent,
    )


def read_contract(path: Path) -> Contract:
    """Raises UsageError for anything but a contract that is as it was written."""
    again = "Make it again: pio-tinyml contract MODEL.tflite -o FILE."
    try:
        text = read_text(path)
        contract = parse(Contract, text, SCHEMA)
        identity = json.loads(text).get("identity")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", again) from error
    except ValueError as error:
        raise UsageError(f"{path} holds no contract: {error}", again) from error
    if identity != contract.identity:
        raise UsageError(f"{path} was edited: its identity is not that of what it says", again)
    return contract


def _types(model: Model, operator: Operator) -> str:
    inputs, outputs = (
        ",".join("-" if index < 0 else model.tensors[index].type.name for index in side)
        for side in (operator.inputs, operator.outputs)
    )
    return f"{inputs}->{outputs}"


def _port(tensor: Tensor) -> PortContract:
    one = tensor.quantization if tensor.quantization and not tensor.quantization.per_channel else None
    scale, zero_point = (one.scale[0], one.zero_point[0]) if one and one.scale and one.zero_point else (None, None)
    return PortContract(tensor.name, tensor.type.name, tensor.shape, scale, zero_point)
