"""`pio-tinyml cmake`: the folder to include tinyml.cmake from."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import ExitCode

FOLDER = Path(__file__).resolve().parent.parent / "cmake"

_EPILOG = """\
example, in CMakeLists.txt:
  execute_process(COMMAND pio-tinyml cmake OUTPUT_VARIABLE TINYML_CMAKE OUTPUT_STRIP_TRAILING_WHITESPACE)
  include("${TINYML_CMAKE}/tinyml.cmake")"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> ExitCode:
    """Print it."""
    print(FOLDER.as_posix())
    return ExitCode.OK
