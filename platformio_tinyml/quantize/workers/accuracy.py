"""How far the int8 form is from the float form, and from the truth where that is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .data import Samples
from .runners import QUANTIZED, LiteRuntime, Runner, int8_runner
from .say import Refusal

CALIBRATION_SAMPLES = 200
"""Of the calibration data, where there is no evaluation data."""
OPERATOR_SAMPLES = 20
COMPARING = "comparing float and int8"
"""The stage; quantize/convert.py knows it, as TensorFlow Lite Micro dies of some models then."""
_DECISION = 0.5

Progress = Callable[[str, int, int], None]


def measure(
    float_model: bytes,
    int8_model: bytes,
    runtime: str,
    samples: Samples,
    y: np.ndarray | None,
    data: str,
    progress: Progress,
) -> dict[str, object]:
    """The fields of `Accuracy` (quantize/result.py), and `sqnr_db` by tensor name in place of the operators.

    `runtime` runs the int8 form if it can: tflite_micro or litert.
    """
    float_runner, int8 = LiteRuntime(float_model), int8_runner(int8_model, runtime)
    expected, got = [], []
    for index in range(len(samples)):
        values = [array[index] for array in samples.arrays]
        expected.append(float_runner.run(values))
        got.append(int8.run(values))
        progress(f"{COMPARING}, sample", index + 1, len(samples))
    float_outputs = [np.concatenate(column) for column in zip(*expected, strict=True)]
    int8_outputs = [np.concatenate(column) for column in zip(*got, strict=True)]
    same_shape = len(samples.arrays) == 1 and samples.arrays[0].shape[2:] == float_outputs[0].shape[1:]
    x = samples.arrays[0].reshape(float_outputs[0].shape) if same_shape else None
    return {
        "data": data,
        "samples": len(samples),
        "runtime": int8.name,
        **metric(float_outputs[0], int8_outputs[0], x, y),
        **_differences(float_outputs, int8_outputs),
        "sqnr_db": operator_errors(float_model, int8_model, runtime, samples.thinned(OPERATOR_SAMPLES)),
    }


def metric(
    expected: np.ndarray, got: np.ndarray, x: np.ndarray | None, y: np.ndarray | None
) -> dict[str, str | float | None]:
    """The metric that suits outputs (N, ...), inputs `x` if they have the outputs' shape, and truth `y` if known.

    Refusal where `y` is no truth about such outputs.
    """
    count = len(expected)
    expected, got = expected.reshape(count, -1), got.reshape(count, -1)
    labels = None if y is None else _labels(y, expected.shape[1])
    if labels is not None:
        right, now = (float((_classes(values) == labels).mean()) for values in (expected, got))
        return {"metric": "top-1", "float_value": right, "int8_value": now, "drop": right - now}
    truth = y if y is not None else x
    if truth is not None and truth.size == expected.size:
        return _errors(expected, got, np.asarray(truth, np.float64).reshape(count, -1))
    if y is not None:
        raise Refusal(
            "usage",
            f"y of shape {list(y.shape)} is neither class numbers below {max(expected.shape[1], 2)} nor one-hot rows "
            f"nor values like the outputs, {expected.shape[1]} a sample",
            "Give y in one of these forms.",
            "data-labels",
        )
    if expected.shape[1] > 1:
        agreement = float((_classes(expected) == _classes(got)).mean())
        return {"metric": "agreement", "float_value": None, "int8_value": agreement, "drop": 1 - agreement}
    error = _relative(expected, got)
    return {"metric": "output-error", "float_value": None, "int8_value": error, "drop": error}


def sqnr_db(signal: np.ndarray, noisy: np.ndarray) -> float | None:
    """10 log10 of signal power over noise power; None without noise."""
    noise = float(np.square(signal.astype(np.float64) - noisy).sum())
    power = float(np.square(signal.astype(np.float64)).sum())
    return None if noise == 0 else 10 * math.log10(max(power, 1e-300) / noise)


def operator_errors(float_model: bytes, int8_model: bytes, runtime: str, samples: Samples) -> dict[str, float | None]:
    """SQNR by name of the tensors that both forms compute; each with its own errors and those that came before it."""
    float_runner, int8 = LiteRuntime(float_model, keep=True), int8_runner(int8_model, runtime, keep=True)
    by_name = {detail["name"]: detail for detail in float_runner.tensors if detail["dtype"] is np.float32}
    pairs = [
        (by_name[detail["name"]], detail)
        for detail in int8.tensors
        if detail["name"] in by_name
        and detail["dtype"] in QUANTIZED
        and len(detail["quantization_parameters"]["scales"]) == 1
    ]
    seen: dict[str, tuple[list[np.ndarray], list[np.ndarray]]] = {}
    for index in range(len(samples)):
        values = [array[index] for array in samples.arrays]
        float_runner.run(values)
        int8.run(values)
        for expected, got in pairs:
            _collect(float_runner, expected, int8, got, seen)
    return {name: sqnr_db(np.concatenate(signal), np.concatenate(noisy)) for name, (signal, noisy) in seen.items()}


def _collect(float_runner: LiteRuntime, expected: Any, int8: Runner, got: Any, seen: dict[str, Any]) -> None:
    try:
        signal, noisy = float_runner.tensor(expected).ravel(), int8.tensor(got).ravel()
    except KeyError:
        return
    if signal.size == noisy.size:
        signals, noisies = seen.setdefault(got["name"], ([], []))
        signals.append(signal)
        noisies.append(noisy)


def _labels(y: np.ndarray, classes: int) -> np.ndarray | None:
    """(N,) of class numbers, where `y` holds such or one-hot rows; None where it holds other values."""
    y = np.asarray(y)
    if y.dtype.kind not in "fiub":
        return None
    y = y.reshape(len(y), -1)
    whole = y.dtype.kind in "iub" or bool((y == np.floor(y)).all())
    limit = max(classes, 2)
    if y.shape[1] == 1 and y.dtype.kind in "iub" and y.min() >= 0 and y.max() < limit:
        return y[:, 0].astype(np.int64)
    if classes > 1 and y.shape[1] == classes and whole and (y.sum(axis=1) == 1).all() and set(np.unique(y)) <= {0, 1}:
        return np.asarray(y.argmax(axis=1))
    return None


def _classes(values: np.ndarray) -> np.ndarray:
    """The largest output; of a single one, whether it is above one half."""
    return np.asarray(values[:, 0] > _DECISION if values.shape[1] == 1 else values.argmax(axis=1)).astype(np.int64)


def _errors(expected: np.ndarray, got: np.ndarray, truth: np.ndarray) -> dict[str, str | float | None]:
    before, now = (float(np.square(values - truth).mean()) for values in (expected, got))
    drop = (now - before) / before if before else (0.0 if now == before else math.inf)
    return {
        "metric": "mse",
        "float_value": before,
        "int8_value": now,
        "drop": min(drop, 1e9),
        "float_mae": float(np.abs(expected - truth).mean()),
        "int8_mae": float(np.abs(got - truth).mean()),
    }


def _relative(expected: np.ndarray, got: np.ndarray) -> float:
    """RMS of the difference over RMS of what is expected; 1e9 where that is nothing."""
    size = float(np.sqrt(np.square(expected.astype(np.float64)).mean()))
    error = float(np.sqrt(np.square(expected.astype(np.float64) - got).mean()))
    return min(error / size, 1e9) if size else (1e9 if error else 0.0)


def _differences(expected: list[np.ndarray], got: list[np.ndarray]) -> dict[str, float]:
    """Over all outputs."""
    flat, now = (np.concatenate([output.ravel() for output in outputs]) for outputs in (expected, got))
    return {"output_error": _relative(flat, now), "largest_error": float(np.abs(flat - now).max())}
