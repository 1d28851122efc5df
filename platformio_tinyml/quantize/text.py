"""The result of a conversion for people; and how they write a limit."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from ..model.naming import printable
from .result import Accuracy, Result
from .source import NAMES

LARGE_DROP = 0.01
"""From here on the text lists the operators that lose most."""
_LISTED = 5
_RUNTIMES = {
    "tflite_micro": "run by TensorFlow Lite Micro's reference kernels, with which the build compares the device's",
    "litert": "run by LiteRT, whose roundings differ a little from the device's",
}


def parse_drop(text: str) -> float:
    """`0.02`, `2%` and `2 percent` -> 0.02. For argparse."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*(%|percent)?\s*", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{printable(text, 40)!r} is no drop: write 0.02 or 2 percent")
    return float(match[1]) / (100 if match[2] else 1)


def as_text(result: Result) -> str:
    """A few lines, newline at the end."""
    name, kind = printable(Path(result.output).name), NAMES[result.kind]
    lines = [f"{name}: {result.size:,} bytes, from {article(kind)}{_was(result)}"]
    calibration = result.calibration
    if calibration.method == "representative":
        lines.append(f"  calibrated with {calibration.samples:,} samples, {calibration.low:g} to {calibration.high:g}")
    elif calibration.method == "random":
        lines.append("  NOT CALIBRATED: random data; sizes and speed are right, what it computes is not")
    if result.accuracy:
        lines += _accuracy(result.accuracy)
    lines += [f"  note: {printable(note)}" for note in result.notes]
    lines += [f"  warning: {printable(warning)}" for warning in result.warnings]
    return "\n".join(lines) + "\n"


def article(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _was(result: Result) -> str:
    return (
        "" if result.float_size is None else f" ({result.float_size:,} before quantization), in {result.seconds:.1f} s"
    )


def _accuracy(accuracy: Accuracy) -> list[str]:
    return [
        f"  {describe(accuracy)}",
        f"  outputs differ by {accuracy.output_error:.2%} (RMS), at most by {accuracy.largest_error:.4g}",
        f"  {_RUNTIMES[accuracy.runtime]}",
        *(_operators(accuracy) if accuracy.drop >= LARGE_DROP else []),
    ]


def describe(accuracy: Accuracy) -> str:
    """One line: the metric for float and int8."""
    where = f"{accuracy.samples:,} samples of the {accuracy.data} data"
    if accuracy.metric == "top-1":
        return f"top-1 {accuracy.int8_value:.2%} (float {accuracy.float_value:.2%}) on {where}"
    if accuracy.metric == "mse":
        return (
            f"MSE {accuracy.int8_value:.6g} (float {accuracy.float_value:.6g}, {accuracy.drop:+.2%}), "
            f"MAE {accuracy.int8_mae:.6g} (float {accuracy.float_mae:.6g}) on {where}"
        )
    if accuracy.metric == "agreement":
        return f"same class as float in {accuracy.int8_value:.2%} of {where}"
    return f"output error {accuracy.drop:.2%} on {where}"


def _operators(accuracy: Accuracy) -> list[str]:
    worst = [operator for operator in accuracy.operators if operator.sqnr_db is not None][:_LISTED]
    return ["  operators that lose most, signal to noise in dB:"] + [
        f"    {operator.sqnr_db:6.1f}  {operator.index:>3} {operator.opcode}  {printable(operator.name, 60)}"
        for operator in worst
    ]
