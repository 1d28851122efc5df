"""What the manifest says of streams: which call runs when, and where each finds its rows."""

from __future__ import annotations

from ..manifest import StreamedTensor, StreamInfo
from ..program import APPLICATION, ArenaPlan, Program, Stream
from ..program.stream_walk import walk


def stream_infos(program: Program, plan: ArenaPlan) -> tuple[StreamInfo, ...]:
    """One for each stream of the program."""
    return tuple(_info(program, plan, stream) for stream in program.streams)


def _info(program: Program, plan: ArenaPlan, stream: Stream) -> StreamInfo:
    order: list[int] = []
    pieces: dict[int, list[tuple[int, int]]] = {call: [] for call in range(stream.first, stream.last + 1)}
    for made in walk(stream):
        stage = stream.stages[made.stage]
        if stage.call == APPLICATION:
            continue
        window = stream.windows[stage.output]
        owner, offset = program.storage(window.tensor)
        start = plan.offset_of(owner) + offset - (window.top * window.row if window.rows == window.total else 0)
        size = window.row * made.rows
        if stage.folds and made.row + made.rows == stage.height:
            size = program.model.tensors[window.tensor].size
        order.append(stage.call)
        pieces[stage.call].append((start + made.place * window.row, size))
    tensors = program.model.tensors
    last = {program.calls[call].outputs[0]: call for call in pieces}
    written = [(call, tensor, pieces[call]) for tensor, call in last.items()]
    return StreamInfo(
        first=stream.first,
        last=stream.last,
        order=" ".join(map(str, order)),
        tensors=tuple(StreamedTensor(call, t, tensors[t].name, _runs(each)) for call, t, each in written),
    )


def _runs(pieces: list[tuple[int, int]]) -> tuple[tuple[int, int, int, int], ...]:
    """Pieces of equal size at equal distances are one entry."""
    runs: list[list[int]] = []
    for offset, size in pieces:
        if runs:
            at, known, times, step = runs[-1]
            if size == known and (times == 1 or offset == at + times * step):
                runs[-1] = [at, known, times + 1, offset - at if times == 1 else step]
                continue
        runs.append([offset, size, 1, 0])
    return tuple((at, size, times, step) for at, size, times, step in runs)
