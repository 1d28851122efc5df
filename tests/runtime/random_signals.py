"""Models of one operator of the signal library, and of int32: one function per operator, all in SIGNALS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from model_builder import Builder
from random_models import Rng, size
from signal_models import BOOL, INT16, INT32, UINT32, UINT64, Shape, built

from platformio_tinyml.model import Activation, AddOptions, ArithmeticOptions, TensorType
from platformio_tinyml.operators.cast import TYPES
from platformio_tinyml.operators.s32.binary import SUPPORTS

PAIRS = (((7,), ()), ((2, 3, 4), (2, 3, 4)), ((1, 5, 6, 3), (3,)), ((4,), (2, 3, 4)), ((2, 1, 4, 1), (1, 3, 1, 5)))
"""Of int32, broadcast."""


def outer(rng: Rng) -> Shape:
    return tuple(size(rng) for _ in range(int(rng.integers(3))))


def window(rng: Rng) -> bytes:
    shape = (*outer(rng), int(rng.integers(1, 60)))
    values = rng.integers(-32768, 32768, shape[-1:])
    return built("SignalWindow", [(shape, INT16)], [(shape, INT16)], [values], shift=int(rng.integers(0, 18)))


def auto_scale(rng: Rng) -> bytes:
    shape = (int(rng.integers(1, 60)),)
    return built("SignalFftAutoScale", [(shape, INT16)], [(shape, INT16), ((), INT32)], [])


def transform(rng: Rng, *, inverse: bool) -> bytes:
    length, rows = 1 << int(rng.integers(2, 11)), outer(rng)
    real, spectrum = (*rows, length), (*rows, length + 2)
    options = {"T": INT16.code, "fft_length": length}
    if inverse:
        return built("SignalIrfft", [(spectrum, INT16)], [(real, INT16)], [], **options)
    real = (*rows, int(rng.integers(1, length + 1)))
    return built("SignalRfft", [(real, INT16)], [(spectrum, INT16)], [], **options)


def energy(rng: Rng) -> bytes:
    """All of it: TFLM leaves the rest as it was."""
    length = int(rng.integers(1, 60))
    shapes = [((2 * length,), INT16)], [((length,), UINT32)]
    return built("SignalEnergy", *shapes, [], start_index=0, end_index=length)


def filter_bank(rng: Rng) -> bytes:
    bins, channels, weights = int(rng.integers(8, 60)), int(rng.integers(1, 12)), int(rng.integers(8, 60))
    widths = rng.integers(0, 8, channels + 1)
    starts = [int(rng.integers(0, bins - width + 1)) for width in widths]
    first = [int(rng.integers(0, weights - width + 1)) for width in widths]
    tables = [rng.integers(-32768, 32768, weights), rng.integers(-32768, 32768, weights)]
    tables += [np.array(starts), np.array(first), widths]
    return built("SignalFilterBank", [((bins,), UINT32)], [((channels,), UINT64)], tables, num_channels=channels)


def square_root(rng: Rng) -> bytes:
    shape = (int(rng.integers(1, 60)),)
    inputs: list[tuple[Shape, TensorType]] = [(shape, UINT64), ((), INT32)]
    return built("SignalFilterBankSquareRoot", inputs, [(shape, UINT32)], [])


def subtraction(rng: Rng) -> bytes:
    shape, bits = (int(rng.integers(1, 60)),), int(rng.integers(8, 17))
    names = ("smoothing", "one_minus_smoothing", "alternate_smoothing", "alternate_one_minus_smoothing")
    options = {name: int(rng.integers(0, 1 << bits)) for name in (*names, "min_signal_remaining")}
    options |= {"num_channels": shape[0], "smoothing_bits": int(rng.integers(0, 13))}
    options |= {"clamping": bool(rng.integers(2)), "spectral_subtraction_bits": bits}
    outputs: list[tuple[Shape, TensorType]] = [(shape, UINT32), (shape, UINT32)]
    return built("SignalFilterBankSpectralSubtraction", [(shape, UINT32)], outputs, [], **options)


def pcan(rng: Rng) -> bytes:
    shape = (int(rng.integers(1, 60)),)
    gains = rng.integers(-32768 if rng.integers(4) == 0 else 0, 32768, 125) >> int(rng.integers(0, 6))
    inputs: list[tuple[Shape, TensorType]] = [(shape, UINT32), (shape, UINT32)]
    return built("SignalPCAN", inputs, [(shape, UINT32)], [gains], snr_shift=int(rng.integers(0, 33)))


def log(rng: Rng) -> bytes:
    shape = (int(rng.integers(1, 60)),)
    options = {"input_correction_bits": int(rng.integers(0, 8)), "output_scale": int(rng.choice([64, 1600, 1 << 20]))}
    return built("SignalFilterBankLog", [(shape, UINT32)], [(shape, INT16)], [], **options)


def delay(rng: Rng) -> bytes:
    shape = (*outer(rng), size(rng))
    return built("SignalDelay", [(shape, INT16)], [(shape, INT16)], [], delay_length=int(rng.integers(1, 20)))


def framer(rng: Rng) -> bytes:
    step = size(rng)
    length, count, rows = int(rng.integers(step, 4 * step + 1)), int(rng.integers(1, 4)), outer(rng)
    outputs: list[tuple[Shape, TensorType]] = [((*rows, count, length), INT16), ((), BOOL)]
    options = {"frame_size": length, "frame_step": step, "prefill": bool(rng.integers(2))}
    return built("SignalFramer", [((*rows, count * step), INT16)], outputs, [], **options)


def stacker(rng: Rng) -> bytes:
    channels, left, right = size(rng), int(rng.integers(0, 4)), int(rng.integers(0, 4))
    whole = left + right + 1
    options = {"num_channels": channels, "stacker_left_context": left, "stacker_right_context": right}
    options["stacker_step"] = int(rng.integers(1, whole + 1))
    outputs: list[tuple[Shape, TensorType]] = [((channels * whole,), INT16), ((), BOOL)]
    return built("SignalStacker", [((channels,), INT16)], outputs, [], **options)


def overlap_add(rng: Rng) -> bytes:
    length, count, rows = size(rng), int(rng.integers(1, 4)), outer(rng)
    step = int(rng.integers(1, length + 1))
    shapes = [((*rows, count, length), INT16)], [((*rows, count * step), INT16)]
    return built("SignalOverlapAdd", *shapes, [], T=INT16.code, frame_step=step)


def cast(rng: Rng) -> bytes:
    """Floats lie within an int8: what TFLM makes of others is the compiler's choice."""
    builder, shape = Builder(), (size(rng), size(rng))
    source, target = (TYPES[rng.integers(len(TYPES) - 1)] for _ in range(2))
    x = builder.tensor("input", shape, TensorType[source])
    y = builder.tensor("output", shape, TensorType[target])
    builder.operator("CAST", [x], [y])
    return builder.build([x], [y])


def of_int32(rng: Rng) -> bytes:
    builder, opcode = Builder(), str(rng.choice([each.opcode for each in SUPPORTS if each.types == ("INT32",)]))
    one, two = PAIRS[rng.integers(len(PAIRS))]
    whole = np.broadcast_shapes(one, two)
    x = builder.tensor("input", one, INT32)
    constant = rng.integers(1, 1000, two).astype(np.int32) * rng.choice([-1, 1])
    y = builder.tensor("constant", two, INT32, data=constant.astype(np.int32))
    z = builder.tensor("output", whole, INT32)
    options = {"ADD": AddOptions(Activation.NONE, False), "MAXIMUM": None, "MINIMUM": None, "SQUARED_DIFFERENCE": None}
    builder.operator(opcode, [x, y], [z], options.get(opcode, ArithmeticOptions(Activation.NONE)))
    return builder.build([x], [z])


def of_int64(rng: Rng) -> bytes:
    builder, opcode, kind = Builder(), str(rng.choice(["MAXIMUM", "MINIMUM"])), TensorType.INT64
    one, two = PAIRS[rng.integers(len(PAIRS))]
    x = builder.tensor("input", one, kind)
    constant = rng.integers(-(1 << 63), (1 << 63) - 1, two) >> rng.integers(0, 64, two)
    y = builder.tensor("other", two, kind, data=np.asarray(constant, np.int64) if rng.integers(2) else None)
    z = builder.tensor("output", np.broadcast_shapes(one, two), kind)
    builder.operator(opcode, [x, y] if rng.integers(2) else [y, x], [z])
    return builder.build([x] if builder.tensors[y].buffer else [x, y], [z])


SIGNALS: dict[str, Callable[[Rng], bytes]] = {
    "CAST": cast,
    "INT32": of_int32,
    "INT64": of_int64,
    "SignalDelay": delay,
    "SignalEnergy": energy,
    "SignalFftAutoScale": auto_scale,
    "SignalFilterBank": filter_bank,
    "SignalFilterBankLog": log,
    "SignalFilterBankSpectralSubtraction": subtraction,
    "SignalFilterBankSquareRoot": square_root,
    "SignalFramer": framer,
    "SignalIrfft": lambda rng: transform(rng, inverse=True),
    "SignalOverlapAdd": overlap_add,
    "SignalPCAN": pcan,
    "SignalRfft": lambda rng: transform(rng, inverse=False),
    "SignalStacker": stacker,
    "SignalWindow": window,
}
