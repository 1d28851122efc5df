"""What makes a placement right, the slow and plain way: pairs of buffers, their times, their bytes.

Shares nothing with arena/ but the types. Buffers are known by key: a tensor's index, or -1 - call for scratch.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from platformio_tinyml.program import ArenaPlan, Program, TensorRef


def offsets_of(plan: ArenaPlan) -> dict[int, int]:
    return {
        -1 - place.buffer.first_used if place.buffer.tensor is None else place.buffer.tensor: place.offset
        for place in plan.placements
    }


def lives(program: Program, keep_input: bool = False) -> dict[int, tuple[int, int, int]]:
    """Per key: (bytes, first time, last time)."""
    end = len(program.calls)
    times: dict[int, list[int]] = {}

    def note(tensor: int, *when: int) -> None:
        owner = program.storage(tensor)[0]
        if program.model.tensors[owner].data is None:
            times.setdefault(owner, []).extend(when)
            if program.model.tensors[owner].is_variable:
                times[owner] += [-1, end]

    for tensor in program.model.inputs:
        note(tensor, -1, *([end] if keep_input else []))
    for index, call in enumerate(program.calls):
        for tensor in [*(ref.tensor for ref in call.inputs if isinstance(ref, TensorRef)), *call.outputs]:
            note(tensor, index)
    for tensor in program.model.outputs:
        note(tensor, end)
    found = {key: (program.model.tensors[key].size, min(when), max(when)) for key, when in times.items()}
    for index, call in enumerate(program.calls):
        if call.scratch_size:
            found[-1 - index] = (call.scratch_size, index, index)
    return found


def forbidden(program: Program, keep_input: bool = False) -> dict[tuple[int, int], tuple[int, int]]:
    """Per pair (a, b) live together: offset(a) - offset(b) must not be strictly between the two numbers."""
    life = lives(program, keep_input)
    pairs: dict[tuple[int, int], tuple[int, int]] = {}
    for a, b in combinations(sorted(life, key=lambda key: (life[key][1], key)), 2):
        if max(life[a][1], life[b][1]) <= min(life[a][2], life[b][2]):
            distance = _distance(program, a, b, life)
            high = life[b][0] if distance is None else min(life[b][0], distance)
            pairs[a, b] = (-life[a][0], high)
    return pairs


def _distance(program: Program, a: int, b: int, life: Mapping[int, tuple[int, int, int]]) -> int | None:
    """Least offset(a) - offset(b) at which a, dying where b is born, may be overwritten by b; None if it may not."""
    if a < 0 or b < 0 or life[a][2] != life[b][1] or life[b][1] < 0:
        return None
    call = life[a][2]
    distances = []
    for ref in program.calls[call].inputs:
        for output in program.calls[call].outputs if isinstance(ref, TensorRef) else ():
            if program.storage(ref.tensor)[0] == a and program.storage(output)[0] == b:
                known = [
                    overlap.min_distance - program.storage(ref.tensor)[1] + program.storage(output)[1]
                    for overlap in program.overlaps
                    if (overlap.call, overlap.input, overlap.output) == (call, ref.tensor, output)
                ]
                if not known:
                    return None
                distances += known
    return max(distances, default=None)


def is_right(program: Program, offsets: Mapping[int, int], keep_input: bool = False) -> bool:
    """Whether no pair of buffers is nearer than its kernels allow."""
    return all(
        not low < offsets[a] - offsets[b] < high for (a, b), (low, high) in forbidden(program, keep_input).items()
    )


def optimum(program: Program, unit: int) -> int:
    """Size of the smallest arena there is, by trying all; sizes and distances must be multiples of `unit`."""
    life, pairs = lives(program), forbidden(program)
    keys = sorted(life, key=lambda key: -life[key][0])

    def fits(size: int, offsets: dict[int, int]) -> bool:
        if len(offsets) == len(keys):
            return True
        key = keys[len(offsets)]
        for offset in range(0, size - life[key][0] + 1, unit):
            placed = {**offsets, key: offset}
            if all(
                not low < placed[a] - placed[b] < high
                for (a, b), (low, high) in pairs.items()
                if key in (a, b) and a in placed and b in placed
            ) and fits(size, placed):
                return True
        return False

    size = 0
    while not fits(size, {}):
        size += unit
    return size
