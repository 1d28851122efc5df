"""simplify: the model that the compiled runtime runs in the place of a file's, with the same outputs to the byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model import Model
from ..operators import check_model, operator_macs
from .channels import Channels, count_channels, kept_channels, take_out
from .intervals import intervals


@dataclass(frozen=True, slots=True)
class Simplified:
    """`model` computes what `original` does, with the numbers that tensors and operators have there.

    `kept`: of each tensor that lost channels (indices along its last dimension) those that it has.
    """

    model: Model
    original: Model
    channels: Channels = field(default_factory=Channels)
    kept: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def simplify(model: Model) -> Simplified:
    """As much simpler as can be proven equal; the same where that is nothing, or where the model breaks a rule."""
    if check_model(model):
        return Simplified(model, model)
    values = intervals(model)
    kept = kept_channels(model, values)
    smaller = take_out(model, values, kept) if kept else model
    if _is_better(smaller, model):
        return Simplified(smaller, model, count_channels(model, values, kept), kept)
    return Simplified(model, model, count_channels(model, values, {}))


def _is_better(one: Model, other: Model) -> bool:
    """Whether it takes less of something, and no more of anything. It may break a rule that `other` does not."""
    if one is other or check_model(one):
        return False
    costs = [(constant_bytes(model), total_macs(model)) for model in (one, other)]
    return costs[0] != costs[1] and all(map(int.__le__, *costs))


def total_macs(model: Model) -> int:
    """Of one invoke."""
    return sum(operator_macs(model, operator) for operator in model.operators)


def constant_bytes(model: Model) -> int:
    """Of all constants that operators read, each once."""
    read = {index for operator in model.operators for index in operator.inputs if index >= 0}
    return sum(len(model.tensors[index].data or b"") for index in read)
