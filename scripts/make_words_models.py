"""Make the models of examples/words, and its table of a sine: a front end of signal operators, and what it feeds.

    PYTHONPATH=tests python scripts/make_words_models.py

The front end is arithmetic alone; the words are told by a layer that is fitted here, with numpy, to features of
synthetic sounds that tflite_micro computes. The same sounds are made by examples/words/src/sounds.c.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
from flatbuffers import flexbuffers
from model_builder import Builder, per_tensor
from tflite_micro.python.tflite_micro import runtime

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Padding,
    ReshapeOptions,
    SoftmaxOptions,
    TensorType,
)

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "words"
WORDS = ("silence", "rise", "fall", "hold")
RATE, FRAME, HOP, FRAMES, CHANNELS, LENGTH = 16000, 480, 320, 49, 40, 512
INT8, INT16, INT32 = TensorType.INT8, TensorType.INT16, TensorType.INT32
UINT32, UINT64 = TensorType.UINT32, TensorType.UINT64
FILTERS, EACH = 8, 60
ONE = 4096
"""Of the windows and weights: 12 fractional bits."""


def sine() -> np.ndarray:
    """256 steps of 15 bits."""
    return np.round(32767 * np.sin(2 * np.pi * np.arange(256) / 256)).astype(np.int64)


def sound(word: str, seed: int) -> np.ndarray:
    """A second: a tone of the word's, somewhat higher or louder by the seed, in noise. As sounds.c has it."""
    count = FRAME + (FRAMES - 1) * HOP
    seeds = np.empty(count, np.uint64)
    value = seed
    for i in range(count):
        value = (value * 1664525 + 1013904223) % (1 << 32)
        seeds[i] = value
    noise = ((seeds >> np.uint64(20)) & np.uint64(0xFF)).astype(np.int64) - 128
    first = (400 + 40 * (seed % 11)) * ((1 << 32) // RATE)
    change = {"silence": 0, "rise": 1, "fall": -1, "hold": 0}[word] * ((1500 * ((1 << 32) // RATE)) // count)
    start = first + (1500 * ((1 << 32) // RATE) if word == "fall" else 0)
    steps = start + change * np.arange(count, dtype=np.int64)
    phases = np.cumsum(steps) % (1 << 32)
    loudness = 0 if word == "silence" else 40 + 8 * (seed % 7)
    return ((sine()[phases >> 24] * loudness >> 8) + noise).astype(np.int16)


def mel(hertz: float) -> float:
    """The pitch scale of the filter bank."""
    return 1127 * math.log(1 + hertz / 700)


def filter_bank() -> tuple[int, int, list[np.ndarray]]:
    """First and last bin, and the tables of SignalFilterBank: stretches of falling and rising weights."""
    edges = np.linspace(mel(125), mel(7500), CHANNELS + 2)
    pitches = np.array([mel(bin_ * RATE / LENGTH) for bin_ in range(LENGTH // 2 + 1)])
    weights, starts, firsts, widths = [], [], [], []
    for low, high in itertools.pairwise(edges):
        bins = np.flatnonzero((pitches >= low) & (pitches < high))
        starts.append(int(bins[0]) if len(bins) else 0)
        firsts.append(len(weights))
        widths.append(len(bins))
        weights += [round(ONE * (high - pitches[bin_]) / (high - low)) for bin_ in bins]
    first, last = min(s for s, w in zip(starts, widths, strict=True) if w), starts[-1] + widths[-1]
    tables = (weights, [ONE - weight for weight in weights], starts, firsts, widths)
    return first, last, [np.array(table, np.int16) for table in tables]


def front_end() -> bytes:
    """480 samples to 40 channels."""
    builder = Builder()

    def constant(name: str, values: np.ndarray, kind: TensorType = INT16) -> int:
        return builder.tensor(name, values.shape, kind, data=values)

    def custom(code: str, inputs: list[int], outputs: list[int], **options: int | bool) -> None:
        data = bytes(flexbuffers.Dumps(options))
        builder.operator("CUSTOM", inputs, outputs, custom_code=code, custom_options=data)

    samples = builder.tensor("samples", (FRAME,), INT16)
    hann = np.round(ONE * (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(FRAME) + 0.5) / FRAME))).astype(np.int16)
    windowed, scaled = (builder.tensor(name, (FRAME,), INT16) for name in ("windowed", "scaled"))
    bits = builder.tensor("scale_bits", (), INT32)
    spectrum = builder.tensor("spectrum", (LENGTH + 2,), INT16)
    energy = builder.tensor("energy", (LENGTH // 2 + 1,), UINT32)
    sums = builder.tensor("sums", (CHANNELS,), UINT64)
    roots, clean, noise = (builder.tensor(name, (CHANNELS,), UINT32) for name in ("roots", "clean", "noise"))
    logs = builder.tensor("logs", (CHANNELS,), INT16)
    first, last, tables = filter_bank()
    custom("SignalWindow", [samples, constant("hann", hann)], [windowed], shift=12)
    custom("SignalFftAutoScale", [windowed], [scaled, bits])
    custom("SignalRfft", [scaled], [spectrum], T=INT16.code, fft_length=LENGTH)
    custom("SignalEnergy", [spectrum], [energy], start_index=first, end_index=last)
    given = [constant(f"bank{number}", table) for number, table in enumerate(tables)]
    custom("SignalFilterBank", [energy, *given], [sums], num_channels=CHANNELS)
    custom("SignalFilterBankSquareRoot", [sums, bits], [roots])
    smooth, alternate = round(0.025 * 16384), round(0.06 * 16384)
    custom(
        "SignalFilterBankSpectralSubtraction",
        [roots],
        [clean, noise],
        smoothing=smooth,
        one_minus_smoothing=16384 - smooth,
        alternate_smoothing=alternate,
        alternate_one_minus_smoothing=16384 - alternate,
        clamping=False,
        num_channels=CHANNELS,
        min_signal_remaining=round(0.05 * 16384),
        smoothing_bits=10,
        spectral_subtraction_bits=14,
    )
    custom("SignalFilterBankLog", [clean], [logs], input_correction_bits=3, output_scale=64)
    last_ = builder.tensor("wide", (CHANNELS,), INT32)
    builder.operator("CAST", [logs], [last_])
    none, arithmetic = AddOptions(Activation.NONE, False), ArithmeticOptions(Activation.NONE)
    for opcode, value, options in (
        ("MUL", 256, arithmetic),
        ("DIV", 666, arithmetic),
        ("ADD", -128, none),
        ("MINIMUM", 127, None),
        ("MAXIMUM", -128, None),
    ):
        result = builder.tensor(opcode.lower(), (CHANNELS,), INT32)
        builder.operator(opcode, [last_, constant(f"{opcode} by", np.array(value, np.int32), INT32)], [result], options)
        last_ = result
    channels = builder.tensor("channels", (CHANNELS,), INT8, quantization=per_tensor(1 / 10, -128))
    builder.operator("CAST", [last_], [channels])
    return builder.build([samples], [channels], description="An audio front end.")


def words(filters: np.ndarray, dense: np.ndarray | None = None, bias: np.ndarray | None = None) -> bytes:
    """49 frames of 40 channels to one score a word; without `dense` to what its layer is given."""
    builder = Builder()
    source = builder.tensor("features", (1, FRAMES * CHANNELS), INT8, quantization=per_tensor(1 / 10, -128))
    image = builder.tensor("image", (1, FRAMES, CHANNELS, 1), INT8, quantization=per_tensor(1 / 10, -128))
    shape = builder.tensor("shape", (4,), INT32, data=np.array([1, FRAMES, CHANNELS, 1], np.int32))
    builder.operator("RESHAPE", [source, shape], [image], ReshapeOptions((1, FRAMES, CHANNELS, 1)))
    filter_ = builder.tensor("filters", filters.shape, INT8, quantization=per_tensor(1 / 500), data=filters)
    zeros = builder.tensor(
        "no bias", (FILTERS,), INT32, quantization=per_tensor(1 / 5000), data=np.zeros(FILTERS, np.int32)
    )
    maps = builder.tensor("maps", (1, 25, 20, FILTERS), INT8, quantization=per_tensor(1 / 2, -128))
    options = DepthwiseConv2DOptions(Padding.SAME, 2, 2, 1, 1, FILTERS, Activation.RELU)
    builder.operator("DEPTHWISE_CONV_2D", [image, filter_, zeros], [maps], options)
    if dense is None or bias is None:
        return builder.build([source], [maps])
    weights = builder.tensor("dense", dense.shape, INT8, quantization=per_tensor(1 / 2000), data=dense)
    biases = builder.tensor("bias", bias.shape, INT32, quantization=per_tensor(1 / 4000), data=bias)
    logits = builder.tensor("logits", (1, len(WORDS)), INT8, quantization=per_tensor(1 / 8))
    scores = builder.tensor("scores", (1, len(WORDS)), INT8, quantization=per_tensor(1 / 256, -128))
    flat = builder.tensor("flat", (1, 25 * 20 * FILTERS), INT8, quantization=per_tensor(1 / 2, -128))
    size = builder.tensor("flat shape", (2,), INT32, data=np.array([1, 25 * 20 * FILTERS], np.int32))
    builder.operator("RESHAPE", [maps, size], [flat], ReshapeOptions((1, 25 * 20 * FILTERS)))
    builder.operator(
        "FULLY_CONNECTED", [flat, weights, biases], [logits], FullyConnectedOptions(Activation.NONE, 0, False)
    )
    builder.operator("SOFTMAX", [logits], [scores], SoftmaxOptions(1.0))
    return builder.build([source], [scores], description="Four words of one second.")


def run(model: bytes, values: list[np.ndarray]) -> list[np.ndarray]:
    """The outputs of one invoke after another, of a model just begun."""
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=1 << 20)
    found = []
    for value in values:
        interpreter.set_input(value, 0)
        interpreter.invoke()
        found.append(interpreter.get_output(0).copy())
    return found


def features(model: bytes, samples: np.ndarray) -> np.ndarray:
    """Of one sound."""
    return np.concatenate(run(model, [samples[at * HOP : at * HOP + FRAME] for at in range(FRAMES)]))[np.newaxis]


def fitted(maps: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias, as integers, that give each sound's word 4 and the others -4, by ridge regression."""
    x = (maps.reshape(len(maps), -1).astype(np.float64) + 128) / 2
    mean = x.mean(0)
    y = np.where(labels[:, np.newaxis] == np.arange(len(WORDS)), 4.0, -4.0)
    centred = x - mean
    dual = np.linalg.solve(centred @ centred.T + 1e4 * np.eye(len(x)), y - y.mean(0))
    weights = centred.T @ dual
    bias = y.mean(0) - mean @ weights
    dense = np.clip(np.round(weights.T * 2000), -127, 127).astype(np.int8)
    return dense, np.round(bias * 4000).astype(np.int32)


def main() -> None:
    """Fit, write, and say how many of other sounds are told right."""
    rng = np.random.default_rng(1)
    front = front_end()
    filters = rng.integers(-60, 100, (1, 10, 8, FILTERS)).astype(np.int8)
    seen = [(word, features(front, sound(name, seed))) for word, name in enumerate(WORDS) for seed in range(EACH)]
    labels = np.array([word for word, _ in seen])
    maps = np.concatenate(run(words(filters), [each for _, each in seen]))
    model = words(filters, *fitted(maps, labels))
    others = [
        (word, features(front, sound(name, 1000 + seed))) for word, name in enumerate(WORDS) for seed in range(10)
    ]
    scores = run(model, [each for _, each in others])
    right = sum(int(score.argmax()) == word for score, (word, _) in zip(scores, others, strict=True))
    print(f"{right} of {len(others)} right")
    (EXAMPLE / "models").mkdir(parents=True, exist_ok=True)
    (EXAMPLE / "models" / "front_end.tflite").write_bytes(front)
    (EXAMPLE / "models" / "words.tflite").write_bytes(model)
    rows = [", ".join(map(str, sine()[at : at + 16])) for at in range(0, 256, 16)]
    table = ",\n".join(f"    {row}" for row in rows)
    (EXAMPLE / "src" / "sine_table.h").write_text(
        "/* Written by scripts/make_words_models.py: a sine in 256 steps. */\n"
        "#ifndef SINE_TABLE_H\n#define SINE_TABLE_H\n\n#include <stdint.h>\n\n"
        f"static const int16_t sine_table[256] = {{\n{table}}};\n\n#endif\n"
    )


if __name__ == "__main__":
    main()
