"""UNIDIRECTIONAL_SEQUENCE_LSTM on int16, with weights of int8."""

from __future__ import annotations

import struct

from ...program.fixed_point import halved
from ..lowering import Lowered, Support
from ..rules import Instance
from ..unidirectional_sequence_lstm import (
    BIASES,
    CELL,
    HIDDEN,
    INPUT,
    WEIGHTS,
    biases,
    gate_multipliers,
    lower_integers,
    macs,
    matching_shapes,
    plain_form,
    representable_multipliers,
    scale_of_cell,
    sums_fit,
    tanh_alone,
    three_dimensions,
)
from ..variable_tensors import constants, quantized, variables
from .common import int16_activations
from .weights import LARGEST_INPUT, LARGEST_LONG_SUM, LARGEST_SHIFT

_QUANTIZED = (INPUT, *WEIGHTS, HIDDEN, CELL)
_LARGEST_PRODUCT = LARGEST_INPUT * 128


def lower(instance: Instance) -> Lowered:
    """One call."""
    long_biases = biases(instance)
    words = struct.unpack(f"<{2 * len(long_biases)}i", struct.pack(f"<{len(long_biases)}q", *long_biases))
    gates = [word for gate in gate_multipliers(instance) for each in gate for word in halved(each)]
    return lower_integers(instance, "s16", words, gates)


SUPPORT = Support(
    opcode="UNIDIRECTIONAL_SEQUENCE_LSTM",
    summary="As on int8; biases of int64.",
    kernels=("tinyml_unidirectional_sequence_lstm_s16",),
    rules=(
        (plain_form,),
        (
            int16_activations,
            tanh_alone,
            constants({**dict.fromkeys(WEIGHTS, ("INT8",)), **dict.fromkeys(BIASES, ("INT64",))}),
            variables(dict.fromkeys((HIDDEN, CELL), ("INT16",))),
            three_dimensions,
        ),
        (quantized(_QUANTIZED, {*_QUANTIZED, -1}), matching_shapes),
        (scale_of_cell, representable_multipliers(LARGEST_SHIFT), sums_fit(_LARGEST_PRODUCT, LARGEST_LONG_SUM)),
    ),
    lower=lower,
    macs=macs,
    types=("INT16",),
)
