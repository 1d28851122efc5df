"""`bench`: build a model alone for a board, run it on an emulated core, and count."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from ..bench import Bench, bench_model
from ..errors import ExitCode
from ..model.naming import printable
from ..standalone.targets import find_target
from .rows import add_rows_arguments, rows_of

_EPILOG = """\
example:
  pio-tinyml bench models/kws.tflite --board netduinoplus2 --optimize -O2

Boards: netduinoplus2 (Cortex-M4F), stm32vldiscovery (Cortex-M3), microbit (Cortex-M0), mps2_an500 (Cortex-M7),
mps2_an505 (Cortex-M33), hifive1-revb (RV32IMAC). Instructions are exact counts of one invoke, cycles what the core's
timings give for them, with the board's flash at its clock (docs/latency.md). Flash and RAM are all that the model costs
a firmware; the stack comes on top."""


LONGEST_NAME = 48
"""Characters of an operator's name in the table; the JSON has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `bench`."""
    parser.epilog = _EPILOG
    parser.add_argument("model", metavar="MODEL", type=Path, help="a quantized .tflite file")
    parser.add_argument("--board", metavar="B", required=True, help="a board with an emulated core")
    parser.add_argument(
        # `--optimize -O2` reaches argparse as an option without a value and then -O with the value 2.
        *("-O", "--optimize"),
        metavar="LEVEL",
        nargs="?",
        default="-Os",
        const="-Os",
        type=_level,
        help="default: -Os",
    )
    add_rows_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _level(text: str) -> str:
    """`-O2` of `-O2`, `O2` and `2`."""
    level = text.removeprefix("-").removeprefix("O")
    if level not in ("0", "1", "2", "3", "s"):
        raise argparse.ArgumentTypeError(f"{text!r} is not one of -O0, -O1, -O2, -O3, -Os")
    return f"-O{level}"


def run(args: argparse.Namespace) -> ExitCode:
    """Build, run, print. A model that does not fit the board is measured all the same: exit code 1."""
    bench = bench_model(args.model, find_target(args.board), args.optimize, **rows_of(args))
    sys.stdout.write(json.dumps(as_document(bench), indent=1) + "\n" if args.json else as_text(bench))
    return ExitCode.OK if bench.fits else ExitCode.OVER_BUDGET


def as_document(bench: Bench) -> dict[str, object]:
    """The JSON of `--json`: bytes and counts as integers."""
    return {
        "schema": "tinyml-report/1",
        "ok": bench.fits,
        **asdict(bench),
        "instructions_per_mac": round(bench.instructions / bench.macs, 3) if bench.macs else None,
    }


def as_text(bench: Bench) -> str:
    """The same for people, an operator a line."""
    per_mac = f"{bench.instructions / bench.macs:.2f} per MAC" if bench.macs else "no MACs"
    lines = [
        f"{bench.model} on {bench.board} ({bench.compiler} {' '.join(bench.flags)})",
        f"  instructions  {bench.instructions:>13,}  {per_mac}, {bench.macs:,} MACs",
        *([f"  cycles        {bench.cycles:>13,}  by the timings of the core"] if bench.cycles is not None else []),
        f"  flash         {bench.flash:>13,}  {_of(bench.flash_limit)}",
        f"  ram           {bench.ram:>13,}  {_of(bench.ram_limit)}, "
        f"arena {bench.arena.size:,} ({bench.arena.method}, without reuse {bench.arena.lower_bound:,})",
        f"  stack         {bench.stack:>13,}  of init and invoke, beside ram",
        f"  {'owner':<24} {'flash':>10} {'ram':>10}",
    ]
    lines += [f"  {owner.owner:<24} {owner.flash:>10,} {owner.ram:>10,}" for owner in bench.owners]
    lines.append(f"  {'operator':<24} {'MACs':>12} {'instructions':>14} {'per MAC':>8} {'cycles':>12}  name")
    for operator in bench.operators:
        ratio = f"{operator.instructions / operator.macs:8.2f}" if operator.macs else " " * 8
        cycles = f"{operator.cycles:12,}" if operator.cycles is not None else " " * 12
        heading = f"{operator.index} {operator.opcode}"
        name = printable(operator.name)[:LONGEST_NAME]
        lines.append(f"  {heading:<24} {operator.macs:>12,} {operator.instructions:>14,} {ratio} {cycles}  {name}")
    if not bench.fits:
        lines.append(f"does not fit {bench.board}: flash {bench.flash:,}, ram {bench.ram:,} with stack {bench.stack:,}")
    return "\n".join(lines) + "\n"


def _of(limit: int | None) -> str:
    return "no limit" if limit is None else f"of {limit:,}"
