"""The worker: one source, its data and options -> one int8 file and a result on standard output.

With --collect it runs a Python file of the user's instead, and keeps what that yields as data for the next worker.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from . import no_int8
from .sandbox import EXAMINATION, confine, ended_after
from .say import Channel, Refusal, forbid_network

_TOLD = 8
_PACKAGES = (
    *("tensorflow", "tf_keras", "keras", "numpy", "tflite_micro"),
    *("onnx2tf", "onnx", "onnxruntime", "litert-torch", "torch"),
)
_CONVERTERS = {"onnx": ("onnx2tf", "onnxruntime"), "pt2": ("litert_torch", "torch")}
"""What a kind of source needs beside TensorFlow; requirements-<kind>.txt has it."""


def main(argv: Sequence[str]) -> int:
    """Convert; 0 with a result or a refusal on the channel."""
    args = _parse(argv)
    folder = Path(tempfile.mkdtemp(prefix="model-"))
    if args.alone:  # the tool would have given it a temporary folder of its own
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
        args.output = folder / "output.tflite"
    lacks = () if args.collect else confine((Path(tempfile.gettempdir()), args.output.parent))
    channel = Channel(args.alone)
    forbid_network()
    try:
        _require_packages(args.kind)
        channel.result(_collect(args) if args.collect else _work(args, channel, folder, lacks))
    except Refusal as refusal:
        channel.refuse(refusal)
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--collect", type=Path)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--kind")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--input-type", default="int8")
    parser.add_argument("--activations", default="int8")
    parser.add_argument("--data")
    parser.add_argument("--collected", type=Path)
    parser.add_argument("--data-range", nargs=2, type=float)
    parser.add_argument("--eval", type=Path)
    parser.add_argument("--alone", action="store_true", help="by hand: the output is not kept")
    parser.add_argument("--runtime", default="tflite_micro")
    parser.add_argument("--allow-unsafe", action="store_true")
    return parser.parse_args(argv)


def _collect(args: argparse.Namespace) -> dict[str, object]:
    from .data import MOST_SAMPLES
    from .python_data import collect, write

    write(collect(args.collect, MOST_SAMPLES), args.output)
    return {}


def _work(args: argparse.Namespace, channel: Channel, folder: Path, lacks: Sequence[str]) -> dict[str, object]:
    # numpy and TensorFlow are imported after it is known that they are there, and which Keras TensorFlow shall use.
    from .accuracy import CALIBRATION_SAMPLES, COMPARING, measure
    from .calibrate import quantize
    from .data import compare_ranges, load_evaluation, load_samples
    from .int8_forms import with_int8_forms
    from .load import choose_keras, open_source
    from .scaling import check_scaling
    from .untrusted import examine, take_copy

    with ended_after(EXAMINATION):
        copy = take_copy(args.source, args.kind, folder)
        examined = examine(copy, args.kind, args.source.name)
    if examined.code and not args.allow_unsafe:
        _refuse_code(args.source.name, examined.code)
    no_int8.refuse(examined.config, args.source.name)
    notes = [note for note in (choose_keras(examined),) if note]
    if lacks:
        notes.append(f"this system does not confine the process that loads the model: {', '.join(lacks)}")
    channel.progress("loading TensorFlow and the model")
    source = args.source if examined.code else copy
    opened = open_source(source, args.kind, args.source.name, bool(examined.code))
    notes += opened.notes
    channel.progress("reading the data")
    samples = load_samples(
        args.data, opened.inputs, tuple(args.data_range) if args.data_range else None, args.collected
    )
    warnings = [*samples.warnings, *check_scaling(examined.config, samples)]
    evaluated, y = load_evaluation(args.eval, opened.inputs) if args.eval else (None, None)
    if evaluated is not None:
        warnings += compare_ranges(samples, evaluated)
    channel.progress("converting to float .tflite")
    float_model = with_int8_forms(opened.to_float([array.shape[1:] for array in samples.arrays]))
    channel.progress("calibrating")
    int8_model = quantize(float_model, samples, args.input_type, args.activations, channel.progress)
    channel.progress(COMPARING)
    accuracy = measure(
        float_model,
        int8_model,
        args.runtime,
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


def _require_packages(kind: str | None) -> None:
    own = _CONVERTERS.get(kind or "", ())
    missing = [name for name in ("tensorflow", "numpy", *own) if find_spec(name) is None]
    if missing:
        raise Refusal(
            "environment",
            f"{sys.executable} has no {' and no '.join(missing)}",
            "Leave out custom_tinyml_python (command line: --python), and it is installed apart; or install it there: "
            f"{_install(kind if own else None)}",
            "environment-tensorflow",
        )


def _install(kind: str | None) -> str:
    """The command that installs what is missing; the converters' own pins are not TensorFlow's."""
    folder = Path(__file__).resolve().parents[1]
    base = f"{sys.executable} -m pip install -r {folder / 'requirements.txt'}"
    if kind == "onnx":
        return f"{base} && {sys.executable} -m pip install --no-deps -r {folder / 'pins-onnx.txt'}"
    return f"{base} torch -r {folder / 'requirements-pt2.txt'}" if kind == "pt2" else base


def _refuse_code(name: str, code: Sequence[str]) -> None:
    raise Refusal(
        "model",
        f"{name} holds what is not known to be harmless: {_some(code)}",
        "Use a layer of Keras instead, or give a SavedModel (model.export('folder')), which holds no code of Python's; "
        "or, if you trust the file, custom_tinyml_allow_unsafe = yes (command line: --allow-unsafe).",
        "model-unsafe",
    )


def _some(found: Sequence[str]) -> str:
    more = len(found) - _TOLD
    return ", ".join(found[:_TOLD]) + (f", and {more} more" if more > 0 else "")


def _versions() -> Iterable[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
