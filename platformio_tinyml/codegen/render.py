"""Program and plan in, C files and manifest out."""

from __future__ import annotations

from collections.abc import Sequence

from ..manifest import OWN, SHARED, SHARED_ARENA, LeastArena, Simplification
from ..program import ArenaPlan, Placement, Program
from .about import About, about_values
from .calls import Call, call_code, view_headings
from .environment import GeneratedFile, template_text
from .facts import make_manifest
from .params import params_names, params_tables
from .states import resets
from .streams import StreamCode, rows_of, rows_out_of, stream_code
from .tables import tables
from .tensors import Port, offset_of, ports, runs_on_floats


def render(
    program: Program,
    plan: ArenaPlan,
    *,
    source: str,
    macs: Sequence[int],
    portable_weights: bool = False,
    simplification: Simplification | None = None,
    whose: str = OWN,
    about: About | None = None,
    least: LeastArena | None = None,
) -> tuple[GeneratedFile, ...]:
    """The files of one model: header, model, weights with their private header, manifest.

    `source` is what to call the model's file, `macs` has one entry per operator. `portable_weights` avoids long string
    literals, `simplification` tells what the program lacks of the file, `whose` whose arena it runs in
    (manifest.ArenaInfo), `about` which file it is of, and its labels, `least` its arena with other streams. Kernels
    come from `runtime_files`.
    ModelError where the model holds what C text cannot say (an infinite scale).
    """
    manifest = make_manifest(
        program,
        plan,
        source=source,
        macs=macs,
        portable_weights=portable_weights,
        simplification=simplification,
        whose=whose,
        about=about,
        least=least,
    )
    name = program.model.name
    inputs, outputs = ports(program, plan, "input"), ports(program, plan, "output")
    in_rows = program.takes_rows or program.hands_out_rows
    values: dict[str, object] = {
        "name": name,
        "upper": name.upper(),
        "guard": f"TINYML_MODEL_{name.upper()}",
        "source": source,
        "header": manifest.header,
        "operators": manifest.operators,
        "interpreter": False,
        "arena_size": plan.size,
        "whose": whose,
        "arena": SHARED_ARENA if whose == SHARED else f"{name}_arena",
        "plan": plan,
        "placements": sorted(plan.placements, key=lambda place: (place.offset, place.buffer.first_used)),
        "lifetime": lambda place: _lifetime(place, program),
        "keep_input": manifest.arena.keeps_input,
        "inputs": inputs,
        "outputs": outputs,
        "has_bool": "bool" in {port.c_type for port in (*inputs, *outputs)},
        "runs_on_floats": runs_on_floats(inputs, outputs, by_rows=in_rows),
        "rows": rows_of(program),
        "rows_out": rows_out_of(program),
        "copied_in": offset_of(program, plan, program.model.inputs[0]) if program.copied_in else None,
        "copied_out": offset_of(program, plan, program.model.outputs[0]) if program.copied_out else None,
        **about_values(program.model, about),
        "input_type": common_type(inputs),
        "output_type": common_type(outputs),
        "params": params_tables(program),
        "steps": _steps(program, plan),
        "streams": len(program.streams),
        "views": view_headings(program),
        "state_size": program.state_size,
        "resets": resets(program),
        "simplification": simplification,
        "tables": tables(program, portable_weights),
    }
    stem = manifest.header.removesuffix(".h")
    return (
        GeneratedFile(manifest.header, template_text("model.h.j2", **values)),
        GeneratedFile(f"{stem}.c", template_text("model.c.j2", **values)),
        GeneratedFile(f"{name}_weights.h", template_text("weights.h.j2", **values)),
        GeneratedFile(f"{name}_weights.c", template_text("weights.c.j2", **values)),
        GeneratedFile(f"{stem}.json", manifest.to_json()),
    )


def common_type(all_ports: Sequence[Port]) -> str:
    """What `kws_input(i)` points to: the one C type of all, else void."""
    types = {port.c_type for port in all_ports}
    return types.pop() if len(types) == 1 else "void"


def _steps(program: Program, plan: ArenaPlan) -> list[tuple[Call | None, StreamCode | None]]:
    """In execution order, a call or a stream each."""
    streams = {stream.first: number for number, stream in enumerate(program.streams)}
    names = params_names(program)
    return [
        (None, stream_code(program, plan, streams[step.start], names))
        if step.start in streams
        else (call_code(program, plan, step.start, names[program.calls[step.start].params]), None)
        for step in program.steps
    ]


def _lifetime(place: Placement, program: Program) -> str:
    """`in to 3`, `2 to 3`, `4 to out`: the calls between which a buffer is in use."""
    first, last = program.call_times(place.buffer.first_used, place.buffer.last_used)
    return f"{'in' if first < 0 else first} to {'out' if last >= len(program.calls) else last}"
