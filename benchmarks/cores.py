"""What one invoke takes on each core: `python benchmarks/cores.py [--write] [NAME...]`, a table in docs/benchmarks.md.

Instructions are exact, those of QEMU_CORES the mean of some runs; cycles are those of simavr on AVR, elsewhere what the
core's timings give without waits for flash (docs/latency.md). Models are those of run.py that have MACs; `NAME` are
stems. With --rivals the table is of what TFLM takes on them in the same run, built from the libraries of rival_of.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPO), str(REPO / "benchmarks"), str(REPO / "scripts")]

from measure_instructions import avr_invoke  # noqa: E402
from qemu_cores import CORES as QEMU_CORES  # noqa: E402
from qemu_cores import count  # noqa: E402
from rival import Rival, rival_of  # noqa: E402
from run import PAGE, models, table, write_between  # noqa: E402

from platformio_tinyml.bench import bench_model  # noqa: E402
from platformio_tinyml.errors import TinymlError  # noqa: E402
from platformio_tinyml.standalone.targets import Target, find_target  # noqa: E402
from platformio_tinyml.timing import Work, find_timing  # noqa: E402
from platformio_tinyml.timing.flash import UNKNOWN  # noqa: E402

BOARDS = {
    "M0": "microbit",
    "M3": "stm32vldiscovery",
    "M4": "netduinoplus2",
    "M7": "mps2_an500",
    "M33": "mps2_an505",
    "RV32IMAC (E31)": "hifive1-revb",
}
"""Core -> the emulated board that it is counted on."""
RIVALS = ("M0", "M3", "M4", "RV32IMAC (E31)")
MARKS = ("<!-- cores: python benchmarks/cores.py --write -->\n", "<!-- end of cores -->")
RIVAL_MARKS = ("<!-- rivals: python benchmarks/cores.py --rivals --write -->\n", "<!-- end of rivals -->")


def cell(path: Path, board: str) -> str:
    """Instructions and cycles of a model at -Os."""
    target = find_target(board)
    work = Work(bench_model(path, target, flash=UNKNOWN).work)
    timing = find_timing((target.board.core,), "fe310" if board == "hifive1-revb" else "", None)
    cycles = timing.without_waits(work) if timing else 0
    return f"{work['instructions']:,} / {cycles:,}"


def avr_cell(path: Path) -> str:
    """The same in simavr, of a model that fits the chip."""
    found = avr_invoke(path, "-Os")
    return f"{found.instructions:,} / {found.cycles:,}" if found else "-"


def rival_table(paths: Sequence[Path]) -> list[str]:
    """By core what TFLM takes of each model, and this project's part of that; `-` where TFLM was not built for it."""
    columns, heads = [], []
    for core in RIVALS:
        target = find_target(BOARDS[core])
        rival = rival_of(target)
        if rival is None:
            sys.exit("name the libraries to compare with: TINYML_TFLM_CMSIS_NN_LIBRARY and TINYML_TFLM_LIBRARY")
        heads.append(f"{core}, {rival.kernels}")
        columns.append([_share(path, target, rival) for path in paths])
    return table(["model", *heads], [[path.stem, *cells] for path, *cells in zip(paths, *columns, strict=True)])


def _share(path: Path, target: Target, rival: Rival) -> str:
    try:
        theirs = rival.cost(path).instructions
    except TinymlError:
        return "-"
    ours = bench_model(path, target, flash=UNKNOWN).instructions
    print(path.stem, target.board.name, file=sys.stderr)
    return f"{theirs:,}, {ours / theirs:.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these models (file names without .tflite)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--rivals", action="store_true", help="the table of what TensorFlow Lite Micro takes")
    args = parser.parse_args(arguments)
    if args.rivals:
        text = "\n".join(rival_table(models(args.names))) + "\n"
        print(text)
        if args.write:
            write_between(PAGE, RIVAL_MARKS, text)
        return 0
    rows = []
    for path in models(args.names):
        counted = (f"{count(core, path):,}" for core in QEMU_CORES.values())
        row = [path.stem, *(cell(path, board) for board in BOARDS.values()), *counted, avr_cell(path)]
        print(path.stem, file=sys.stderr)
        rows.append(row)
    text = "\n".join(table(["model", *BOARDS, *QEMU_CORES, "AVR"], rows)) + "\n"
    print(text)
    if args.write:
        write_between(PAGE, MARKS, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
