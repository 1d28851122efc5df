"""Accepted models compiled for this machine, and run with poison around every tensor.

The arena is planned anew so that no two tensors share a byte and some lie between any two; the address sanitizer
sees a kernel that reads or writes there, which a real plan would give to another tensor.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from built_once import SANITIZERS, sanitized_kernels
from stages import Accepted, render_model

from platformio_tinyml.codegen import kernel_sources, runtime_files
from platformio_tinyml.program import ArenaPlan, Placement

WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Werror")
OPTIONS = ("-g1", "-O1", *SANITIZERS)
GAP = 64
LARGEST_ARENA, MOST_MACS = 1 << 20, 1 << 22
"""Bytes and multiplications of what is run: a changed dimension may ask for hours."""

MAIN = """#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>
{includes}
static unsigned state = 1;
static void fill(void *memory, unsigned bytes) {{
    for (unsigned i = 0; i < bytes; i++) {{
        state = state * 1664525u + 1013904223u;
        ((unsigned char *)memory)[i] = (unsigned char)(state >> 24);
    }}
}}
int main(void) {{
{calls}
    return 0;
}}
"""


def spaced(plan: ArenaPlan) -> ArenaPlan:
    """The same buffers one behind the other with gaps between them."""
    placements, offset = [], GAP
    for place in plan.placements:
        placements.append(Placement(place.buffer, offset))
        offset = -(-(offset + place.buffer.size + GAP) // 16) * 16
    return replace(plan, placements=tuple(placements), size=offset, overlaps=())


def can_be_run(accepted: Accepted) -> bool:
    """Whether a run takes no more than a moment."""
    work = sum(tensor.elements for tensor in accepted.program.model.tensors if not tensor.is_constant)
    return spaced(accepted.plan).size < LARGEST_ARENA and work < MOST_MACS


def run(models: Sequence[Accepted], folder: Path) -> subprocess.CompletedProcess[str]:
    """The result of two invokes of each on random bits; RuntimeError with the compiler's words where it warns."""
    kernels = _kernels(folder)
    objects = []
    for accepted in models:
        plan = spaced(accepted.plan)
        files = render_model(accepted.program, plan)
        for file in files:
            (folder / file.path).write_text(file.text, "utf-8")
        sources = (file.path for file in files if file.path.endswith(".c"))
        objects += [_compile(folder, source, *WARNINGS, *OPTIONS) for source in sources]
    (folder / "main.c").write_text(_main(models), "ascii")
    objects.append(_compile(folder, "main.c", "-std=c99", *OPTIONS))
    program = folder / "program"
    _call("gcc", *OPTIONS, *objects, kernels, "-lm", "-o", program)
    return subprocess.run([program], capture_output=True, text=True, errors="replace", timeout=3000, check=False)


def _main(models: Sequence[Accepted]) -> str:
    includes, calls = [], []
    for accepted in models:
        name = accepted.program.model.name
        includes.append(f'#include "{name}_model.h"\nextern unsigned char {name}_arena[];')
        calls.append(f'    fputs("{name}\\n", stderr);\n' + "".join(_gaps(name, spaced(accepted.plan))))
        calls.append(f"    {name}_init();")
        for _ in range(2):
            for position, index in enumerate(accepted.program.model.inputs):
                size = accepted.program.model.tensors[index].size
                calls.append(f"    fill({name}_input_{position}(), {size}u);")
            calls.append(f"    {name}_invoke();")
        calls.append(f"    {name}_reset();")
    return MAIN.format(includes="\n".join(includes), calls="\n".join(calls))


def _gaps(name: str, plan: ArenaPlan) -> list[str]:
    """Poison on all of the arena, taken off each buffer."""
    lines = [f"    ASAN_POISON_MEMORY_REGION({name}_arena, {plan.size});\n"]
    return lines + [
        f"    ASAN_UNPOISON_MEMORY_REGION({name}_arena + {place.offset}, {place.buffer.size});\n"
        for place in plan.placements
    ]


def _kernels(folder: Path) -> Path:
    """The object of all kernels; their headers go into the folder."""
    for file in runtime_files(kernel_sources()):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, "ascii")
    return sanitized_kernels()


def _compile(folder: Path, source: str, *flags: str) -> Path:
    target = folder / f"{source.removesuffix('.c')}.o"
    _call("gcc", *flags, "-I", folder, "-c", folder / source, "-o", target)
    return target


def _call(*command: str | Path) -> None:
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=3000, check=False)
    if result.returncode or result.stderr:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{result.stderr[:6000]}")
