"""simplify: the model that the compiled runtime runs in the place of a file's, with the same outputs to the byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model import Model, Operator
from ..operators import check_model, operator_macs
from .channels import Channels, count_channels, kept_channels, take_out
from .dilations import fold_dilations
from .empties import without_empties
from .graph import listed, without_unread, without_unrun
from .identities import without_identities
from .integers import fold_integers, known_shapes, with_shapes
from .intervals import intervals
from .nested_joins import without_nested_joins
from .paddings import fold_padding
from .quantized import fold_quantized
from .stated import fix_shapes
from .widening import widen_constants


@dataclass(frozen=True, slots=True)
class Simplified:
    """`model` computes what `original` does, with the numbers that tensors and operators have there.

    `steps` say what was done beside taking out channels, a line each. `kept`: of each tensor that lost channels, which
    are indices along its last dimension, those that it has. `resized`: the shapes, by tensor, that `original` has
    and the file states otherwise, as it leaves them open.
    """

    model: Model
    original: Model
    steps: tuple[str, ...] = ()
    channels: Channels = field(default_factory=Channels)
    kept: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    resized: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def simplify(model: Model) -> Simplified:
    """As much simpler as can be proven equal; the same where that is nothing.

    Channels are those of a model that then breaks no rule.
    """
    steps: list[str] = []
    model = without_unrun(model, steps)
    resized = known_shapes(model)
    if resized:
        model = with_shapes(model, resized)
        operators = (each for each in model.operators if resized.keys() & set(each.outputs))
        steps.append(f"Shapes that the file leaves open, for a batch of 1: of {listed(operators)}")
    folded = _folded(model, steps)
    if check_model(folded):
        return Simplified(folded, model, tuple(steps), resized=resized)
    values = intervals(folded)
    kept = kept_channels(folded, values)
    smaller = take_out(folded, values, kept) if kept else folded
    if _is_better(smaller, folded):
        return Simplified(smaller, model, tuple(steps), count_channels(folded, values, kept), kept, resized)
    return Simplified(folded, model, tuple(steps), count_channels(folded, values, {}), resized=resized)


def _folded(model: Model, steps: list[str]) -> Model:
    """What needs no bounds."""
    if model.subgraph_count == 1:
        for stage in _STAGES:
            model = stage(model, steps)
    return model


_STAGES = (
    widen_constants,
    fold_integers,
    fix_shapes,
    fold_quantized,
    without_empties,
    without_identities,
    without_nested_joins,
    fold_dilations,
    fold_padding,
    without_unread,
)


def _is_better(one: Model, other: Model) -> bool:
    """Whether it takes less of something, and no more of anything. It may break a rule that `other` does not."""
    if one is other or check_model(one):
        return False
    costs = [(constant_bytes(model), total_macs(model)) for model in (one, other)]
    return costs[0] != costs[1] and all(map(int.__le__, *costs))


def total_macs(model: Model) -> int:
    """Of one invoke; an operator that is refused counts nothing."""
    return sum(_macs(model, operator) for operator in model.operators)


def _macs(model: Model, operator: Operator) -> int:
    try:
        return operator_macs(model, operator)
    except (ArithmeticError, LookupError, ValueError):  # only rules that hold promise that it can be counted
        return 0


def constant_bytes(model: Model) -> int:
    """Of all constants that operators read, each once."""
    read = {index for operator in model.operators for index in operator.inputs if index >= 0}
    return sum(len(model.tensors[index].data or b"") for index in read)
