"""Tensors that neither runtime computes with: what both say of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .model import Operator, TensorType


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that both have, and the way out; a sentence each."""

    rule: str
    next_step: str

    def of(self, found: str) -> str:
        """With what was found."""
        return f"{self.rule} Found: {found}."


UINT8 = Refusal(
    "uint8, as TensorFlow 1 quantized, is computed where that is exact by the runtime compiled, by TensorFlow Lite "
    "Micro not at all.",
    "convert the float model to int8 (custom_tinyml_data, or pio-tinyml quantize)",
)
SPARSE = Refusal(
    "No tensor is sparse.", "convert the model without sparsity (no tf.lite.Optimize.EXPERIMENTAL_SPARSITY)"
)
ONE_TYPE = Refusal("Both inputs are of one type.", "write CAST before it, so that both are of one type")
_TRUTHS = "write CAST to bool before it, or compare with NOT_EQUAL"
_NUMBERS = "write CAST before it, to a type that docs/operators.md has for it"
INDEX = Refusal("The output is int32.", "let it write int32: tf.argmax(x, axis, output_type=tf.int32)")
CASTS = {
    **dict.fromkeys(("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT"), _TRUTHS),
    **dict.fromkeys(("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"), _NUMBERS),
}
"""By opcode: the way out of operators that are of numbers as they are, or of truth values."""


def of_types(opcode: str, kinds: Iterable[str]) -> str:
    """The rule that an operator is of these types."""
    return f"Activations of {opcode} are {' or '.join(sorted((kind.lower() for kind in kinds), reverse=True))}."


_OF_NUMBERS = """
    ABS ADD_N ARG_MAX ARG_MIN AVERAGE_POOL_2D BATCH_MATMUL CEIL COS CUMSUM DEQUANTIZE ELU EXP FLOOR FLOOR_DIV FLOOR_MOD
    HARD_SWISH L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LOG LOGISTIC LOG_SOFTMAX MAX_POOL_2D MEAN NEG PRELU REDUCE_MAX
    REDUCE_MIN RELU RELU6 RESIZE_BILINEAR ROUND RSQRT SIN SOFTMAX SQRT SQUARE SUM TANH
"""
_OF_NEITHER = {
    TensorType.INT8: "CEIL COS FLOOR FLOOR_DIV FLOOR_MOD L2_POOL_2D NEG REDUCE_ALL ROUND SIN SQUARE",
    TensorType.INT16: """
        ADD_N ARG_MAX ARG_MIN CEIL COS CUMSUM DIV ELU FLOOR FLOOR_DIV FLOOR_MOD HARD_SWISH L2_NORMALIZATION L2_POOL_2D
        LOG_SOFTMAX NEG REDUCE_ALL RESIZE_BILINEAR ROUND SIN SQRT SQUARE
    """,
    TensorType.INT32: f"{_OF_NUMBERS} REDUCE_ALL",
    TensorType.INT64: f"{_OF_NUMBERS} ADD CAST DIV MUL QUANTIZE REDUCE_ALL SQUARED_DIFFERENCE SUB",
    TensorType.FLOAT32: "DEQUANTIZE REDUCE_ALL",
    TensorType.BOOL: f"{_OF_NUMBERS} ADD DIV MAXIMUM MINIMUM MUL QUANTIZE SQUARED_DIFFERENCE SUB",
}
"""Opcodes by the type of the first input: tests/operators/grid_of_operators.py tries each."""
NEITHER = {kind: frozenset(opcodes.split()) for kind, opcodes in _OF_NEITHER.items()}
_INT8 = "convert it with int8 activations (custom_tinyml_activations = int8)"
_REPLACE = "replace the operator in the model"
WAYS_OUT = {TensorType.INT8: _REPLACE, TensorType.FLOAT32: _REPLACE, TensorType.INT16: _INT8}
"""Of NEITHER, by type; of the others _NUMBERS."""


def way_out_of_neither(operator: Operator, kind: TensorType) -> str | None:
    """The next step, where no runtime has `operator` of inputs of `kind`."""
    return WAYS_OUT.get(kind, _NUMBERS) if operator.opcode in NEITHER.get(kind, ()) else None
