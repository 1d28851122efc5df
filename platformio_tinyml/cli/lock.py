"""`pio-tinyml lock`: the int8 file and its lock beside the source, to be committed."""

from __future__ import annotations

import argparse

from ..errors import ExitCode
from ..quantize.convert import write_lock
from .quantize import add_conversion_arguments, environment_of, request_of, say, show

_EPILOG = """\
writes NAME.int8.tflite and NAME.tinyml.lock beside SOURCE. Whoever has both builds without TensorFlow and without the
data; a source, data or option that is no longer what the lock says is an error.

example:
  pio-tinyml lock models/kws.keras --data training/samples.npz"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `lock`."""
    parser.epilog = _EPILOG
    add_conversion_arguments(parser)


def run(args: argparse.Namespace) -> ExitCode:
    """Convert, write both files, print."""
    result = write_lock(
        request_of(args), environment_of(args), say, max_drop=args.max_accuracy_drop, timeout=args.timeout
    )
    show(result, args.json)
    return ExitCode.OK
