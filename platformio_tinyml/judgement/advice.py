"""What would help a firmware that is over: figures of this firmware, no general wisdom."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..firmware.footprint import RESERVED, Footprint
from ..manifest import OWN, Manifest
from ..measured.baseline import Baseline, changes
from ..measured.limits import Budget, Sizes
from ..measured.profile import Profile
from ..model.naming import printable
from ..options import option_name
from ..sizes import shown_time
from .constants import copied_weights
from .owners import arena_owner, weights_owner

_TOP_OWNERS = 3
_TOP_TENSORS = 2
_TOP_MODELS = 2
_NAME = 40
_FASTEST_HZ = 1e9
"""No microcontroller that is known of has a faster clock."""


def advise(
    kind: str,
    used: int,
    allowed: int,
    footprint: Footprint,
    manifests: Sequence[Manifest],
    *,
    budget: Budget | None,
    limits: Sizes,
    preflight: bool,
    baseline: Baseline | None = None,
) -> tuple[str, ...]:
    """Lines of advice for `kind` (flash or ram): what helps first, what does not suffice alone last.

    Without a `budget` it is a hard limit.
    """
    whole = budget is None or not budget.kind.model_meaning
    models = list(_models(kind, used - allowed, footprint, manifests))
    models += _least_streams(used - allowed, manifests) if kind == "ram" else ()
    lines = [*_float_models(manifests), *(line for suffices, line in models if suffices)]
    if baseline is not None and not preflight:
        lines += _grown(kind, footprint, baseline)
    if kind == "ram":
        lines += _float_tensors(manifests)
        lines += copied_weights(footprint, manifests)
        reserved = sum(entry.ram for entry in footprint.entries if entry.owner == RESERVED)
        if reserved and whole:
            lines.append(f"reserve less for stack and heap: it is {reserved:,} bytes")
    if preflight and len(manifests) > 1:
        lines.append("a model that this firmware does not use: leave it out of custom_tinyml_models")
    limit: int | None = getattr(limits, kind)
    if budget and (limit is None or used <= limit):
        other_way = allowing(budget, used, limits, preflight=preflight)
    else:
        needed = "more than" if preflight else "at least"
        source: str = getattr(limits, f"{kind}_source")
        other_way = f"{f'give {source}' if source else 'take a board with'} {needed} {used:,} bytes of {kind}"
    return (*lines, f"or {other_way}" if lines else other_way, *(line for suffices, line in models if not suffices))


def advise_time(profiles: Sequence[Profile], used: int, allowed: int) -> Iterator[str]:
    """For latencies, `used` and `allowed` in microseconds, of the models of `profiles`."""
    calls = [
        (call.instructions_bound[1], f"{profile.name} {call.operator} {call.opcode}")
        for profile in profiles
        for call in profile.calls
        if call.instructions_bound
    ]
    if calls:
        top = sorted(calls, key=lambda call: -call[0])[:_TOP_OWNERS]
        counted = "" if all(profile.instructions is not None for profile in profiles) else "up to "
        names = ", ".join(f"{name} ({counted}{number:,})" for number, name in top)
        yield f"make those operators smaller that take the most instructions: {names}"
    best = sum(profile.latency_us[0] for profile in profiles if profile.latency_us)
    if best <= allowed:
        lowest = shown_time(math.floor(best))
        yield f"at the best it is {lowest}, within the budget: what it is can be measured on the device alone"
    clock = max((profile.clock_hz or 0 for profile in profiles), default=0)
    if clock and allowed and clock * used / allowed <= _FASTEST_HZ:
        yield f"a clock of {math.ceil(clock * used / allowed / 1e6):,} MHz would do"


def allowing(budget: Budget, used: int, limits: Sizes, *, preflight: bool = False) -> str:
    """A budget that would do, and what part of the board's memory it is."""
    memory = budget.kind.memory
    limit: int | None = getattr(limits, memory) if memory else None
    part = f" ({-(-100 * used // limit)} percent of {limit:,})" if limit else ""
    enough = "at least" if preflight else "would do"
    return f"allow it: {budget.option} = {budget.kind.unit.shown(used).replace(',', '')} {enough}{part}"


def largest_owners(kind: str, footprint: Footprint) -> str:
    """Whose most of `kind` (flash or ram) is; "" where there is nothing."""
    sizes = sorted(((getattr(row, kind), row.owner) for row in footprint.owners()), reverse=True)
    top = ", ".join(f"{owner} {size:,}" for size, owner in sizes[:_TOP_OWNERS] if size)
    return f"most of it: {top}" if top else ""


def _grown(kind: str, footprint: Footprint, baseline: Baseline) -> Iterator[str]:
    rows = sorted(changes(footprint.owners(), baseline), key=lambda row: -int(getattr(row, kind)))
    grown = [f"{row.owner} {getattr(row, kind):+,}" for row in rows[:_TOP_OWNERS] if getattr(row, kind) > 0]
    if grown:
        yield f"less of what has grown since the baseline: {', '.join(grown)}"


def _models(kind: str, excess: int, footprint: Footprint, manifests: Sequence[Manifest]) -> Iterator[tuple[bool, str]]:
    """The model that owns the most, and others that alone would make up for the excess; none that is not linked.

    With each whether it would.
    """
    owned = {row.owner: getattr(row, kind) for row in footprint.owners()}

    def owner_of(manifest: Manifest) -> str:
        return weights_owner(manifest.name) if kind == "flash" else arena_owner(manifest)

    rows = sorted(((owned.get(owner_of(m), 0), m) for m in manifests), key=lambda row: (-row[0], -row[1].arena.least))
    rows = list({owner_of(manifest): (size, manifest) for size, manifest in reversed(rows)}.values())[::-1]
    for rank, (size, manifest) in enumerate(rows[:_TOP_MODELS]):
        if not size or (rank and size <= excess):
            continue
        owner = owner_of(manifest)
        what = "a smaller model" if kind == "flash" else "smaller tensors"
        largest = f"its largest constant has {manifest.largest_constant:,}" if kind == "flash" else ""
        if size <= excess:
            yield False, f"{what} alone would not do: {owner} has {size:,}" + (f", {largest}" if largest else "")
            continue
        fits = f"fits with {size - excess:,} bytes or less"
        peak = manifest.arena.peak
        if kind == "flash":
            yield True, f"{what}: {owner} {fits}; {largest}"
        elif peak:
            most = _TOP_TENSORS + (len(peak.tensors) == _TOP_TENSORS + 1)  # "1 more" says less than its name
            tensors = [f"{_short(name)} {bytes_:,}" for name, bytes_ in peak.tensors[:most]]
            more = len(peak.tensors) - len(tensors)
            live = " + ".join(tensors) + (f" + {more} more" if more else "")
            over = ", one partly over the other" if sum(bytes_ for _, bytes_ in peak.tensors) > size else ""
            line = f"{what} where {owner} is fullest, at operator {peak.operator} {peak.opcode} ({live}{over})"
            yield True, f"{line}: it {fits}"


def _least_streams(excess: int, manifests: Sequence[Manifest]) -> Iterator[tuple[bool, str]]:
    """What streams that cost more would save of the arenas that each model has for itself; whether that would do."""
    arenas = [(m.name, m.arena.size, m.arena.with_least_streams) for m in manifests if m.arena.whose == OWN]
    found = [(name, size - least.size, least.price) for name, size, least in arenas if least]
    if found:
        saved = sum(bytes_ for _, bytes_, _ in found)
        each = ", ".join(
            f"{name} {bytes_:,} bytes less, about {price:.1f}% more instructions" for name, bytes_, price in found
        )
        alone = "" if saved >= excess else " alone would not do"
        yield saved >= excess, f"{option_name('streams')} = least{alone}: {each}"


def _short(tensor: str) -> str:
    """Converters join the names of fused operators with semicolons: the first of them will do, without its folders."""
    first = "/".join(printable(tensor).partition(";")[0].split("/")[-2:])
    return first if len(first) <= _NAME else first[: _NAME - 1] + "~"


def _float_models(manifests: Sequence[Manifest]) -> Iterator[str]:
    for manifest in manifests:
        in_float = sum(function.endswith("_f32") for _, _, function, _ in manifest.calls)
        if in_float > len(manifest.calls) / 2:
            yield f"{manifest.name} computes in float32: as an int8 model it takes about a quarter (docs/quantize.md)"


def _float_tensors(manifests: Sequence[Manifest]) -> Iterator[str]:
    for manifest in manifests:
        floats = [tensor for tensor in manifest.inputs + manifest.outputs if tensor.type == "FLOAT32"]
        if floats:
            total = sum(tensor.bytes for tensor in floats)
            names = ", ".join(_short(tensor.name) for tensor in floats[:_TOP_TENSORS])
            yield f"{manifest.name} takes or gives float32 ({names}, {total:,} bytes): int8 needs {total // 4:,}"
