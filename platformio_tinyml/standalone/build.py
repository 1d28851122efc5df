"""An ELF of generated C alone: no start-up code, no application, and only what the models need of the libraries."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..codegen import make_manifest, render, runtime_files
from ..errors import SetupError
from ..files import write_text
from ..manifest import Manifest
from ..model import Model
from ..operators import lower_model, operator_macs
from ..schedule import schedule_arena
from ..simplify import simplify, summary
from ..streams import Streams
from .targets import Target

_LINKER_SCRIPT = """\
/* More memory than any board has: what does not fit a board is measured all the same. */
MEMORY {
  flash (rx) : ORIGIN = 0x08000000, LENGTH = 64M
  ram (rw) : ORIGIN = 0x20000000, LENGTH = 16M
}
SECTIONS {
  .text : { *(.text .text.* .rodata .rodata.* .srodata .srodata.*) } > flash
  .ARM.extab : { *(.ARM.extab*) } > flash
  .ARM.exidx : { *(.ARM.exidx*) } > flash
  .data : { *(.data .data.* .sdata .sdata.*) } > ram AT > flash
  .bss (NOLOAD) : { *(.bss .bss.* .sbss .sbss.* COMMON) } > ram
}
"""
_FLAGS = ("-std=c99", "-ffunction-sections", "-fdata-sections")
_LINK_FLAGS = ("-nostartfiles", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments")


def write_sources(
    models: Sequence[Model],
    folder: Path,
    *,
    simplified: bool = True,
    streams: Streams = Streams.ON,
    by_rows: bool = False,
    rows_out: bool = False,
) -> tuple[Manifest, ...]:
    """Generate `models`, of different names, into `folder`, with the runtime. Raises ModelError.

    Without `simplified` as they stand in their files; `by_rows`: their input is handed in row by row, `rows_out`: their
    output is taken so.
    """
    manifests = []
    for model in models:
        simple = simplify(model) if simplified else None
        program = lower_model(simple.model if simple else model)
        scheduled = schedule_arena(program, streams=streams, by_rows=by_rows, rows_out=rows_out)
        program, plan = scheduled.program, scheduled.plan
        facts: dict[str, Any] = {
            "source": f"{model.name}.tflite",
            "macs": tuple(operator_macs(program.model, operator) for operator in program.model.operators),
            "simplification": summary(simple) if simple else None,
        }
        manifests.append(make_manifest(program, plan, **facts))
        for file in render(program, plan, **facts):
            write_text(folder / file.path, file.text)
    for file in runtime_files(kernel for manifest in manifests for kernel in manifest.kernels):
        write_text(folder / file.path, file.text)
    return tuple(manifests)


def link_sources(folder: Path, manifests: Sequence[Manifest], target: Target, optimize: str) -> Path:
    """Compile and link all C files of `folder`, keeping what a firmware calls: init, invoke and the tensors' accessors.

    Raises SetupError where the compiler is missing or refuses.
    """
    compiler = shutil.which(target.compiler)
    if compiler is None:
        raise SetupError(
            f"the compiler {target.compiler} for {target.board.name} is not on PATH",
            f"install it (Debian: apt-get install {target.packages})",
        )
    called = [
        function
        for manifest in manifests
        for function in (
            manifest.init,
            manifest.invoke,
            *((manifest.pop_row,) if manifest.output_rows else ()),
            *(tensor.accessor for tensor in manifest.accessible),
        )
    ]
    script, elf = folder / "bench.ld", folder / "bench.elf"
    write_text(script, _LINKER_SCRIPT)
    keep = [f"-Wl,--undefined={function}" for function in called]
    link = [*_LINK_FLAGS, f"-Wl,--entry={called[0]}", *keep, "-T", str(script), "-o", str(elf)]
    machine = [*target.flags, *([f"--specs={target.specs}"] if target.specs else [])]
    run_tool([compiler, *machine, optimize, *_FLAGS, *map(str, sorted(folder.glob("*.c"))), *link])
    return elf


def compiler_version(target: Target) -> str:
    """The compiler's name and version."""
    return f"{target.compiler} {run_tool([target.compiler, '-dumpfullversion']).strip()}"


def run_tool(command: list[str]) -> str:
    """Standard output of a command. Raises SetupError with the end of what it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise SetupError(f"cannot run {command[0]}: {error.strerror}", "check the installed toolchain") from error
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise SetupError(f"{Path(command[0]).name} failed:\n{said}", "check the toolchain, and --optimize")
    return done.stdout
