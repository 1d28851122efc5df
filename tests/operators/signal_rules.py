"""Models of the signal library, of CAST and of int32, each of which breaks a rule: lines of test_rules.BROKEN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from model_builder import Builder
from signal_models import BOOL, INT16, INT32, UINT32, UINT64, built

from platformio_tinyml.model import Activation, AddOptions, ArithmeticOptions, Model, SignalOptions, TensorType
from platformio_tinyml.tflite import read_model

Change = Callable[[Model], Model]
_TABLE = np.arange(4)


def _model(data: bytes) -> Model:
    return read_model(data, "model")


def window() -> Model:
    return _model(built("SignalWindow", [((2, 4), INT16)], [((2, 4), INT16)], [_TABLE], shift=3))


def auto_scale() -> Model:
    return _model(built("SignalFftAutoScale", [((4,), INT16)], [((4,), INT16), ((), INT32)], []))


def rfft() -> Model:
    return _model(built("SignalRfft", [((2, 6), INT16)], [((2, 10), INT16)], [], T=7, fft_length=8))


def irfft() -> Model:
    return _model(built("SignalIrfft", [((10,), INT16)], [((8,), INT16)], [], T=7, fft_length=8))


def energy() -> Model:
    return _model(built("SignalEnergy", [((8,), INT16)], [((4,), UINT32)], [], start_index=1, end_index=3))


def filter_bank() -> Model:
    tables = [_TABLE, _TABLE, np.array([0, 1, 2]), np.array([0, 1, 2]), np.array([2, 2, 2])]
    return _model(built("SignalFilterBank", [((4,), UINT32)], [((2,), UINT64)], tables, num_channels=2))


def square_root() -> Model:
    return _model(built("SignalFilterBankSquareRoot", [((4,), UINT64), ((), INT32)], [((4,), UINT32)], []))


def subtraction() -> Model:
    names = ("smoothing", "one_minus_smoothing", "alternate_smoothing", "alternate_one_minus_smoothing")
    options = dict.fromkeys((*names, "min_signal_remaining", "smoothing_bits", "spectral_subtraction_bits"), 3)
    outputs = [((4,), UINT32), ((4,), UINT32)]
    code = "SignalFilterBankSpectralSubtraction"
    return _model(built(code, [((4,), UINT32)], outputs, [], num_channels=4, clamping=False, **options))


def pcan() -> Model:
    inputs = [((4,), UINT32), ((4,), UINT32)]
    return _model(built("SignalPCAN", inputs, [((4,), UINT32)], [np.arange(125)], snr_shift=3))


def log() -> Model:
    options = {"input_correction_bits": 3, "output_scale": 64}
    return _model(built("SignalFilterBankLog", [((4,), UINT32)], [((4,), INT16)], [], **options))


def delay() -> Model:
    return _model(built("SignalDelay", [((2, 4), INT16)], [((2, 4), INT16)], [], delay_length=3))


def framer() -> Model:
    outputs = [((2, 2, 5), INT16), ((), BOOL)]
    options = {"frame_size": 5, "frame_step": 2, "prefill": True}
    return _model(built("SignalFramer", [((2, 4), INT16)], outputs, [], **options))


def stacker() -> Model:
    options = {"stacker_left_context": 1, "stacker_right_context": 1, "stacker_step": 2, "num_channels": 4}
    return _model(built("SignalStacker", [((4,), INT16)], [((12,), INT16), ((), BOOL)], [], **options))


def overlap_add() -> Model:
    return _model(built("SignalOverlapAdd", [((2, 3, 4), INT16)], [((2, 6), INT16)], [], T=7, frame_step=2))


def cast() -> Model:
    builder = Builder()
    x, y = builder.tensor("x", (3,), INT32), builder.tensor("y", (3,), INT16)
    builder.operator("CAST", [x], [y])
    return _model(builder.build([x], [y]))


def _of_int32(opcode: str, options: AddOptions | ArithmeticOptions) -> Model:
    builder = Builder()
    x, z = builder.tensor("x", (2,), INT32), builder.tensor("z", (2,), INT32)
    y = builder.tensor("y", (2,), INT32, data=np.array([3, 4], np.int32))
    builder.operator(opcode, [x, y], [z], options)
    return _model(builder.build([x], [z]))


def add_int32() -> Model:
    return _of_int32("ADD", AddOptions(Activation.NONE, False))


def div_int32() -> Model:
    return _of_int32("DIV", ArithmeticOptions(Activation.NONE))


def _operator(**changes: object) -> Change:
    return lambda model: replace(model, operators=(replace(model.operators[0], **changes),))


def _tensor(index: int, **changes: object) -> Change:
    def change(model: Model) -> Model:
        tensors = list(model.tensors)
        tensors[index] = replace(tensors[index], **changes)
        return replace(model, tensors=tuple(tensors))

    return change


def _option(name: str, value: int | None) -> Change:
    def change(model: Model) -> Model:
        values = dict(model.operators[0].options.values)
        values = {key: each for key, each in {**values, name: value}.items() if each is not None}
        return _operator(options=SignalOptions(tuple(values.items())))(model)

    return change


def _data(index: int, *values: int) -> Change:
    return _tensor(index, data=np.array(values, np.int16).tobytes())


_WIDE = {"type": TensorType.INT32}
SIGNAL_BROKEN: list[tuple[Callable[[], Model], Change, str, str, str]] = [
    (window, _operator(options=None), "2 inputs and one output", "no options", ""),
    (window, _option("shift", 40), "shift (0 to 31)", "shift 40", ""),
    (window, _tensor(0, **_WIDE), "inputs are int16, outputs int16,", "INT32", ""),
    (window, _tensor(1, data=None), "constants of these types: 1: int16", "computed", ""),
    (window, _tensor(1, shape=(2, 2)), "The window is as long", "[2, 2]", ""),
    (window, _tensor(2, shape=(4, 2)), "shape of the input, of one dimension or more", "[4, 2]", ""),
    (auto_scale, _operator(outputs=(1,)), "1 input and outputs", "1 outputs", ""),
    (auto_scale, _tensor(2, type=INT16), "outputs int16 int32", "INT16", ""),
    (auto_scale, _tensor(2, shape=(1,)), "of one dimension, and of a scalar", "[1]", ""),
    (rfft, _operator(inputs=(0, 0)), "1 input and one output", "2 inputs", ""),
    (rfft, _option("T", 0), "T (7 to 7)", "T 0", ""),
    (rfft, _option("fft_length", None), "fft_length (4 to 32,768)", "missing", ""),
    (rfft, _option("fft_length", 12), "power of two", "12", ""),
    (rfft, _tensor(0, shape=(2, 9)), "the transform's length", "by 8", ""),
    (rfft, _tensor(1, shape=(10,)), "the transform's length", "[2, 6] to [10]", ""),
    (irfft, _tensor(1, shape=(7,)), "the transform's length", "by 8", ""),
    (energy, _option("end_index", 5), "half as many", "1 to 5 of 4", ""),
    (energy, _option("start_index", -1), "start_index (0 to", "-1", ""),
    (energy, _tensor(0, shape=(9,)), "half as many", "[9] to [4]", ""),
    (energy, _tensor(1, type=INT32), "outputs uint32", "INT32", ""),
    (filter_bank, _operator(inputs=(0,)), "6 inputs", "1 inputs", ""),
    (filter_bank, _option("num_channels", 0), "num_channels (1 to", "0", ""),
    (filter_bank, _option("num_channels", 3), "for one more, within", "[4] to [2]", ""),
    (filter_bank, _tensor(5, data=None), "1: int16; 2: int16", "computed", ""),
    (filter_bank, _data(3, 0, 1, 3), "for one more, within", "2 from 3 of 4", ""),
    (filter_bank, _data(4, 0, -1, 2), "for one more, within", "weights from -1", ""),
    (filter_bank, _tensor(6, type=UINT32), "inputs are uint32, outputs uint64", "UINT32", ""),
    (square_root, _tensor(1, shape=(2,)), "is one number", "has 2", ""),
    (square_root, _tensor(0, type=UINT32), "uint64 int32, outputs uint32", "UINT32", ""),
    (square_root, _tensor(2, shape=(5,)), "of equally many channels", "[5]", ""),
    (subtraction, _option("num_channels", 5), "num_channels is the number", "5 of 4", ""),
    (subtraction, _option("smoothing_bits", 32), "smoothing_bits (0 to 31)", "32", ""),
    (subtraction, _tensor(2, type=UINT64), "outputs uint32 uint32", "UINT64", ""),
    (pcan, _option("snr_shift", 64), "snr_shift (0 to 63)", "64", ""),
    (pcan, _tensor(2, shape=(124,), data=bytes(248)), "at least 125", "124", ""),
    (pcan, _tensor(1, shape=(3,)), "at least 125", "has 3", ""),
    (pcan, _tensor(2, data=None), "constants of these types: 2: int16", "computed", ""),
    (pcan, _tensor(0, data=bytes(16)), "inputs are uint32 uint32", "is a constant", ""),
    (pcan, _operator(inputs=(0, 1)), "3 inputs", "2 inputs", ""),
    (log, _option("output_scale", -1), "output_scale (0 to", "-1", ""),
    (log, _tensor(1, type=INT32), "uint32, outputs int16", "INT32", ""),
    (delay, _option("delay_length", 0), "delay_length (1 to", "0", ""),
    (framer, _option("frame_step", 0), "frame_step (1 to", "0", ""),
    (framer, _option("frame_step", 3), "A frame is as long", "5 by 3 of [2, 4]", ""),
    (framer, _tensor(1, shape=(2, 2, 6)), "[..., frames, frame_size]", "[2, 2, 6]", ""),
    (framer, _tensor(2, type=INT16), "outputs int16 bool", "INT16", ""),
    (stacker, _option("stacker_step", 4), "no longer than the stack", "4 of 3", ""),
    (stacker, _option("stacker_left_context", -1), "stacker_left_context (0 to", "-1", ""),
    (stacker, _option("num_channels", 3), "no longer than the stack", "[4] of 3", ""),
    (stacker, _tensor(1, shape=(11,)), "are the stack", "[11]", ""),
    (overlap_add, _option("frame_step", 5), "[..., frames * step]", "by 5", ""),
    (overlap_add, _option("T", 0), "T (7 to 7), frame_step", "T 0", ""),
    (cast, _tensor(1, type=TensorType.INT64), "It is between int8", "INT32 to INT64", ""),
    (add_int32, _tensor(1, type=INT16), "Inputs and output are int32", "INT16 and INT32", ""),
    (add_int32, _operator(options=AddOptions(Activation.RELU, False)), "no fused activation", "RELU", ""),
    (div_int32, _tensor(2, data=bytes(8)), "divisor is a constant", "a 0", ""),
    (div_int32, _tensor(2, data=None), "divisor is a constant", "computed", ""),
]
