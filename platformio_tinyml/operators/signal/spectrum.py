"""SignalWindow, SignalFftAutoScale, SignalRfft, SignalIrfft, SignalEnergy."""

from __future__ import annotations

from ...program.fourier import halves, twiddles
from ..lowering import Lowered, int16_constant, tensor_constant
from ..rules import CONVERT_AGAIN, REPLACE, Instance, quoted, rule
from ..variable_tensors import constants
from .common import LARGEST, call, number, options, output_shapes, rows, support, types

_INT16 = 7
"""`T` of schema.fbs."""
LEAST_LENGTH, MOST_LENGTH = 4, 1 << 15
_same_shape = output_shapes(
    lambda instance: [instance.required(0).shape], "The output has the shape of the input, of one dimension or more."
)


@rule(CONVERT_AGAIN)
def window_of_a_row(instance: Instance) -> str | None:
    """The window is as long as the input's last dimension."""
    source, window = instance.required(0), instance.required(1)
    return None if window.shape == source.shape[-1:] != () else f"{list(window.shape)} and {list(source.shape)}"


def lower_window(instance: Instance) -> Lowered:
    """One call."""
    fields = (
        ("rows", rows(instance)),
        ("size", instance.required(1).elements),
        ("shift", number(instance, "shift")),
    )
    table = tensor_constant(instance, "window", instance.required(1))
    return call(instance, "tinyml_signal_window_s16", fields, (table,))


def lower_auto_scale(instance: Instance) -> Lowered:
    """One call."""
    return call(instance, "tinyml_signal_fft_auto_scale_s16", (("size", instance.required(0).elements),))


@rule(REPLACE)
def power_of_two(instance: Instance) -> str | None:
    """The transform is of a power of two of numbers."""
    length = number(instance, "fft_length")
    return str(length) if length & (length - 1) else None


@rule(CONVERT_AGAIN)
def fits_the_transform(instance: Instance) -> str | None:
    """The last dimension of the real side is the transform's length (of an input, at most), of the other 2 more."""
    source, output = instance.required(0), instance.output
    if source.shape[:-1] != output.shape[:-1] or not (source.shape and output.shape):
        return f"{list(source.shape)} to {list(output.shape)}"
    length = number(instance, "fft_length")
    if instance.operator.kind == "SignalRfft":
        fits = source.shape[-1] <= length and output.shape[-1] == length + 2
    else:
        fits = (source.shape[-1], output.shape[-1]) == (length + 2, length)
    return None if fits else f"{list(source.shape)} to {list(output.shape)} by {length}"


def _lower_transform(instance: Instance, *, inverse: bool) -> Lowered:
    size = number(instance, "fft_length") // 2
    tables = (
        int16_constant(instance, "twiddles", twiddles(size, inverse=inverse)),
        int16_constant(instance, "halves", halves(size, inverse=inverse)),
    )
    fields = (
        ("rows", rows(instance)),
        ("input_length", instance.required(0).shape[-1]),
        ("bits", size.bit_length() - 1),
    )
    name = "tinyml_signal_irfft_s16" if inverse else "tinyml_signal_rfft_s16"
    return call(instance, name, fields, tables, scratch=4 * size if inverse else 0)


@rule(CONVERT_AGAIN)
def a_stretch_of_the_spectrum(instance: Instance) -> str | None:
    """The output has half as many elements as the input, one dimension each; start and end lie within it."""
    source, output = instance.required(0), instance.output
    start, end = number(instance, "start_index"), number(instance, "end_index")
    if len(source.shape) != 1 or len(output.shape) != 1 or source.elements != 2 * output.elements:
        return f"{quoted(source)} {list(source.shape)} to {list(output.shape)}"
    return None if start <= end <= output.elements else f"{start} to {end} of {output.elements}"


def lower_energy(instance: Instance) -> Lowered:
    """One call."""
    start, end = number(instance, "start_index"), number(instance, "end_index")
    fields = (("size", instance.output.elements), ("start", start), ("end", end))
    return call(instance, "tinyml_signal_energy_s16", fields)


_transform = (
    (options(T=(_INT16, _INT16), fft_length=(LEAST_LENGTH, MOST_LENGTH)), types("INT16", "INT16")),
    (power_of_two, fits_the_transform),
)

SUPPORTS = (
    support(
        "SignalWindow",
        "int16; the window a constant.",
        "window_s16",
        ((options(shift=(0, 31)), types("INT16", "INT16"), constants({1: ("INT16",)})), (window_of_a_row, _same_shape)),
        lower_window,
        inputs=2,
    ),
    support(
        "SignalFftAutoScale",
        "int16, one dimension.",
        "fft_auto_scale_s16",
        (
            (types("INT16", "INT16 INT32"),),
            (
                output_shapes(
                    lambda instance: [(instance.required(0).elements,), ()],
                    "The outputs have the shape of the input, of one dimension, and of a scalar.",
                ),
            ),
        ),
        lower_auto_scale,
        outputs=2,
    ),
    support(
        "SignalRfft",
        "int16, of 4 to 32,768 numbers, a power of two; its tables take 6 bytes for each two of them.",
        "rfft_s16",
        _transform,
        lambda instance: _lower_transform(instance, inverse=False),
    ),
    support(
        "SignalIrfft",
        "int16, as SignalRfft.",
        "irfft_s16",
        _transform,
        lambda instance: _lower_transform(instance, inverse=True),
    ),
    support(
        "SignalEnergy",
        "int16 to uint32; outside of start and end 0, which TFLM leaves as it was.",
        "energy_s16",
        (
            (options(start_index=(0, LARGEST), end_index=(0, LARGEST)), types("INT16", "UINT32")),
            (a_stretch_of_the_spectrum,),
        ),
        lower_energy,
    ),
)
