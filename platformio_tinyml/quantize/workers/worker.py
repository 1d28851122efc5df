"""The worker: one source, its data and options -> one int8 file and a result on standard output."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from .say import Channel, Refusal, forbid_network

_PACKAGES = ("tensorflow", "tf_keras", "keras", "numpy", "tflite_micro")


def main(argv: Sequence[str]) -> int:
    """Convert; 0 with a result or a refusal on the channel."""
    args = _parse(argv)
    channel = Channel()
    forbid_network()
    try:
        channel.result(_work(args, channel))
    except Refusal as refusal:
        channel.refuse(refusal)
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--kind", required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--input-type", default="int8")
    parser.add_argument("--data", required=True)
    parser.add_argument("--data-range", nargs=2, type=float)
    parser.add_argument("--eval", type=Path)
    parser.add_argument("--allow-unsafe", action="store_true")
    return parser.parse_args(argv)


def _work(args: argparse.Namespace, channel: Channel) -> dict[str, object]:
    _require_packages()
    # numpy and TensorFlow are imported after it is known that they are there, and which Keras TensorFlow shall use.
    from .accuracy import CALIBRATION_SAMPLES, measure
    from .calibrate import quantize
    from .data import compare_ranges, load_evaluation, load_samples
    from .load import choose_keras, open_source
    from .scaling import check_scaling
    from .untrusted import examine

    examined = examine(args.source, args.kind)
    if examined.code and not args.allow_unsafe:
        _refuse_code(args.source.name, examined.code)
    notes = [note for note in (choose_keras(examined),) if note]
    channel.progress("loading TensorFlow and the model")
    opened = open_source(args.source, args.kind, args.allow_unsafe)
    channel.progress("reading the data")
    samples = load_samples(args.data, opened.inputs, tuple(args.data_range) if args.data_range else None)
    warnings = [*samples.warnings, *check_scaling(examined.config, samples)]
    evaluated, y = load_evaluation(args.eval, opened.inputs) if args.eval else (None, None)
    if evaluated is not None:
        warnings += compare_ranges(samples, evaluated)
    channel.progress("converting to float .tflite")
    float_model = opened.to_float([array.shape[1:] for array in samples.arrays])
    int8_model = quantize(float_model, samples, args.input_type, channel.progress)
    accuracy = measure(
        float_model,
        int8_model,
        evaluated or samples.thinned(CALIBRATION_SAMPLES),
        y,
        "evaluation" if evaluated else "calibration",
        channel.progress,
    )
    args.output.write_bytes(int8_model)
    return {
        "calibration": {"method": samples.method, "samples": len(samples), "low": samples.low, "high": samples.high},
        "accuracy": accuracy,
        "float_size": len(float_model),
        "notes": notes,
        "warnings": warnings,
        "versions": {"python": platform.python_version(), **dict(_versions())},
    }


def _require_packages() -> None:
    missing = [name for name in ("tensorflow", "numpy") if find_spec(name) is None]
    if missing:
        raise Refusal(
            "environment",
            f"{sys.executable} has no {' and no '.join(missing)}",
            "Leave out --python (custom_tinyml_python) to let it be installed apart, or install it there: "
            f"{sys.executable} -m pip install -r {Path(__file__).resolve().parents[1] / 'requirements.txt'}",
            "environment-tensorflow",
        )


def _refuse_code(name: str, code: Sequence[str]) -> None:
    raise Refusal(
        "model",
        f"{name} holds code that loading it would run: {', '.join(dict.fromkeys(code))}",
        "Use a layer of Keras instead, or, if you trust the file, --allow-unsafe (custom_tinyml_allow_unsafe = yes).",
        "model-unsafe",
    )


def _versions() -> Iterable[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
