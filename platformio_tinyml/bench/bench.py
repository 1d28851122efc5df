"""bench_model: what a model costs on a board: instructions, flash, RAM, stack."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..emulate import Emulator
from ..emulate.flash_reads import add_flash_reads
from ..emulate.invoke import invoke
from ..emulate.linked_model import work_of_calls
from ..errors import SetupError
from ..firmware.elf import read_image
from ..firmware.footprint import OwnerSize
from ..firmware.measure import measure
from ..firmware.memory import memory_of
from ..manifest import ArenaInfo, Manifest
from ..model import Model
from ..standalone.build import compiler_version, link_sources, write_sources
from ..standalone.targets import Target
from ..streams import Streams
from ..tflite import read_model_file
from ..timing import Timing, find_timing
from ..timing.classes import Work
from ..timing.flash import Flash


@dataclass(frozen=True, slots=True)
class OperatorCost:
    """One kernel call: exact instructions from its entry to its return, and cycles as of Bench. `name` is that of
    the operator in the model."""

    index: int
    opcode: str
    name: str
    macs: int
    instructions: int
    cycles: int | None


@dataclass(frozen=True, slots=True)
class Bench:
    """Bytes and exact instructions of one invoke; `work` is them by class.

    `cycles` are what the core's timings give with the board's flash at its clock, None without (docs/latency.md).
    `flash` and `ram` are all that the model costs a firmware: tables, generated code, kernels, what they pull in of
    libgcc and libc, arena. `stack` is the deepest of init and invoke, and not part of `ram`. `owners` sum to them.
    """

    model: str
    board: str
    compiler: str
    flags: tuple[str, ...]
    instructions: int
    cycles: int | None
    work: dict[str, int]
    init_instructions: int
    flash: int
    flash_limit: int | None
    ram: int
    ram_limit: int | None
    stack: int
    fits: bool
    arena: ArenaInfo
    macs: int
    operators: tuple[OperatorCost, ...]
    owners: tuple[OwnerSize, ...]


def bench_model(
    path: Path,
    target: Target,
    optimize: str = "-Os",
    *,
    streams: Streams = Streams.ON,
    by_rows: bool = False,
    rows_out: bool = False,
    flash: Flash | None = None,
) -> Bench:
    """Build the model at `path` for `target` with the compiler's `optimize` level, and run it once.

    `by_rows`: its input is handed in row by row, `rows_out`: its output is taken so. Reads of `flash` are
    counted, that of the board where there is none.

    Raises ModelError for a model that is refused, SetupError where the compiler or the emulator is missing or fails.
    """
    model = read_model_file(path)
    with tempfile.TemporaryDirectory(prefix="tinyml-bench-") as name:
        folder = Path(name)
        (manifest,) = write_sources([model], folder, streams=streams, by_rows=by_rows, rows_out=rows_out)
        image = read_image(link_sources(folder, [manifest], target, optimize))
    board = target.board
    timing = find_timing((board.core,), board.mcu, board.mhz and board.mhz * 1_000_000)
    emulator = Emulator(image)
    inputs = inputs_of(manifest)
    init = emulator.call(manifest.init)
    call = invoke(emulator, manifest, inputs, watch={function for _, _, function, _ in manifest.calls})
    if init.result or call.result:
        raise SetupError(f"{path} did not run: status {init.result} and {call.result}", "report this defect")
    works = work_of_calls(manifest, call)
    if works is None:
        ran = ", ".join(watched.function for watched in call.watched)
        raise SetupError(f"invoke called {ran}, not the model's kernels", "report this defect")
    if timing:
        add_flash_reads(call.work, works, image, manifest, inputs, flash or timing.counted_with)
    footprint = measure(image, memory_of(image), manifest.symbols)
    stack = max(init.stack, call.stack)
    return Bench(
        model=manifest.name,
        board=board.name,
        compiler=compiler_version(target),
        flags=(*target.flags, optimize),
        instructions=call.instructions,
        cycles=timing.cycles(call.work) if timing else None,
        work={name: count for name, count in call.work.items() if count},
        init_instructions=init.instructions,
        flash=footprint.flash,
        flash_limit=board.flash,
        ram=footprint.ram,
        ram_limit=board.ram,
        stack=stack,
        fits=(board.flash is None or footprint.flash <= board.flash)
        and (board.ram is None or footprint.ram + stack <= board.ram),
        arena=manifest.arena,
        macs=manifest.macs,
        operators=_operator_costs(model, manifest, works, timing),
        owners=footprint.owners(),
    )


def inputs_of(manifest: Manifest) -> tuple[bytes, ...]:
    """Fixed pseudo-random bytes for integers; zeros for floats."""
    return tuple(
        bytes(each.bytes) if each.type.startswith("FLOAT") else hashlib.shake_128(b"input").digest(each.bytes)
        for each in manifest.inputs
    )


def _operator_costs(
    model: Model, manifest: Manifest, works: Sequence[Work], timing: Timing | None
) -> tuple[OperatorCost, ...]:
    return tuple(
        OperatorCost(
            index,
            opcode,
            model.operator_name(model.operators[index]),
            macs,
            work["instructions"],
            timing.cycles(work) if timing else None,
        )
        for (index, opcode, _, macs), work in zip(manifest.calls, works, strict=True)
    )
