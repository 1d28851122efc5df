"""Many mutants through all stages, some of the accepted ones through a compiler and the sanitizers.

    python tests/fuzz/fuzz.py MUTANTS RUNS [FIRST]

prints how many were damaged, refused and accepted, and keeps what a stage failed on in the working folder.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    TESTS = HERE.parent
    sys.path[:0] = map(str, (TESTS.parent, TESTS, HERE, *(TESTS / name for name in ("runtime", "simplify", "targets"))))

import sanitized  # noqa: E402
from mutants import Seed  # noqa: E402
from seeds import all_seeds  # noqa: E402
from stages import Accepted, examine, scratch_file  # noqa: E402

BATCH = 50
"""Models in one program."""
LONGEST = 30.0
"""Seconds of processor time for one file of a few thousand bytes: what takes longer does not end on any computer."""


@dataclass
class Figures:
    """What became of the mutants; `failures` are (number, what was raised)."""

    ends: Counter[str] = field(default_factory=Counter)
    opcodes: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    failures: list[tuple[int, str]] = field(default_factory=list)


def fuzz(mutants: int, runs: int, first: int = 0, keep: Path | None = None) -> Figures:
    """`mutants` files from number `first` on, the same for a number in every run; `runs` accepted ones are run."""
    seeds = [Seed(data) for data in all_seeds()]
    figures, path = Figures(), scratch_file()
    chosen: list[Accepted] = []
    for number in range(first, first + mutants):
        numbers = random.Random(number)
        seed = numbers.choice(seeds)
        data = seed.mutant(numbers)
        start = time.process_time()
        try:
            outcome = examine(data, f"m{number}", path)
        except Exception:  # whatever it is, it is a finding
            figures.failures.append((number, traceback.format_exc()))
            if keep:
                (keep / f"mutant{number}.tflite").write_bytes(data)
            continue
        if time.process_time() - start > LONGEST:
            figures.failures.append((number, f"{time.process_time() - start:.1f} s"))
        figures.ends[outcome.end] += 1
        if outcome.accepted is None:
            continue
        figures.opcodes.update({operator.opcode for operator in outcome.accepted.program.model.operators})
        is_due = len(chosen) < min(runs, 3 * runs * (number - first + 1) // mutants)
        if is_due and data != seed.data and sanitized.can_be_run(outcome.accepted):
            chosen.append(outcome.accepted)
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            try:
                result = sanitized.run(batch, Path(folder))
            except Exception:
                figures.failures.append((first, traceback.format_exc()))
                continue
            figures.runs += len(batch)
            if result.returncode:
                figures.failures.append((first, result.stderr[-6000:]))
    return figures


def main() -> int:
    """The command above."""
    mutants, runs, *first = map(int, sys.argv[1:])
    figures = fuzz(mutants, runs, *first, keep=Path.cwd())
    for number, text in figures.failures:
        print(f"--- {number}\n{text}")
    print(dict(figures.ends), "run:", figures.runs, "failures:", len(figures.failures))
    print("accepted with:", dict(sorted(figures.opcodes.items())), f"{time.process_time():.0f} s")
    return 1 if figures.failures else 0


if __name__ == "__main__":
    sys.exit(main())
