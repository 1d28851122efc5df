"""`footprint`: flash and RAM of any ELF, by owner, section and symbol."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..errors import ExitCode, UsageError
from ..firmware.boards import find_board
from ..formats.listing import as_document, as_text
from ..formats.text import as_failures
from ..judgement.checks import judge
from ..judgement.owners import owners_of, tables_of, with_states
from ..judgement.room import within_regions
from ..manifest import read_manifest
from ..measured.limits import Budgets, Sizes
from ..sizes import parse_size

_EPILOG = """\
example:
  pio-tinyml footprint firmware.elf --board netduinoplus2"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `footprint`."""
    parser.epilog = _EPILOG
    parser.add_argument("elf", type=Path, metavar="ELF", help="a linked ELF of any machine")
    parser.add_argument("--board", metavar="B", help="limits and memories of a board of the built-in list")
    parser.add_argument("--flash", metavar="SIZE", help="flash of the board, to compare with")
    parser.add_argument("--ram", metavar="SIZE", help="RAM of the board, to compare with")
    parser.add_argument("--mcu", default="", help="selects the chip's memories (stm32f405rgt6)")
    parser.add_argument("--map", type=Path, metavar="FILE", help="the map of the link: tells whose each byte is")
    parser.add_argument("--manifest", type=Path, action="append", default=[], help="NAME_model.json of `generate`")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Measure and print; over a limit is exit code 1."""
    if args.board and (args.flash or args.ram):
        raise UsageError("--board and --flash or --ram are both given", "give the board, or its sizes")
    board = find_board(args.board) if args.board else None
    if board:
        limits = Sizes(board.flash, board.ram)
    else:
        flash, ram = (parse_size(text, None) if text else None for text in (args.flash, args.ram))
        limits = Sizes(flash, ram)
    manifests = tuple(read_manifest(path) for path in args.manifest)

    from ..firmware.linked import measure_linked  # pyelftools takes 60 ms to import

    mcu = args.mcu or (board.mcu if board else "")
    footprint = measure_linked(args.elf, mcu, owners_of(manifests), args.map, tables_of(manifests))
    footprint = with_states(footprint, manifests)
    limits = within_regions(limits, footprint)
    checks = judge(footprint, manifests, limits, Budgets())
    if args.json:
        sys.stdout.write(json.dumps(as_document(footprint, limits, checks), indent=1) + "\n")
    else:
        sys.stdout.write(as_text(footprint, limits))
    sys.stdout.flush()
    sys.stderr.write(as_failures(checks))
    return ExitCode.OK if all(check.ok for check in checks) else ExitCode.OVER_BUDGET
