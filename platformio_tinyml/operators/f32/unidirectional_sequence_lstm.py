"""UNIDIRECTIONAL_SEQUENCE_LSTM on float32."""

from __future__ import annotations

from dataclasses import replace

from ...model import UnidirectionalSequenceLstmOptions
from ...program import KernelCall, Params, TensorRef
from ...program.fixed_point import float32_bits
from ..lowering import Lowered, Support, refs, tensor_constant
from ..rules import Instance
from ..unidirectional_sequence_lstm import (
    BIASES,
    CELL,
    GATES,
    HIDDEN,
    INPUT,
    WEIGHTS,
    macs,
    matching_shapes,
    plain_form,
    rows,
    size_fields,
    tanh_alone,
    three_dimensions,
)
from ..variable_tensors import constants, variables
from .common import all_float

_FLOAT = ("FLOAT32",)


def lower(instance: Instance) -> Lowered:
    """One call. Source: lstm_eval.h and lstm_eval.cc of tflite-micro."""
    weight, bias = instance.required(GATES[0][0]), instance.required(GATES[0][2])
    units, depth = weight.shape
    whole = rows(instance, 4)
    shifts = b"".join(instance.required(position).data or b"" for position in BIASES)
    tables = (
        tensor_constant(instance, "weights", replace(weight, shape=(4, units, depth + units), data=whole)),
        tensor_constant(instance, "bias", replace(bias, shape=(4, units), data=shifts)),
    )
    clip = instance.options(UnidirectionalSequenceLstmOptions).cell_clip
    fields = (*size_fields(instance), ("clip_bits", float32_bits(clip)))
    states = (TensorRef(instance.required(position).index) for position in (HIDDEN, CELL))
    call = KernelCall(
        function="tinyml_unidirectional_sequence_lstm_f32",
        params=Params("tinyml_unidirectional_sequence_lstm_f32_params", fields),
        inputs=(TensorRef(instance.required(INPUT).index), *refs(tables), *states),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    return Lowered(call, tables)


SUPPORT = Support(
    opcode="UNIDIRECTIONAL_SEQUENCE_LSTM",
    summary="As on int8.",
    kernels=("tinyml_unidirectional_sequence_lstm_f32",),
    rules=(
        (plain_form,),
        (
            all_float,
            tanh_alone,
            constants(dict.fromkeys((*WEIGHTS, *BIASES), _FLOAT)),
            variables(dict.fromkeys((HIDDEN, CELL), _FLOAT)),
            three_dimensions,
        ),
        (matching_shapes,),
    ),
    lower=lower,
    macs=macs,
    types=_FLOAT,
)
