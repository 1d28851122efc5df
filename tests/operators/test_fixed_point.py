"""Multipliers and ranges against TFLM's definitions, and the C arithmetic against exact integers."""

from __future__ import annotations

import ctypes
import math
import random
import subprocess
from fractions import Fraction

import pytest
from built_once import RUNTIME

from platformio_tinyml.model import Activation
from platformio_tinyml.program.fixed_point import (
    Multiplier,
    activation_range,
    float32,
    float32_bits,
    quantize_multiplier,
    softmax_multiplier,
)


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def half_away(value: Fraction) -> int:
    return half_up(value) if value >= 0 else -half_up(-value)


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        (0.0, Multiplier(0, 0)),
        (1.0, Multiplier(1 << 30, 1)),
        (0.5, Multiplier(1 << 30, 0)),
        (0.75, Multiplier(3 << 29, 0)),
        (math.nextafter(1.0, 0.0), Multiplier(1 << 30, 1)),
        (2.0**-32, Multiplier(1 << 30, -31)),
        (math.nextafter(2.0**-32, 0.0), Multiplier(1 << 30, -31)),
        (2.0**-33, Multiplier(0, 0)),
        (2.0**40, Multiplier(1 << 30, 41)),
        (5e-324, Multiplier(0, 0)),
    ],
)
def test_quantize_multiplier(real: float, expected: Multiplier) -> None:
    assert quantize_multiplier(real) == expected


def test_quantize_multiplier_is_the_nearest() -> None:
    numbers = random.Random(1)
    for _ in range(2000):
        real = 2.0 ** numbers.uniform(-31, 30)
        found = quantize_multiplier(real)
        assert 1 << 30 <= found.multiplier < 1 << 31
        step = Fraction(2) ** (found.shift - 31)
        assert abs(found.multiplier * step - Fraction(real)) <= step / 2


@pytest.mark.parametrize("real", [-1.0, math.inf, math.nan])
def test_no_multiplier(real: float) -> None:
    with pytest.raises(ValueError, match="multiplier"):
        quantize_multiplier(real)


def test_float32() -> None:
    assert float32(0.1) == 0.10000000149011612
    assert float32(1e300) == math.inf
    assert float32_bits(1.0) == 0x3F800000
    assert float32_bits(-0.0) == -(1 << 31)


@pytest.mark.parametrize(
    ("activation", "scale", "zero_point", "expected"),
    [
        (Activation.NONE, 1.0, 0, (-128, 127)),
        (Activation.RELU, 0.5, -10, (-10, 127)),
        (Activation.RELU6, 0.5, -10, (-10, 2)),
        (Activation.RELU6, 12 / 5, 0, (0, 3)),
        (Activation.RELU6, 1e-3, -128, (-128, 127)),
        (Activation.RELU_N1_TO_1, 2.0, 3, (2, 4)),
        (Activation.RELU_N1_TO_1, 0.001, 0, (-128, 127)),
    ],
)
def test_activation_range(activation: Activation, scale: float, zero_point: int, expected: tuple[int, int]) -> None:
    assert activation_range(activation, float32(scale), zero_point) == expected


@pytest.mark.parametrize(("activation", "scale"), [(Activation.TANH, 1.0), (Activation.RELU6, 1e-9)])
def test_no_activation_range(activation: Activation, scale: float) -> None:
    with pytest.raises(ValueError, match=r"range|fit"):
        activation_range(activation, scale, 0)


def test_softmax_multiplier() -> None:
    multiplier, diff_min = softmax_multiplier(1.0, 1 / 16)
    assert multiplier == Multiplier(1 << 30, 23)
    assert diff_min == -248
    assert softmax_multiplier(1.0, 1e9) == (Multiplier((1 << 31) - 1, 31), 0)
    with pytest.raises(ValueError, match="beta"):
        softmax_multiplier(1.0, 2.0**-26)


@pytest.fixture(scope="module")
def arithmetic(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """tinyml_fixed_point.h as functions."""
    folder = tmp_path_factory.mktemp("arithmetic")
    source, built = folder / "arithmetic.c", folder / "arithmetic.so"
    source.write_text(
        '#include "tinyml.h"\n#include "tinyml_fixed_point.h"\n'
        "int32_t rescale(int32_t v, int32_t m, int32_t s) { return tinyml_rescale(v, m, s); }\n"
        "int32_t output(int32_t v, int32_t o) { return tinyml_output(v, o, -128, 127); }\n"
        "int32_t quantize(float v, float s, int32_t z) { return tinyml_quantize(v, s, z); }\n",
        encoding="utf-8",
    )
    sanitize = ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
    folders = ["-I", RUNTIME / "src", "-I", RUNTIME / "include"]
    subprocess.run(["gcc", "-std=c99", "-O1", "-shared", "-fPIC", *sanitize, *folders, source, "-o", built], check=True)
    return ctypes.CDLL(str(built))


def exact_rescale(value: int, multiplier: int, shift: int) -> int:
    """Two roundings; the shift to the left and the result saturate."""
    shifted = max(-(1 << 31), min((1 << 31) - 1, value << max(shift, 0)))
    product = half_up(Fraction(shifted * multiplier, 1 << 31))
    return half_away(Fraction(product, 1 << max(-shift, 0)))


def test_rescale_is_exact(arithmetic: ctypes.CDLL) -> None:
    numbers = random.Random(2)
    corners = [0, 1, -1, 2, (1 << 30) - 1, 1 << 30, -(1 << 30), (1 << 31) - 1, -(1 << 31)]
    for _ in range(20000):
        value = numbers.choice(
            [numbers.choice(corners), numbers.randint(-(1 << 31), (1 << 31) - 1) >> numbers.randrange(31)]
        )
        multiplier = numbers.choice([0, 1 << 30, (1 << 31) - 1, numbers.randint(1 << 30, (1 << 31) - 1)])
        shift = numbers.randint(-31, 30)
        assert arithmetic.rescale(value, multiplier, shift) == exact_rescale(value, multiplier, shift)


def test_output_saturates(arithmetic: ctypes.CDLL) -> None:
    for value in (-(1 << 31), -129, -128, -1, 0, 1, 127, 128, (1 << 31) - 1):
        for offset in (-128, -1, 0, 127):
            assert arithmetic.output(value, offset) == max(-128, min(127, value + offset))


def test_quantize_rounds_half_away_from_zero(arithmetic: ctypes.CDLL) -> None:
    arithmetic.quantize.argtypes = (ctypes.c_float, ctypes.c_float, ctypes.c_int32)
    numbers = random.Random(3)
    special = [0.0, -0.0, 0.5, -0.5, 1.5, -2.5, 0.49999997, 1e38, -1e38, math.inf, -math.inf, 255.5, -255.5]
    for _ in range(5000):
        value = float32(numbers.choice([numbers.choice(special), numbers.uniform(-300, 300)]))
        scale = float32(numbers.choice([1.0, 0.5, 0.1, 1e-30, 3.0]))
        zero_point = numbers.choice([-128, -5, 0, 127])
        ratio = float32(value / scale)
        steps = half_away(Fraction(ratio)) if math.isfinite(ratio) else int(math.copysign(1e9, ratio))
        assert arithmetic.quantize(value, scale, zero_point) == max(-128, min(127, steps + zero_point))
    assert arithmetic.quantize(math.nan, 1.0, -7) == -7
