"""Operands of an operator, or why there is no bound: a file may lack them."""

from __future__ import annotations

from ..errors import ModelError
from ..model import Model, Operator, Tensor


def tensor_of(model: Model, index: int) -> Tensor:
    """ModelError where the operand is left out, index -1."""
    if index < 0:
        raise _lacking("its input or filter")
    return model.tensors[index]


def output_of(model: Model, operator: Operator) -> Tensor:
    """The first output; ModelError where there is none."""
    if not operator.outputs:
        raise _lacking("its output")
    return model.tensors[operator.outputs[0]]


def _lacking(what: str) -> ModelError:
    return ModelError(
        f"no bound for the arena: an operator lacks {what}",
        "Run pio-tinyml inspect on the model: it lists what is wrong.",
        code="no-bound",
    )


def image_shape(tensor: Tensor) -> tuple[int, int, int, int]:
    """Batches, height, width and channels; ModelError where there are not four dimensions."""
    if len(tensor.shape) != 4:
        raise ModelError(
            f"no bound for the arena: tensor {tensor.index} has {len(tensor.shape)} dimensions where 4 are needed",
            "Run pio-tinyml inspect on the model: it lists what is wrong.",
            code="no-bound",
        )
    batch, height, width, channels = tensor.shape
    return batch, height, width, channels


def rows_of(tensor: Tensor) -> int:
    """Size of the first dimension; ModelError of a scalar."""
    if not tensor.shape:
        raise _lacking(f"the rows of tensor {tensor.index}")
    return tensor.shape[0]


def no_options(operator: Operator) -> ModelError:
    """The error for an operator without the options that its kernel reads."""
    return ModelError(
        f"no bound for the arena: operator {operator.index} ({operator.opcode}) has no options",
        "Run pio-tinyml inspect on the model: it lists what is wrong.",
        code="no-bound",
    )
