"""The manifest of a program: what later stages must know of the generated C."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence

from ..manifest import (
    OWN,
    SHARED,
    SHARED_ARENA,
    SHARED_OWNER,
    USER,
    ArenaInfo,
    CallInfo,
    LeastArena,
    Manifest,
    Peak,
    PlacedBuffer,
    Simplification,
    TableInfo,
    TensorInfo,
    invoke_of,
)
from ..model.naming import header_name
from ..program import ArenaPlan, ConstantRef, KernelCall, Placement, Program, TensorRef
from .about import About
from .params import params_names
from .streamed import stream_infos
from .streams import object_of, rows_of, rows_out_of
from .tables import Table, tables
from .tensors import Port, inline_names, ports


def make_manifest(
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
) -> Manifest:
    """The manifest of what `render` writes with the same arguments; `macs` has one entry per operator of the model."""
    name = program.model.name
    macs_of = dict(zip((operator.index for operator in program.model.operators), macs, strict=True))
    header = header_name(name)
    arrays = tables(program, portable_weights)
    sizes = {table.constant.name: table.size for table in arrays}
    return Manifest(
        name=name,
        source=source,
        runtime="compiled",
        operators=len(program.model.operators),
        macs=sum(macs),
        header=header,
        sources=(header.removesuffix(".h") + ".c", f"{name}_weights.c"),
        kernels=_kernels(program),
        weights=sum(table.size for table in arrays),
        largest_constant=max((table.size for table in arrays), default=0),
        arena=ArenaInfo(
            size=plan.size,
            lower_bound=plan.lower_bound,
            planned_bound=plan.planned_bound,
            alignment=plan.alignment,
            method="planned",
            peak=_peak(program, plan),
            placements=tuple(placed for placement in plan.placements for placed in _placed(program, placement)),
            keeps_input=plan.keep_input and whose != SHARED and not (program.takes_rows or program.hands_out_rows),
            whose=whose,
            with_least_streams=least,
        ),
        init=init_of(name, whose),
        invoke=invoke_of(name, by_rows=program.takes_rows, rows_out=program.hands_out_rows),
        input_rows=rows.height if (rows := rows_of(program)) else None,
        output_rows=rows.height if (rows := rows_out_of(program)) else None,
        inputs=tuple(tensor_info(name, port) for port in ports(program, plan, "input")),
        outputs=tuple(tensor_info(name, port) for port in ports(program, plan, "output")),
        symbols={**_symbols(program, plan, arrays, whose), **label_symbols(name, about)},
        calls=tuple(
            (call.source.index, call.source.kind, call.function, macs_of[call.source.index]) for call in program.calls
        ),
        call_infos=tuple(_call_info(program, call, sizes) for call in program.calls),
        streams=stream_infos(program, plan),
        simplification=simplification,
        state=program.state_size,
        tables=tuple(table_info(table.name, table.constant.data) for table in arrays),
    )


def table_info(symbol: str, data: bytes) -> TableInfo:
    """What the array `symbol` is to hold; behind it a string's NUL may follow."""
    return TableInfo(symbol, len(data), f"{zlib.crc32(data):08x}")


def arena_symbol(name: str, whose: str) -> dict[str, str]:
    """The symbol of a model's arena with its owner; of an application's only the pointer to it is the model's."""
    own = {f"{name}_arena": "tinyml" if whose == USER else f"arena:{name}"}
    return {SHARED_ARENA: SHARED_OWNER} if whose == SHARED else own


def label_symbols(name: str, about: About | None) -> dict[str, str]:
    """The symbols of labels with their owners."""
    if not about or not about.labels:
        return {}
    strings = [f"{name.upper()}_LABELS", *(f"{name}_label_{index}" for index in range(len(about.labels)))]
    return {f"{name}_label": "tinyml"} | dict.fromkeys(strings, f"weights:{name}")


def oversized(
    program: Program, plan: ArenaPlan, limit: int, *, portable_weights: bool = False
) -> tuple[tuple[str, int], ...]:
    """(C name, bytes) of the tables, of the arena and of the state, that are larger than `limit`."""
    sizes = [(table.name, table.size) for table in tables(program, portable_weights)]
    sizes += [(f"{program.model.name}_arena", plan.size), (f"{program.model.name}_state", program.state_size)]
    return tuple((name, size) for name, size in sizes if size > limit)


def tensor_info(name: str, port: Port) -> TensorInfo:
    """A port of the model `name` as the manifest has it."""
    return TensorInfo(
        name=port.name,
        accessor=f"{name}_{port.accessor}",
        type=port.tensor.type.name,
        shape=port.tensor.shape,
        bytes=port.tensor.size,
        scale=port.scale,
        zero_point=port.zero_point,
        offset=port.offset,
    )


def _peak(program: Program, plan: ArenaPlan) -> Peak | None:
    if not 0 <= plan.peak < len(program.steps):
        return None
    call = program.steps[plan.peak].start
    operator = program.calls[call].source
    live = (p.buffer for p in plan.placements if p.buffer.first_used <= plan.peak <= p.buffer.last_used)
    largest_first = sorted(live, key=lambda buffer: (-buffer.size, buffer.name))
    return Peak(
        operator=operator.index,
        opcode=operator.kind,
        name=program.model.operator_name(operator),
        tensors=tuple((buffer.name, buffer.size) for buffer in largest_first),
        call=call,
    )


def _placed(program: Program, placement: Placement) -> Iterator[PlacedBuffer]:
    """Times are calls: a stream's are those of all its calls. Padding around a tensor held whole is told apart."""
    buffer = placement.buffer
    first, last = program.call_times(buffer.first_used, buffer.last_used)
    if window := program.moving_window(buffer.tensor):
        rows = (window.height, window.rows)
        yield PlacedBuffer(buffer.name, buffer.tensor, placement.offset, buffer.size, first, last, *rows)
        return
    if buffer.tensor is None or buffer.size <= (size := program.model.tensors[buffer.tensor].size):
        yield PlacedBuffer(buffer.name, buffer.tensor, placement.offset, buffer.size, first, last)
        return
    front = program.storage(buffer.tensor)[1]
    yield PlacedBuffer(buffer.name, buffer.tensor, placement.offset + front, size, first, last)
    for offset, room in ((0, front), (front + size, buffer.size - front - size)):
        if room:
            yield PlacedBuffer(f"around {buffer.name}", None, placement.offset + offset, room, first, last)


def _kernels(program: Program) -> tuple[str, ...]:
    names = {f"{call.function}.c" for call in program.calls}
    return tuple(sorted(names | ({"tinyml_stream_next.c"} if program.streams else set())))


def _call_info(program: Program, call: KernelCall, sizes: Mapping[str, int]) -> CallInfo:
    used = {operand.constant for operand in call.inputs if isinstance(operand, ConstantRef)}
    constants = sum(sizes[name] for name in used)
    tensors = {operand.tensor for operand in call.inputs if isinstance(operand, TensorRef)} | set(call.outputs)
    return CallInfo(
        name=program.model.operator_name(call.source),
        shape=program.model.tensors[call.outputs[0]].shape if call.outputs else (),
        constants=constants,
        moved=constants + sum(program.model.tensors[tensor].size for tensor in tensors),
    )


def init_of(name: str, whose: str) -> str:
    """The C function that readies a model: that of an application's arena takes it, and its size."""
    return f"{name}_init_with" if whose == USER else f"{name}_init"


def _symbols(program: Program, plan: ArenaPlan, arrays: Sequence[Table], whose: str) -> dict[str, str]:
    """Owner of each C symbol that the generated sources define, and the header's inline functions when not inlined."""
    name = program.model.name
    inputs, outputs = ports(program, plan, "input"), ports(program, plan, "output")
    by_rows, rows_out = program.takes_rows, program.hands_out_rows
    code = [init_of("", whose)[1:], "reset", "arena_size"]
    code += ["push_row", "rows"] if by_rows else ["input"]
    code += ["pop_row", "turn", "wanted", "advance", "rows_out"] if rows_out else ["output"]
    code += [] if by_rows or rows_out else ["invoke"]
    held = (() if by_rows else inputs) + (() if rows_out else outputs)
    code += [port.accessor for port in held]
    code += [port.alias for port in held if port.alias]
    code += inline_names(inputs, outputs, by_rows=by_rows, rows_out=rows_out)
    owners = {f"{name}_{suffix}": "tinyml" for suffix in code}
    constants = [table.name for table in arrays] + list(params_names(program).values())
    for number, stream in enumerate(program.streams):
        owners[f"{name}_stream_{number}"] = "tinyml"
        if place := object_of(program, stream):
            owners |= {f"{place}{part}": "tinyml" for part in ("", "_made", "_bases")}
        constants += [f"{name}_stream_{number}_{table}" for table in ("windows", "stages")]
    owners |= dict.fromkeys(constants, f"weights:{name}")
    owners |= arena_symbol(name, whose)
    if program.states:
        owners |= {f"{name}_state": f"state:{name}", f"{name}_ready": "tinyml"}
    return owners
