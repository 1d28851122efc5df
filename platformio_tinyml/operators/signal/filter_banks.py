"""SignalFilterBank and what follows it: square root, spectral subtraction, gain control (PCAN), logarithm."""

from __future__ import annotations

import struct

from ...program.fourier import log_table
from ..lowering import Lowered, int16_constant, tensor_constant
from ..rules import CONVERT_AGAIN, Instance, quoted, rule
from ..variable_tensors import constants
from .common import call, number, options, output_shapes, support, types

_WEIGHTS, _UNWEIGHTS, _STARTS, _WEIGHT_STARTS, _WIDTHS = range(1, 6)
_ROLES = ("weights", "unweights", "starts", "weight_starts", "widths")
_CHANNELS = (1, 32766)
_GAINS = 125
_COEFFICIENT = (0, (1 << 31) - 1)
_flat = output_shapes(
    lambda instance: [(instance.required(0).elements,)] * len(instance.operator.outputs),
    "Input and outputs have one dimension, of equally many channels.",
)


@rule(CONVERT_AGAIN)
def stretches_inside(instance: Instance) -> str | None:
    """The output has num_channels elements; starts and widths are for one more, within the input and the weights."""
    channels, source = number(instance, "num_channels"), instance.required(0)
    if instance.output.shape != (channels,) or len(source.shape) != 1:
        return f"{list(source.shape)} to {list(instance.output.shape)}"
    starts, weight_starts, widths = (_int16s(instance, each) for each in (_STARTS, _WEIGHT_STARTS, _WIDTHS))
    if not len(starts) == len(weight_starts) == len(widths) == channels + 1:
        return f"{len(starts)}, {len(weight_starts)} and {len(widths)} for {channels} channels"
    weights = min(instance.required(each).elements for each in (_WEIGHTS, _UNWEIGHTS))
    for start, first, width in zip(starts, weight_starts, widths, strict=True):
        if width > 0 and not (0 <= start <= source.elements - width and 0 <= first <= weights - width):
            return f"{width} from {start} of {source.elements}, weights from {first} of {weights}"
    return None


@rule(CONVERT_AGAIN)
def one_number_of_bits(instance: Instance) -> str | None:
    """The second input is one number."""
    bits = instance.required(1)
    return f"{quoted(bits)} has {bits.elements}" if bits.elements != 1 else None


@rule(CONVERT_AGAIN)
def one_state_per_channel(instance: Instance) -> str | None:
    """num_channels is the number of elements."""
    channels, elements = number(instance, "num_channels"), instance.required(0).elements
    return f"{channels} of {elements}" if channels != elements else None


@rule(CONVERT_AGAIN)
def whole_gains(instance: Instance) -> str | None:
    """The table of gains has at least 125 elements, the noise as many as the input."""
    noise, gains = instance.required(1), instance.required(2)
    if noise.shape != instance.required(0).shape:
        return f"{quoted(noise)} has {noise.elements}"
    return f"{gains.elements}" if gains.elements < _GAINS else None


def lower_filter_bank(instance: Instance) -> Lowered:
    """One call."""
    tables = tuple(
        tensor_constant(instance, role, instance.required(position)) for position, role in enumerate(_ROLES, start=1)
    )
    return call(instance, "tinyml_signal_filter_bank_u32", (("channels", number(instance, "num_channels")),), tables)


def lower_square_root(instance: Instance) -> Lowered:
    """One call."""
    fields = (("size", instance.output.elements),)
    return call(instance, "tinyml_signal_filter_bank_square_root_u64", fields, computed=2)


_COEFFICIENTS = (
    ("smoothing", "smoothing"),
    ("one_minus_smoothing", "one_minus_smoothing"),
    ("alternate_smoothing", "alternate_smoothing"),
    ("alternate_one_minus_smoothing", "alternate_one_minus_smoothing"),
    ("min_signal_remaining", "min_signal_remaining"),
    ("smoothing_bits", "smoothing_bits"),
    ("subtraction_bits", "spectral_subtraction_bits"),
    ("clamping", "clamping"),
)
"""Fields of the params, and the options that they are."""


def lower_subtraction(instance: Instance) -> Lowered:
    """One call."""
    fields = (
        ("size", instance.output.elements),
        *((field, number(instance, option)) for field, option in _COEFFICIENTS),
    )
    return call(instance, "tinyml_signal_filter_bank_spectral_subtraction_u32", fields)


def lower_pcan(instance: Instance) -> Lowered:
    """One call."""
    fields = (("size", instance.output.elements), ("snr_shift", number(instance, "snr_shift")))
    table = tensor_constant(instance, "gains", instance.required(2))
    return call(instance, "tinyml_signal_pcan_u32", fields, (table,), computed=2)


def lower_log(instance: Instance) -> Lowered:
    """One call."""
    fields = (
        ("size", instance.output.elements),
        ("output_scale", number(instance, "output_scale")),
        ("correction_bits", number(instance, "input_correction_bits")),
    )
    table = int16_constant(instance, "log", log_table())
    return call(instance, "tinyml_signal_filter_bank_log_u32", fields, (table,))


def _int16s(instance: Instance, position: int) -> tuple[int, ...]:
    tensor = instance.required(position)
    return struct.unpack(f"<{tensor.elements}h", tensor.data or b"")


SUPPORTS = (
    support(
        "SignalFilterBank",
        "uint32 to uint64; weights and where they go are constants.",
        "filter_bank_u32",
        (
            (
                options(num_channels=_CHANNELS),
                types("UINT32", "UINT64"),
                constants(dict.fromkeys(range(1, 6), ("INT16",))),
            ),
            (stretches_inside,),
        ),
        lower_filter_bank,
        inputs=6,
    ),
    support(
        "SignalFilterBankSquareRoot",
        "uint64 to uint32.",
        "filter_bank_square_root_u64",
        ((types("UINT64 INT32", "UINT32"),), (_flat, one_number_of_bits)),
        lower_square_root,
        inputs=2,
    ),
    support(
        "SignalFilterBankSpectralSubtraction",
        "uint32; the noise is state.",
        "filter_bank_spectral_subtraction_u32",
        (
            (
                options(
                    num_channels=_CHANNELS,
                    smoothing=_COEFFICIENT,
                    one_minus_smoothing=_COEFFICIENT,
                    alternate_smoothing=_COEFFICIENT,
                    alternate_one_minus_smoothing=_COEFFICIENT,
                    min_signal_remaining=_COEFFICIENT,
                    smoothing_bits=(0, 31),
                    spectral_subtraction_bits=(0, 63),
                    clamping=(0, 1),
                ),
                types("UINT32", "UINT32 UINT32"),
            ),
            (_flat, one_state_per_channel),
        ),
        lower_subtraction,
        outputs=2,
    ),
    support(
        "SignalPCAN",
        "uint32; the gains are a constant.",
        "pcan_u32",
        (
            (options(snr_shift=(0, 63)), types("UINT32 UINT32", "UINT32"), constants({2: ("INT16",)})),
            (_flat, whole_gains),
        ),
        lower_pcan,
        inputs=3,
    ),
    support(
        "SignalFilterBankLog",
        "uint32 to int16.",
        "filter_bank_log_u32",
        (
            (
                options(input_correction_bits=(0, 31), output_scale=(0, (1 << 31) - 1)),
                types("UINT32", "INT16"),
            ),
            (_flat,),
        ),
        lower_log,
    ),
)
