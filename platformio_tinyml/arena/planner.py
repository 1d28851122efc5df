"""Program -> ArenaPlan: decide which dying inputs to reuse, place, state the figures, verify."""

from __future__ import annotations

from collections.abc import Sequence

from ..program import ARENA_ALIGNMENT, ArenaBuffer, ArenaPlan, Placement, Program
from .bounds import least_extents, round_up
from .first_fit import make_layout
from .lifetimes import arena_buffers
from .search import Found, place
from .sharing import Sharing, allowed_sharings
from .verify import verify


def plan_arena(program: Program, *, keep_input: bool = False) -> ArenaPlan:
    """Place all activations; the same program gives the same plan. It is verified before it is returned.

    `keep_input`: the model's inputs must survive the calls. Raises TinymlError (internal) if the plan proves wrong.
    """
    plan = place_arena(program, keep_input=keep_input)
    verify(program, plan)
    return plan


def place_arena(program: Program, *, keep_input: bool = False) -> ArenaPlan:
    """As `plan_arena`, not verified: of the plans that are compared only the one that is taken need be."""
    calls = len(program.steps)
    buffers = arena_buffers(program, keep_input=keep_input)
    found, shared = _smallest(buffers, allowed_sharings(program, buffers), calls)
    placements = tuple(Placement(buffer, offset) for buffer, offset in zip(buffers, found.offsets, strict=True))
    extents = least_extents(buffers, shared, calls)
    return ArenaPlan(
        placements=placements,
        size=found.size,
        alignment=ARENA_ALIGNMENT,
        lower_bound=_bound(buffers, (), calls),
        planned_bound=_bound(buffers, shared, calls),
        peak=max(range(calls), key=lambda call: extents[call + 1], default=-1),
        planner=found.planner,
        overlaps=tuple(overlap for sharing in shared for overlap in sharing.overlaps),
        keep_input=keep_input,
    )


def place_firmware(program: Program, *, keep_input: bool = False) -> ArenaPlan:
    """As `place_arena`; where it makes the arena no larger the inputs survive without being asked for."""
    plan = place_arena(program, keep_input=keep_input)
    buffers = arena_buffers(program, keep_input=True)
    if keep_input or _bound(buffers, allowed_sharings(program, buffers), len(program.steps)) > plan.size:
        return plan
    kept = place_arena(program, keep_input=True)
    return kept if kept.size <= plan.size else plan


def _smallest(
    buffers: Sequence[ArenaBuffer], sharings: tuple[Sharing, ...], calls: int
) -> tuple[Found, tuple[Sharing, ...]]:
    """(placement, pairs that share bytes in it).

    Tries no sharing, sharing only at calls that need it, then all that is allowed; the first of the smallest wins.
    """
    target = _bound(buffers, sharings, calls)
    loads = least_extents(buffers, (), calls)
    needed = tuple(sharing for sharing in sharings if loads[buffers[sharing.output].first_used + 1] > target)
    tried = []
    for usable in dict.fromkeys(((), needed, sharings)):
        found = place(buffers, make_layout(buffers, usable), loads, _bound(buffers, usable, calls))
        tried.append((found, tuple(sharing for sharing in usable if _share_bytes(buffers, found.offsets, sharing))))
        if found.size <= target:
            break
    return min(tried, key=lambda pair: pair[0].size)


def _bound(buffers: Sequence[ArenaBuffer], sharings: Sequence[Sharing], calls: int) -> int:
    return round_up(max(least_extents(buffers, sharings, calls)), ARENA_ALIGNMENT)


def _share_bytes(buffers: Sequence[ArenaBuffer], offsets: Sequence[int], sharing: Sharing) -> bool:
    distance = offsets[sharing.input] - offsets[sharing.output]
    return -buffers[sharing.input].size < distance < buffers[sharing.output].size
