"""Write docs/zoo.md: the networks of tests/zoo, built for a Cortex-M4 and compared with TensorFlow Lite Micro there.

python scripts/zoo.py docs/zoo.md
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / folder) for folder in ("", "runtime", "targets", "zoo"))]

from target_firmware import BoardFirmware, case_of  # noqa: E402
from zoo import MAKERS, network  # noqa: E402
from zoo_cores import section  # noqa: E402

from platformio_tinyml.errors import ModelError  # noqa: E402
from platformio_tinyml.model import Model  # noqa: E402
from platformio_tinyml.operators import lower_model  # noqa: E402
from platformio_tinyml.schedule import schedule_arena  # noqa: E402
from platformio_tinyml.simplify import simplify  # noqa: E402
from platformio_tinyml.streams import Streams  # noqa: E402

BOARD = "netduinoplus2"
INVOKES = 4
HEAD = f"""\
# The zoo

Networks with random weights, made by `tests/zoo/` and compared with TensorFlow Lite Micro's reference kernels (the
package tflite_micro) over {INVOKES} invokes of random inputs. This page is generated (`python scripts/zoo.py
docs/zoo.md`): each network is built alone for a Cortex-M4 (`{BOARD}`, -Os) and run in the emulator. Instructions are
exact, of one invoke. The arena is beside its bound, the most bytes that live at once with the inputs' memory that the
plan gives to outputs; beside what it would be with all tensors held whole (without streams, arena.md), and with the
input handed in row by row (rows.md; `-` where that cannot be). State is memory of its own. The slow suite runs all
networks on the host, and some on a Cortex-M4, an RV32 and an AVR. Those called 16x8 have int16 activations.
Of a folder of files `python scripts/both_runtimes.py FOLDER` says as much, in both runtimes.

| network | operators | equal | arena, bytes | its bound | held whole | by rows | instructions |
| --- | --- | --- | --: | --: | --: | --: | --: |
"""


@dataclass(frozen=True)
class Row:
    """What is said of a network."""

    name: str
    opcodes: Counter[str]
    equal: str
    arena: int = 0
    bound: int = 0
    whole: int = 0
    by_rows: int = 0
    instructions: int = 0

    def text(self) -> str:
        """A line of the table."""
        kinds = ", ".join(
            f"{count} {opcode}" if count > 1 else opcode for opcode, count in sorted(self.opcodes.items())
        )
        numbers = (
            f"{number:,}" if number else "-"
            for number in (self.arena, self.bound, self.whole, self.by_rows, self.instructions)
        )
        return f"| {self.name} | {sum(self.opcodes.values())}: {kinds} | {self.equal} | {' | '.join(numbers)} |"


def measured(name: str) -> Row:
    """The network built, run and compared."""
    case = case_of(network(name), name, seed=1, invokes=INVOKES)
    opcodes = Counter(operator.opcode for operator in simplify(case.model).model.operators)
    with tempfile.TemporaryDirectory() as folder:
        try:
            firmware = BoardFirmware([case.model], BOARD, Path(folder))
        except ModelError as error:
            return Row(name, opcodes, f"refused: {error.message.splitlines()[-1].strip()}")
        (manifest,) = firmware.manifests
        pairs = zip(case.inputs, case.outputs, strict=True)
        equal = [firmware.invoke(manifest, inputs) == expected for inputs, expected in pairs]
        instructions = firmware.emulator.call(manifest.invoke).instructions
    arena = manifest.arena
    verdict = "yes" if all(equal) else "NO"
    return Row(name, opcodes, verdict, arena.size, arena.planned_bound, *other_arenas(case.model), instructions)


def other_arenas(model: Model) -> tuple[int, int]:
    """With all tensors held whole, and with the input handed in row by row, 0 where that cannot be."""
    program = lower_model(simplify(model).model)
    try:
        by_rows = schedule_arena(program, by_rows=True).plan.size
    except ModelError:
        by_rows = 0
    return schedule_arena(program, streams=Streams.OFF).plan.size, by_rows


def main() -> int:
    """Write the page; 1 where a network is refused or differs."""
    rows = []
    for name in MAKERS:
        rows.append(measured(name))
        print(rows[-1].text(), flush=True)
    whole = sum(row.equal == "yes" for row in rows)
    exact = sum(row.arena == row.bound for row in rows)
    less = sum(row.arena < row.whole for row in rows)
    foot = (
        f"\n{whole} of {len(rows)} are equal; the arenas of {exact} are at their bound, "
        f"those of {less} are smaller than with all tensors held whole.\n"
    )
    page = HEAD + "".join(f"{row.text()}\n" for row in rows) + foot + section()
    Path(sys.argv[1]).write_text(page, encoding="utf-8")
    return 0 if whole == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
