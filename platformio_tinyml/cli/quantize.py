"""`pio-tinyml quantize`: a trained model -> an int8 .tflite file, and how much accuracy that costs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..errors import ExitCode
from ..progress import is_last, is_progress
from ..quantize.convert import convert
from ..quantize.environment import ConversionEnvironment
from ..quantize.request import ACTIVATIONS, INPUT_TYPES, Request
from ..quantize.result import Result, as_document
from ..quantize.text import as_text, parse_drop
from ..tool_env import default_core_dir

_EPILOG = """\
SOURCE is a TensorFlow SavedModel folder, or a .keras, .h5, .onnx, .pt2 or float .tflite file; an int8 .tflite passes.
DATA is an .npz, .npy, .csv or .py file, a folder of images or WAV files, or the word random. See docs/quantize.md.

example:
  pio-tinyml quantize models/kws.keras --data training/samples.npz --eval training/test.npz -o kws.int8.tflite"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `quantize`."""
    parser.epilog = _EPILOG
    add_conversion_arguments(parser)
    parser.add_argument("-o", "--output", metavar="OUT.tflite", type=Path, required=True, help="the file to write")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write the JSON of --json here too")


def add_conversion_arguments(parser: argparse.ArgumentParser) -> None:
    """What `quantize` and `lock` have in common."""
    parser.add_argument("source", metavar="SOURCE", type=Path, help="the trained model")
    parser.add_argument("--data", metavar="DATA", help="samples like those the device will see, or `random`")
    parser.add_argument("--eval", metavar="E.npz", type=Path, help="x and y of a test set, to measure the accuracy")
    parser.add_argument(
        "--max-accuracy-drop", metavar="X", type=parse_drop, help="fail above this: 0.02 or `2 percent`; of the metric"
    )
    parser.add_argument(
        "--input-type", choices=INPUT_TYPES, default="int8", help="type of the model's inputs and outputs"
    )
    parser.add_argument(
        "--activations", choices=ACTIVATIONS, default="int8", help="int16 is exacter, slower, and twice the arena"
    )
    parser.add_argument(
        "--data-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="what the extremes of pixels (default 0 1) or sound (default -1 1) are to the model",
    )
    parser.add_argument("--allow-unsafe", action="store_true", help="load models that contain code, and run it")
    parser.add_argument("--python", metavar="P", help="an interpreter that has TensorFlow, instead of our own set")
    parser.add_argument("--core-dir", metavar="DIR", type=Path, help="PlatformIO's core directory")
    parser.add_argument("--timeout", metavar="S", type=float, default=1800, help="seconds allowed (default: 1800)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def request_of(args: argparse.Namespace) -> Request:
    """The part of the arguments that decides the result."""
    return Request(
        source=args.source,
        data=args.data,
        evaluation=args.eval,
        input_type=args.input_type,
        activations=args.activations,
        data_range=tuple(args.data_range) if args.data_range else None,
        allow_unsafe=args.allow_unsafe,
    )


def environment_of(args: argparse.Namespace) -> ConversionEnvironment:
    """Who converts."""
    return ConversionEnvironment(args.core_dir or default_core_dir(), args.python)


def say(line: str) -> None:
    """Progress, beside the result; in a terminal, how far it is stays in one line, which the next overwrites."""
    if sys.stderr.isatty():
        line += "\x1b[K\r" if is_progress(line) and not is_last(line) else "\x1b[K\n"
    else:
        line += "\n"
    sys.stderr.write(line)
    sys.stderr.flush()


def show(result: Result, as_json: bool) -> None:
    """The result, for people or programs."""
    sys.stdout.write(json.dumps(as_document(result), indent=2) + "\n" if as_json else as_text(result))


def run(args: argparse.Namespace) -> ExitCode:
    """Convert, write, print."""
    result = convert(
        request_of(args),
        args.output,
        environment_of(args),
        say,
        report=args.report,
        max_drop=args.max_accuracy_drop,
        timeout=args.timeout,
    )
    show(result, args.json)
    return ExitCode.OK
