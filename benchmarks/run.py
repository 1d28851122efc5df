"""Bench every model that is at hand on a Cortex-M4, next to TensorFlow Lite Micro: `python benchmarks/run.py [NAME...]`

Prints Markdown tables; with --write puts them into docs/benchmarks.md, and the figures into results.json. With --check
the models at hand are compared with these figures: where one grew by more than GROWTH it fails. Models are those of
../shared/models and of examples/; what is absent is left out. The figures of TensorFlow Lite Micro stand in tflm.json,
with how they were measured. Counts are exact, so a run on any machine with the same compiler gives the same tables.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import CalledProcessError

REPO = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPO), str(REPO / "benchmarks")]

from rival import Cost, rival_of  # noqa: E402

from platformio_tinyml.bench import Bench, bench_model  # noqa: E402
from platformio_tinyml.errors import TinymlError  # noqa: E402
from platformio_tinyml.standalone.targets import find_target  # noqa: E402

BOARD = "netduinoplus2"
LEVELS = ("-Os", "-O2")
PAGE = REPO / "docs" / "benchmarks.md"
RESULTS = REPO / "benchmarks" / "results.json"
GROWTH = 0.01
MARKS = ("<!-- figures: python benchmarks/run.py --write -->\n", "<!-- end of figures -->")

Row = dict[str, Bench]
"""The bench of one model at each optimisation level."""


def models(names: Sequence[str]) -> list[Path]:
    """Model files in the order of tflm.json, then those of the examples; `names` are stems, none means all."""
    known = list(json.loads((REPO / "benchmarks" / "tflm.json").read_text())["models"])
    shared = [REPO.parent / "shared" / "models" / f"{name}.tflite" for name in known]
    found = [path for path in [*shared, *sorted(REPO.glob("examples/**/*.tflite"))] if path.is_file()]
    return [path for path in found if ".pio" not in path.parts and (not names or path.stem in names)]


def measure(paths: Iterable[Path]) -> list[Row]:
    """Bench each model at each level, telling on standard error what that took."""
    rows = []
    for path in paths:
        start = time.monotonic()
        rows.append({level: bench_model(path, find_target(BOARD), level) for level in LEVELS})
        print(f"{path.stem}: {time.monotonic() - start:.1f} s", file=sys.stderr)
    return rows


def render(rows: Sequence[Row], costs: Mapping[str, Cost] | None = None) -> str:
    """The tables, and below them how both sides were measured; with what TFLM took in the same run, by model."""
    tflm = json.loads((REPO / "benchmarks" / "tflm.json").read_text())
    speed, flash, ram = [], [], []
    for row in rows:
        small, fast = (row[level] for level in LEVELS)
        other = tflm["models"].get(small.model, {})
        name = f"{small.model} | {small.macs:,}"
        rivals = [_figure(other, "instructions", rival) for rival in _SPEED_RIVALS]
        per_mac = f"{fast.instructions / fast.macs:.2f}" if fast.macs else "-"
        speed.append([name, f"{small.instructions:,}", f"{fast.instructions:,}", per_mac, *rivals])
        rivals = [_figure(other, "runtime_flash", rival) for rival in _FLASH_RIVALS]
        flash.append(
            [
                small.model,
                f"{_weights(small):,}",
                f"{_runtime(small):,}",
                f"{_runtime(fast):,}",
                f"{small.flash:,}",
                *rivals,
            ]
        )
        rivals = [_figure(other, memory, rival) for memory in ("arena", "stack") for rival in ("reference", "CMSIS-NN")]
        ram.append(
            [
                small.model,
                f"{small.arena.size:,}",
                f"{small.arena.lower_bound:,}",
                f"{small.ram:,}",
                f"{small.stack:,}",
                *rivals,
            ]
        )
    any_row = rows[0][LEVELS[0]]
    return "\n".join(
        [
            "### Instructions of one invoke",
            "",
            *table(
                ["model", "MACs", "-Os", "-O2", "per MAC, -O2", *(f"TFLM {rival}" for rival in _SPEED_RIVALS)], speed
            ),
            "",
            *_in_this_run(rows, costs or {}),
            "### Flash, bytes",
            "",
            *table(
                ["model", "tables", "runtime, -Os", "runtime, -O2", "all, -Os"]
                + [f"TFLM runtime, {rival}" for rival in _FLASH_RIVALS],
                flash,
            ),
            "",
            "### RAM, bytes",
            "",
            *table(
                ["model", "arena", "lower bound", "all RAM", "stack, -Os"]
                + [f"TFLM {memory}, {rival}" for memory in ("arena", "stack") for rival in ("reference", "CMSIS-NN")],
                ram,
            ),
            "",
            f"This project: {any_row.compiler} {' '.join(any_row.flags[:-1])}.",
            "",
            f"TFLM: {tflm['how']}",
            "",
        ]
    )


def _in_this_run(rows: Iterable[Row], costs: Mapping[str, Cost]) -> Iterator[str]:
    """Beside TFLM at -O2 with CMSIS-NN, built by rival.py."""
    lines = []
    for row in rows:
        small = row[LEVELS[0]]
        other = costs.get(small.model)
        if other:
            figures = (small.instructions, other.instructions, small.cycles or 0, other.cycles or 0)
            lines.append([small.model, *(f"{each:,}" for each in figures), f"{figures[2] / max(figures[3], 1):.2f}"])
    if lines:
        yield "### In one run with TFLM and CMSIS-NN"
        yield ""
        head = ["instructions, -Os", "TFLM CMSIS-NN -O2", "cycles, -Os", "TFLM CMSIS-NN -O2", "of its cycles"]
        yield from table(["model", *head], lines)
        yield ""


def against(paths: Iterable[Path]) -> dict[str, Cost]:
    """What TFLM takes, where TINYML_TFLM_CMSIS_NN_LIBRARY names it; models whose operators rival.py has."""
    library = rival_of(find_target(BOARD))
    found = {}
    for path in paths if library else ():
        try:
            found[path.stem] = library.cost(path)
        except (TinymlError, CalledProcessError) as error:
            print(f"{path.stem}: not with TFLM: {error}", file=sys.stderr)
    return found


_SPEED_RIVALS = ("reference -Os", "reference -O2", "CMSIS-NN -Os", "CMSIS-NN -O2")
_FLASH_RIVALS = ("reference -Os", "CMSIS-NN -Os", "CMSIS-NN -O2")


def _figure(model: dict, kind: str, rival: str) -> str:
    return f"{model[kind][rival]:,}" if kind in model else "-"


def _weights(bench: Bench) -> int:
    return sum(owner.flash for owner in bench.owners if owner.owner.startswith("weights:"))


def _runtime(bench: Bench) -> int:
    return bench.flash - _weights(bench)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of Markdown."""
    rule = "| --- |" + " --: |" * (len(head) - 1)
    return [f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]


def write_between(page: Path, marks: tuple[str, str], text: str) -> None:
    """Replace what stands between these lines of the page."""
    before, _, rest = page.read_text("utf-8").partition(marks[0])
    _, mark, after = rest.partition(marks[1])
    if not mark:
        sys.exit(f"{page} has lost its marks: {marks[0]}{marks[1]}")
    page.write_text(f"{before}{marks[0]}\n{text}\n{mark}{after}", "utf-8")


def figures(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """By model and level instructions of an invoke, bytes of flash, and of RAM with the stack."""
    return {
        f"{bench.model} {level}": {
            "instructions": bench.instructions,
            "flash": bench.flash,
            "ram": bench.ram + bench.stack,
        }
        for row in rows
        for level, bench in row.items()
    }


def growth(rows: Iterable[Row]) -> list[str]:
    """What grew by more than GROWTH against results.json, or has no figure there."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    problems = []
    for name, now in figures(rows).items():
        if name not in known:
            problems.append(f"{name}: no figure in {RESULTS.name}; run benchmarks/run.py --write")
            continue
        for kind, value in now.items():
            if value > known[name][kind] * (1 + GROWTH):
                problems.append(f"{name}: {kind} {known[name][kind]:,} -> {value:,}")
    return problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Bench, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these models (file names without .tflite)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--check", action="store_true", help="fail where a figure grew against results.json")
    args = parser.parse_args(arguments)
    paths = models(args.names)
    if not paths:
        print("no model at hand: neither ../shared/models nor examples/ has one", file=sys.stderr)
        return 0
    rows = measure(paths)
    if args.check:
        grown = growth(rows)
        names = ", ".join(path.stem for path in paths)
        print("\n".join(grown) or f"nothing grew by more than {GROWTH:.0%}: {names}")
        return 1 if grown else 0
    tables = render(rows, against(paths))
    print(tables)
    if args.write:
        write_between(PAGE, MARKS, tables)
        known = json.loads(RESULTS.read_text("utf-8")) if args.names and RESULTS.is_file() else {}
        RESULTS.write_text(json.dumps(known | figures(rows), indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
