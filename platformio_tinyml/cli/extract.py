"""`pio-tinyml extract`: the `.tflite` file that an array in C source is."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..c_arrays import CArray, find_arrays, is_c_source, read_model_array, read_source, split_array
from ..errors import ExitCode, ModelError, UsageError
from ..files import write_bytes
from ..model.naming import printable
from ..tflite.reader import model_extent

EXAMPLE = """\
example:
  pio-tinyml extract src/model.h -o models/sine.tflite
  pio-tinyml extract src/models.h#g_model -o models/sine.tflite
without -o it lists the arrays of bytes in FILE"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `extract`."""
    parser.epilog = EXAMPLE
    parser.add_argument("source", metavar="FILE", type=Path, help="C or C++ source; FILE#NAME where it has several")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, help="the .tflite file to write")


def run(args: argparse.Namespace) -> ExitCode:
    """Write the model, or list what is there."""
    file, array = split_array(args.source)
    if not is_c_source(file):
        raise UsageError(f"{printable(str(file))} is no C or C++ source by its name", "Give model.h or model.cc.")
    if args.output is None:
        for each in find_arrays(read_source(file), file.stem):
            kind = _kind(each)
            print(f"{printable(each.name)}: {len(each.data):,} bytes, line {each.line}, {kind}")
        return ExitCode.OK
    found = read_model_array(file, array)
    _check_whole(found, file)
    write_bytes(args.output, found.data)
    print(f"{printable(str(args.output))}: {len(found.data):,} bytes, the array {printable(found.name)}")
    return ExitCode.OK


def _is_whole(array: CArray) -> bool:
    return model_extent(array.data) is not None


def _kind(array: CArray) -> str:
    if not array.is_model:
        return "no model"
    return "a .tflite file" if _is_whole(array) else "the beginning of a .tflite file, or a damaged one"


def _check_whole(array: CArray, file: Path) -> None:
    """ModelError where the array is not all of a model; another may hold what follows."""
    if _is_whole(array):
        return
    others = [each for each in find_arrays(read_source(file), file.stem) if not each.is_model]
    shown = ", ".join(printable(each.name, 40) for each in others[:3])
    raise ModelError(
        f"the array {printable(array.name, 40)} in {printable(str(file))}, line {array.line}, is damaged, or not "
        f"all of a .tflite file",
        f"Is the rest in {shown}? Write one array of them, in their order." if others else "Get a whole copy of it.",
        code="model-damaged",
    )
