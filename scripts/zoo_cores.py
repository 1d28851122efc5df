"""What streams cost the networks of the zoo on each core: a section of docs/zoo.md (scripts/zoo.py)."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [
    str(TESTS),
    *(str(TESTS / name) for name in ("runtime", "targets", "zoo")),
]  # before this folder, which has a zoo too

from target_firmware import BoardFirmware  # noqa: E402
from tflm_oracle import random_inputs  # noqa: E402
from zoo import MAKERS, network  # noqa: E402

from platformio_tinyml.model import Model  # noqa: E402
from platformio_tinyml.operators import lower_model  # noqa: E402
from platformio_tinyml.schedule import schedule_arena  # noqa: E402
from platformio_tinyml.simplify import simplify  # noqa: E402
from platformio_tinyml.streams import Streams  # noqa: E402
from platformio_tinyml.tflite import read_model  # noqa: E402

BOARDS = {
    "microbit": "M0",
    "stm32vldiscovery": "M3",
    "netduinoplus2": "M4",
    "mps2_an505": "M33",
    "hifive1-revb": "RV32",
}
AT_ONCE = 4
"""Networks in one firmware: small boards have room for their arenas."""
HEAD = f"""\

## Streams, core by core

Of the networks of which some operators run row by row by default: bytes of arena with all tensors held whole and with
streams, and how many more instructions one invoke takes with them, on each core that is emulated (-Os;
{", ".join(BOARDS)}). Outputs are compared too: with and without streams they are equal
on each core. All other networks have no streams, and the same code with `custom_tinyml_streams = off`.

| network | whole | streams | {" | ".join(BOARDS.values())} |
| --- | --: | --: |{" --: |" * len(BOARDS)}
"""


@dataclass(frozen=True)
class Cost:
    """Of a network on a core: arena without and with streams, instructions likewise, and whether outputs are equal."""

    arenas: tuple[int, int]
    instructions: tuple[int, int]
    is_equal: bool

    @property
    def percent(self) -> float:
        """More instructions with streams."""
        whole, streamed = self.instructions
        return 100 * (streamed - whole) / whole


def streamed() -> list[Model]:
    """The networks that have streams by default."""
    models = [read_model(network(name), name) for name in MAKERS]
    return [model for model in models if schedule_arena(lower_model(simplify(model).model)).program.streams]


def costs(models: Sequence[Model], board: str) -> Iterator[Cost]:
    """Of each model on the board."""
    for at in range(0, len(models), AT_ONCE):
        some = models[at : at + AT_ONCE]
        inputs = [tuple(value.tobytes() for value in random_inputs(model, np.random.default_rng(at))) for model in some]
        found = []
        for streams in (Streams.OFF, Streams.ON):
            with tempfile.TemporaryDirectory() as folder:
                firmware = BoardFirmware(some, board, Path(folder), streams=streams)
            runs = []
            for manifest, given in zip(firmware.manifests, inputs, strict=True):
                outputs = firmware.invoke(manifest, given)
                runs.append((manifest.arena.size, firmware.emulator.call(manifest.invoke).instructions, outputs))
            found.append(runs)
        for whole, with_streams in zip(*found, strict=True):
            sizes, counts, outputs = zip(whole, with_streams, strict=True)
            yield Cost(sizes, counts, outputs[0] == outputs[1])


def section() -> str:
    """The table, and what stands out in it. SystemExit where outputs differ or an arena is larger with streams."""
    models = streamed()
    columns = {}
    for board in BOARDS:
        columns[board] = list(costs(models, board))
        print(board, *(f"{each.percent:+.1f}" for each in columns[board]), flush=True)
    rows, above = "", []
    for model, *found in zip(models, *columns.values(), strict=True):
        if not all(each.is_equal and each.arenas[1] <= each.arenas[0] for each in found):
            raise SystemExit(f"{model.name}: {found}")
        percents = " | ".join(f"{each.percent:+.1f}%" for each in found)
        rows += f"| {model.name} | {found[0].arenas[0]:,} | {found[0].arenas[1]:,} | {percents} |\n"
        above += [model.name] if max(each.percent for each in found) > 3 else []
    return f"{HEAD}{rows}\nMore than 3% on some core: {', '.join(above) or 'none'}.\n"


if __name__ == "__main__":
    print(section())
