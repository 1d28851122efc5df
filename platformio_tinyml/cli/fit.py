"""`fit`: which boards a model fits, before there is a firmware or a board."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import ExitCode, UsageError
from ..firmware.boards import Board, bundled_boards, installed_boards
from ..fit import Allowance, Cost, Fit, allowance_of, cost_of, count_work, latency_on, rank, tflm_cost_of
from ..fit.rank import FITS, NO, TIGHT
from ..model.naming import printable
from ..sizes import parse_size
from ..tflite import read_model_file
from ..timing import Work
from ..tool_env import default_core_dir

_EPILOG = """\
Constants are exact, and so is the compiled runtime's arena; that of tflm is a bound. Code is a bound made of measured
kernels and a margin. The rest of the firmware is an allowance, an assumption by platform. So a verdict is an estimate;
only `no` is certain. Exit code 1: no board fits.

example:
  pio-tinyml fit models/kws.tflite
  pio-tinyml fit models/kws.tflite --flash 512K --ram 96K"""

WIDTH = 80
_TITLES = {FITS: "fits", TIGHT: "tight: only in a small firmware", NO: "does not fit, certainly"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `fit`."""
    parser.epilog = _EPILOG
    parser.add_argument("model", metavar="MODEL", type=Path, help="a quantized .tflite file")
    parser.add_argument("--runtime", choices=("compiled", "tflm"), default="compiled", help="default: compiled")
    parser.add_argument("--flash", metavar="SIZE", help="with --ram: judge one board with this much flash")
    parser.add_argument("--ram", metavar="SIZE", help="with --flash: judge one board with this much RAM")
    parser.add_argument(
        "--installed", action="store_true", help="also boards of the platforms installed for PlatformIO"
    )
    parser.add_argument("--firmware-flash", metavar="SIZE", help="flash for the rest of the firmware")
    parser.add_argument("--firmware-ram", metavar="SIZE", help="RAM for the rest of the firmware, and stack")
    parser.add_argument("--latency", action="store_true", help="count instructions in the emulator, estimate the time")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Rank and print."""
    if args.latency and args.runtime != "compiled":
        raise UsageError("--latency counts the compiled runtime only", "leave out --latency or --runtime")
    boards = _boards(args)
    model = read_model_file(args.model)
    cost = cost_of(model) if args.runtime == "compiled" else tflm_cost_of(model, args.model.read_bytes())
    fits = rank(cost, boards, _allowances(args.firmware_flash, args.firmware_ram))
    counted = count_work(args.model, boards) if args.latency else {}
    if args.json:
        sys.stdout.write(json.dumps(as_document(cost, fits, counted), indent=1) + "\n")
    else:
        sys.stdout.write("".join(line.rstrip() + "\n" for line in _text(cost, fits, counted)))
    return ExitCode.OK if any(fit.verdict == FITS for fit in fits) else ExitCode.OVER_BUDGET


def as_document(cost: Cost, fits: Sequence[Fit], counted: Mapping[str, Work]) -> dict[str, object]:
    """The JSON of `--json`: bytes as integers; what is not exact is named an estimate, a bound or an allowance."""
    return {
        "schema": "tinyml-report/1",
        "ok": any(fit.verdict == FITS for fit in fits),
        "model": cost.model,
        "runtime": cost.runtime,
        "flash": {"constants": cost.constants},
        "ram": {"arena_least": cost.arena_least, "exact": _is_exact(cost, fits)},
        "boards": [_row(fit, counted) for fit in fits],
    }


def _row(fit: Fit, counted: Mapping[str, Work]) -> dict[str, object]:
    board, latency = fit.board, latency_on(fit.board, counted)
    return {
        "board": board.name,
        "name": board.title,
        "platform": board.platform or None,
        "mcu": board.mcu or None,
        "core": board.core or None,
        "mhz": board.mhz,
        "source": board.source,
        "verdict": fit.verdict,
        "reasons": list(fit.reasons),
        "flash": {
            "board": board.flash,
            "model_bound": fit.flash_bound,
            "firmware_allowance": fit.allowance.flash,
            "free_estimate": fit.free_flash,
        },
        "ram": {
            "board": board.ram,
            "model_bound": fit.ram_bound,
            "firmware_allowance": fit.allowance.ram,
            "free_estimate": fit.free_ram,
        },
        "latency_estimate": {
            "instructions": latency.instructions,
            "cpi": [round(value, 3) for value in latency.cpi],
            "milliseconds": [round(value, 4) for value in latency.milliseconds],
        }
        if latency
        else None,
    }


def _boards(args: argparse.Namespace) -> tuple[Board, ...]:
    if (args.flash is None) != (args.ram is None):
        raise UsageError("only one of --flash and --ram is given", "give both, or neither")
    if args.flash is not None:
        flash, ram = parse_size(args.flash, None), parse_size(args.ram, None)
        if not flash or not ram:
            raise UsageError("--flash or --ram is 0", "give the sizes of a board")
        return (Board("(given sizes)", "given sizes", "", "", "", None, flash, ram, "the command line"),)
    bundled = tuple(board for board in bundled_boards() if board.platform != "emulated")
    names = {board.name for board in bundled}
    installed = installed_boards(default_core_dir()) if args.installed else iter(())
    return bundled + tuple(board for board in installed if board.name not in names)


def _allowances(flash: str | None, ram: str | None) -> Callable[[str], Allowance]:
    def allowance(platform: str) -> Allowance:
        assumed = allowance_of(platform)
        return Allowance(
            assumed.flash if flash is None else parse_size(flash, None),
            assumed.ram if ram is None else parse_size(ram, None),
        )

    return allowance


def _text(cost: Cost, fits: Sequence[Fit], counted: Mapping[str, Work]) -> Iterator[str]:
    code, arena = _span(fit.flash_bound - cost.constants for fit in fits), _span(fit.ram_bound for fit in fits)
    kind = "exact" if _is_exact(cost, fits) else "a bound, with typical struct sizes"
    yield f"{printable(cost.model, 40)}, {cost.runtime} runtime"
    yield f"  flash  {cost.constants:,} constants, exact; code at most {code} (estimate)"
    yield f"  ram    {arena} arena, {kind}"
    yield from textwrap.wrap(
        "free: an estimate, what is left beside the model and an allowance for the rest of the firmware "
        "(assumed by platform; --firmware-flash and --firmware-ram change it). K = 1,024 bytes.",
        WIDTH,
    )
    if counted:
        yield from textwrap.wrap(
            "ms: an estimate, one invoke at -Os counted in the emulator, by the timings of the core and the waits of "
            "its flash, with their error (docs/latency.md).",
            WIDTH,
        )
    for verdict, title in _TITLES.items():
        rows = [fit for fit in fits if fit.verdict == verdict]
        if rows:
            yield ""
            yield title
            yield from _no_table(rows) if verdict == NO else _table(rows, counted)


def _is_exact(cost: Cost, fits: Sequence[Fit]) -> bool:
    return all(fit.ram_bound == cost.arena_least for fit in fits)


def _span(values: Iterable[int]) -> str:
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _table(fits: Sequence[Fit], counted: Mapping[str, Work]) -> Iterator[str]:
    heads = f"{'flash':>7}{'free':>8}{'ram':>7}{'free':>8}{'ms' if counted else '':>10}"
    yield f"  {'board':<26}{'core':<8}{'MHz':>4}{heads}"
    for fit in fits:
        board, latency = fit.board, latency_on(fit.board, counted)
        time = f"{_short(latency.milliseconds[0])}-{_short(latency.milliseconds[1])}" if latency else ""
        yield (
            f"  {printable(board.name, 25):<26}{_core(board):<8}{board.mhz or '':>4}"
            f"{_kilo(board.flash or 0):>7}{'~' + _kilo(fit.free_flash):>8}"
            f"{_kilo(board.ram or 0):>7}{'~' + _kilo(fit.free_ram):>8}{time:>10}"
        )


def _no_table(fits: Sequence[Fit]) -> Iterator[str]:
    for fit in fits:
        line = f"  {printable(fit.board.name, 25):<26}{'; '.join(fit.reasons)}"
        yield line if len(line) <= WIDTH else line[: WIDTH - 1] + "~"


def _core(board: Board) -> str:
    return printable(board.core.removeprefix("cortex-").removeprefix("xtensa-"), 7) or "?"


def _kilo(size: int) -> str:
    return f"{size / 1024:.1f}K" if abs(size) < 100 * 1024 else f"{size // 1024}K"


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.2g}" if milliseconds < 10 else f"{milliseconds:,.0f}"
