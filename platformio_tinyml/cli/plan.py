"""`pio-tinyml plan`: where every activation lies in the arena, as a drawing or JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..arena import draw
from ..errors import ExitCode
from ..model import Operator
from ..model.naming import printable
from ..operators import lower_model
from ..program import ArenaPlan, Placement, Program, Stream
from ..schedule import Scheduled, schedule_arena
from ..simplify import simplify
from ..tflite import read_model_file
from ..tflite.metadata import read_offline_plan
from ..tflm.kernel_sets import Kernels
from ..tflm.refused import refuse
from ..tflm.static_plan import StaticPlan, static_plan
from .audit import add_tflm_arguments, struct_sizes
from .rows import add_rows_arguments, rows_of

EXAMPLE = """examples:
  pio-tinyml plan models/kws.tflite
  pio-tinyml plan models/kws.tflite --runtime tflm --kernels cmsis-nn"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = EXAMPLE
    parser.add_argument("model", metavar="MODEL", type=Path, help="an int8 .tflite file")
    parser.add_argument("--name", metavar="N", help="what the C code calls the model (default: from the file's name)")
    parser.add_argument("--keep-input", action="store_true", help="inputs survive invoke: their memory is not reused")
    parser.add_argument("--no-simplify", action="store_true", help="compiled: take the model as it stands in the file")
    add_rows_arguments(parser)
    parser.add_argument("--runtime", choices=("compiled", "tflm"), default="compiled", help="whose arena")
    add_tflm_arguments(parser)
    parser.add_argument("--json", action="store_true", help="figures and placements as JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Read, lower, plan, print."""
    if args.runtime == "tflm":
        return _run_tflm(args)
    model = read_model_file(args.model, args.name)
    program = lower_model(model if args.no_simplify else simplify(model).model)
    found = schedule_arena(program, keep_input=args.keep_input, **rows_of(args))
    if args.json:
        print(json.dumps(_report(found, str(args.model)), indent=2))
    else:
        print(f"{_summary(found)}\n\n{draw(found.program, found.plan)}", end="")
    return ExitCode.OK


def _run_tflm(args: argparse.Namespace) -> ExitCode:
    """The interpreter's arena, bounded without running it."""
    model = read_model_file(args.model, args.name)
    refuse(model)
    sizes, method = struct_sizes(args.tflm_structs, bits=32)
    kernels = args.kernels or Kernels.REFERENCE
    plan = static_plan(model, sizes, kernels, read_offline_plan(args.model.read_bytes()))
    if args.json:
        arena = {
            "size": plan.size,
            "method": method,
            "kernels": kernels.value,
            "head": plan.head,
            "tail": plan.tail,
            "scratch": plan.scratch,
            "parts": dict(plan.parts),
        }
        report = {"schema": "tinyml-report/1", "ok": True, "name": model.name, "source": str(args.model)}
        print(json.dumps({**report, "arena": arena}, indent=2))
    else:
        print(f"{printable(model.name)}: {_tflm_summary(plan, method, kernels)}")
    return ExitCode.OK


def _tflm_summary(plan: StaticPlan, method: str, kernels: Kernels) -> str:
    lines = [
        f"arena {plan.size:,} bytes ({method}; tflm, {kernels.value} kernels)",
        f"head {plan.head:,}: activations and scratch, of that {plan.scratch:,} scratch in one operator at most",
        f"tail {plan.tail:,}: " + ", ".join(f"{part} {size:,}" for part, size in plan.parts),
    ]
    other = plan.size - plan.head - plan.tail
    if other >= 16:
        lines.append(f"{other:,} more while AllocateTensors plans")
    return "\n".join(lines)


def _summary(scheduled: Scheduled) -> str:
    program, plan, least = scheduled.program, scheduled.plan, scheduled.least
    calls = len(program.calls)
    lines = [
        f"{printable(program.model.name)}: arena {plan.size:,} bytes, {len(plan.placements)} buffers, {calls} calls",
        f"without writing over dying inputs {plan.lower_bound:,}, with that at least {plan.planned_bound:,}",
        f"placed by {plan.planner}",
        f"outputs that share bytes with a dying input: {len(plan.overlaps)}",
    ]
    if calls:
        operator = _peak_operator(program, plan)
        lines.append(f"peak: operator {operator.index}, {printable(operator.opcode)}")
    if program.streams:
        lines.append(f"row by row, which saves {scheduled.whole - plan.size:,} bytes, for {_percent(scheduled.price)}:")
        lines += [f"  {_stream_line(program, stream)}" for stream in program.streams]
    for direction, rows in (("input", program.copied_in), ("output", program.copied_out)):
        if rows:
            lines.append(f"the {direction} is held whole, and its {rows} rows copied: that takes the fewest bytes")
    if least:
        saved = f"{plan.size - least.plan.size:,} bytes less, for {_percent(least.price - scheduled.price)}"
        lines.append(f"with --streams least {least.plan.size:,} bytes: {saved}")
    return "\n".join(lines)


def _percent(price: float) -> str:
    return f"about {price:.1f}% more instructions"


def _stream_line(program: Program, stream: Stream) -> str:
    first, last = (program.calls[call].source.index for call in (stream.first, stream.last))
    moving = [window for window in stream.windows if window.rows < window.total]
    rows = ", ".join(str(window.rows) for window in moving)
    held = f"; {len(moving)} tensors keep {rows} rows" if moving else ""
    return f"operators {first} to {last}{held}"


def _peak_operator(program: Program, plan: ArenaPlan) -> Operator:
    return program.calls[program.steps[plan.peak].start].source


def _report(scheduled: Scheduled, source: str) -> dict[str, object]:
    program, plan, least = scheduled.program, scheduled.plan, scheduled.least
    return {
        "schema": "tinyml-report/1",
        "ok": True,
        "name": program.model.name,
        "source": source,
        "arena": {
            "size": plan.size,
            "lower_bound": plan.lower_bound,
            "planned_bound": plan.planned_bound,
            "alignment": plan.alignment,
            "method": "planned",
            "planner": plan.planner,
            "keep_input": plan.keep_input,
            "calls": len(program.calls),
            "without_streams": scheduled.whole,
            "with_least_streams": least.plan.size if least else None,
            "streams": [_stream(program, stream) for stream in program.streams],
            "peak": _peak(program, plan),
            "placements": [_placement(program, plan, place) for place in plan.placements],
        },
    }


def _peak(program: Program, plan: ArenaPlan) -> dict[str, object] | None:
    if not program.calls:
        return None
    operator = _peak_operator(program, plan)
    name = program.model.operator_name(operator)
    return {"call": program.steps[plan.peak].start, "operator": operator.index, "opcode": operator.opcode, "name": name}


def _stream(program: Program, stream: Stream) -> dict[str, object]:
    """`windows` are its tensors, of `height` rows each, of which `rows` are held."""
    windows = [{"tensor": w.tensor, "height": w.height, "rows": w.rows, "row": w.row} for w in stream.windows]
    return {"first": stream.first, "last": stream.last, "steps": len(stream.order), "windows": windows}


def _placement(program: Program, plan: ArenaPlan, place: Placement) -> dict[str, object]:
    """`tensor` is null for scratch; `shares_with` are the tensors of buffers that share bytes while both are live."""
    buffer = place.buffer
    first, last = program.call_times(buffer.first_used, buffer.last_used)
    owners = [
        (program.storage(overlap.input)[0], program.storage(overlap.output)[0], overlap.reason)
        for overlap in plan.overlaps
    ]
    shares = {source: reason for source, target, reason in owners if target == buffer.tensor}
    shares.update({target: reason for source, target, reason in owners if source == buffer.tensor})
    return {
        "tensor": buffer.tensor,
        "name": buffer.name,
        "offset": place.offset,
        "size": buffer.size,
        "alignment": buffer.alignment,
        "first_used": first,
        "last_used": last,
        "shares_with": [{"tensor": tensor, "reason": reason} for tensor, reason in sorted(shares.items())],
    }
