"""Footprint, manifests, limits, budgets -> Checks. A check that cannot be made is a failed one or is not listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..budgets import BYTES, MICROSECONDS, Unit
from ..firmware.chips import Region
from ..firmware.footprint import Footprint
from ..firmware.memory import RegionUse
from ..manifest import Manifest
from ..measured.baseline import Baseline
from ..measured.limits import Budget, Budgets, Sizes
from ..measured.profile import Profile
from .advice import advise, advise_time, allowing, largest_owners
from .check import Check
from .constants import ram_of_weights
from .device import OnDevice
from .figures import Figure, Figures
from .owners import brings_arena, is_used, weights_owner


def judge(
    footprint: Footprint,
    manifests: Sequence[Manifest],
    limits: Sizes,
    budgets: Budgets,
    *,
    preflight: bool = False,
    baseline: Baseline | None = None,
    profiles: Sequence[Profile] = (),
    arenas_placed: bool = False,
    devices: Sequence[OnDevice] = (),
) -> tuple[Check, ...]:
    """All checks of a linked firmware; with `preflight`, of the least that it will take (`expected`).

    `arenas_placed`: a section of their own may take the arenas to another memory than the main RAM, which only the link
    decides.
    """
    judged = _Judge(footprint, manifests, limits, budgets, preflight, baseline, profiles, devices)
    misplaced = [Check(fault.name, False, None, None, fault.message, fault.advice) for fault in footprint.faults]
    checks = [*misplaced, *judged.limits_of_board(), *judged.budgets_kept(linked=not preflight)]
    if preflight and arenas_placed:
        checks = [check for check in checks if check.name != "ram_limit"]
    if footprint.has_symbols and not preflight:
        sizes: dict[str, int] = {}  # what models share is as large as the largest
        for manifest in manifests:
            for owner, size in manifest.arena_arrays().items():
                sizes[owner] = max(size, sizes.get(owner, 0))
        for manifest in manifests:
            if is_used(footprint, manifest):
                linked = () if brings_arena(footprint, manifest) else manifest.arena_arrays()
                checks += [
                    _arena_check(footprint, owner, manifest.arena.alignment, sizes.pop(owner))
                    for owner in linked
                    if owner in sizes
                ]
                checks.append(_weights_check(footprint, manifest))
    return tuple(checks)


def judge_link(
    footprint: Footprint,
    regions: Sequence[RegionUse],
    manifests: Sequence[Manifest],
    limits: Sizes,
    budgets: Budgets,
    twice: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Check, ...]:
    """Checks of a link that failed, from its map: never all of them ok. `twice`: files by symbol that they define."""
    judged = _Judge(footprint, manifests, limits, budgets, preflight=False)
    checks: list[Check] = []
    for row in regions:
        region = row.region
        if row.overflow and region.kind in ("flash", "ram"):
            name = f"{region.kind}_limit:{region.name}"
            checks.append(judged.size(name, region.kind, row.used, region.size, f"region {region.name}"))
    if twice:
        checks += [_defined_twice(symbol, files, manifests) for symbol, files in twice.items()]
    if not checks:
        message = "the link failed, and not for want of flash or RAM: its map shows room in both"
        checks.append(Check(OTHER_REASON, False, None, None, message, ("the linker's own messages say why",)))
    return (*checks, *judged.budgets_kept(linked=False))


def _defined_twice(symbol: str, files: Sequence[str], manifests: Sequence[Manifest]) -> Check:
    name = next(manifest.name for manifest in manifests if symbol in manifest.symbols)
    advice = (
        f"the build makes {symbol} of the model {name}: remove the other one",
        f"or call the model otherwise in C: custom_tinyml_{name.lower()}_name = ...",
    )
    return Check(f"link:{symbol}", False, None, None, f"{symbol} is defined in {' and in '.join(files)}", advice)


OTHER_REASON = "link"
"""The check of a link that failed for no memory's sake."""


@dataclass(frozen=True, slots=True)
class _Judge:
    footprint: Footprint
    manifests: Sequence[Manifest]
    limits: Sizes
    budgets: Budgets
    preflight: bool
    baseline: Baseline | None = None
    profiles: Sequence[Profile] = ()
    devices: Sequence[OnDevice] = ()

    def limits_of_board(self) -> Iterator[Check]:
        if self.limits.flash is not None:
            yield self._main("flash", self.limits.flash)
        yield from self._limits_of_memories()
        if self.limits.ram is not None:
            yield self._main("ram", self.limits.ram)

    def _main(self, kind: str, limit: int) -> Check:
        used = self.footprint.main(kind)
        return self.size(f"{kind}_limit", kind, used, limit, self.limits.words(kind))

    def _limits_of_memories(self) -> Iterator[Check]:
        """Of memories beside the main ones that something takes; of a main one that overflows, if no limit tells."""
        filled = {row.region: row for row in self.footprint.filled}
        for region in self.footprint.memory.known:
            place = "stored" if region.kind == "flash" else "region"
            sections = [each for each in self.footprint.sections if getattr(each, place) == region.name]
            used = sum(getattr(section, region.kind) for section in sections)
            row = filled.get(region)
            overflows = row is not None and row.overflow > 0
            if row is not None and overflows:
                used = max(used, row.used)
            if (overflows and not self._over_limit(region)) or (region.beside and used):
                yield self.size(f"{region.kind}_limit:{region.name}", region.kind, used, region.size, region.name)

    def _over_limit(self, region: Region) -> bool:
        """Whether the board's limit of what is in this memory already tells that it is too much."""
        limit = None if region.beside else getattr(self.limits, region.kind)
        return limit is not None and self.footprint.main(region.kind) > limit

    def budgets_kept(self, *, linked: bool) -> Iterator[Check]:
        """Before there is a program, only of what is known then."""
        figures = Figures(self.footprint, self.manifests, self.profiles, self.preflight, self.devices)
        for budget in self.budgets.rows:
            if linked or budget.kind.early:
                yield self._budget(budget, figures.of(budget.kind, budget.model))

    def size(self, name: str, memory: str, used: int, allowed: int, what: str) -> Check:
        """A hard limit."""
        if used <= allowed:
            return Check(name, True, used, allowed)
        if memory == "other":
            message = f"{what} overflows by {used - allowed:,} bytes: {used:,} needed, {allowed:,} there"
            return Check(name, False, used, allowed, message, ("less in the sections that lie there",))
        advice = self._advise(memory, used, allowed, self.manifests)
        message = self._over(memory, BYTES, used, allowed, what)
        return Check(name, False, used, allowed, self._with_owners(message, memory), advice)

    def _budget(self, budget: Budget, figure: Figure) -> Check:
        kind, allowed, used = budget.kind, budget.allowed, figure.value
        if used is None:
            message = f"{kind.words} cannot be checked: {figure.problem}"
            return Check(budget.check, False, None, allowed, message, (figure.next_step,), kind.unit.name)
        if used <= allowed:
            return Check(budget.check, True, used, allowed, unit=kind.unit.name)
        what = f"the budget of {budget.model}" if budget.model else "the budget"
        message = self._over(kind.words, kind.unit, used, allowed, what)
        if figure.parts:
            message += f" ({'; '.join(figure.parts)})"
        if kind.memory and kind.early:
            manifests = [manifest for manifest in self.manifests if budget.model in ("", manifest.name)]
            advice = self._advise(kind.memory, used, allowed, manifests, budget)
            message = message if kind.model_meaning else self._with_owners(message, kind.memory)
        else:
            profiles = [profile for profile in self.profiles if budget.model in ("", profile.name)]
            more = tuple(advise_time(profiles, used, allowed)) if kind.unit is MICROSECONDS else ()
            other_way = allowing(budget, used, self.limits)
            advice = (*more, f"or {other_way}" if more else other_way)
        return Check(budget.check, False, used, allowed, message, advice, kind.unit.name)

    def _over(self, words: str, unit: Unit, used: int, allowed: int, what: str) -> str:
        by = f"{'at least ' if self.preflight else ''}{unit.amount(used - allowed)}"
        return f"{words} is {by} over {what}: {unit.shown(used)} needed, {unit.shown(allowed)} allowed"

    def _with_owners(self, message: str, memory: str) -> str:
        return "; ".join(filter(None, [message, largest_owners(memory, self.footprint)]))

    def _advise(
        self, memory: str, used: int, allowed: int, manifests: Sequence[Manifest], budget: Budget | None = None
    ) -> tuple[str, ...]:
        return advise(
            memory,
            used,
            allowed,
            self.footprint,
            manifests,
            budget=budget,
            limits=self.limits,
            preflight=self.preflight,
            baseline=self.baseline,
        )


def _arena_check(footprint: Footprint, owner: str, alignment: int, planned: int) -> Check:
    """The arena's objects of this owner are in RAM, of the planned size and alignment."""
    entries = [entry for entry in footprint.entries if entry.owner == owner and entry.symbol]  # else padding before it
    size = sum(max(entry.flash, entry.ram, entry.other) for entry in entries)
    problem = ""
    if size != planned:
        problem = f"{owner} has {size:,} bytes in the ELF, {planned:,} were planned"
    elif any(not entry.ram for entry in entries):
        problem = f"{owner} is not in RAM"
    elif any(entry.flash for entry in entries):
        problem = f"{owner} is stored in the image, zeros and all: its section's name has to begin with .bss or .noinit"
    elif footprint.machine != "avr" and any(entry.address % alignment for entry in entries):
        problem = f"{owner} is not aligned to {alignment} bytes"
    advice = ("build again from clean; if it stays, the linker script or another file overrides it",)
    return Check(owner, not problem, size, planned, problem, advice if problem else ())


_TFLITE_ALIGNMENT = 16

_AVR_NEAR = 65536
"""Bytes of flash that pgm_read_byte and its kind can address."""


def _weights_check(footprint: Footprint, manifest: Manifest) -> Check:
    """A model file is aligned; on AVR constants are in flash, where the kernels' 16-bit pointers reach them.

    Elsewhere a linker script may copy them to RAM: that is RAM which they take, and no fault.
    """
    owner = weights_owner(manifest.name)
    if footprint.machine == "avr":
        ends = [entry.address + entry.flash for entry in footprint.entries if entry.owner == owner and entry.flash]
        if max(ends, default=0) > _AVR_NEAR:
            message = f"{owner}: constants end at {max(ends):,}, and kernels on AVR read the first {_AVR_NEAR:,} bytes"
            return Check(owner, False, max(ends), _AVR_NEAR, message, ("make the models smaller: all tables together",))
    total, sections = ram_of_weights(footprint, manifest.name)
    array = f"{manifest.name}_tflite"
    for entry in footprint.entries:
        if entry.symbol == array and entry.owner == owner and entry.address % _TFLITE_ALIGNMENT:
            message = (
                f"{array} at {entry.address:#x} is not aligned to {_TFLITE_ALIGNMENT} bytes, as TFLM takes it to be"
            )
            return Check(owner, False, total, 0, message, ("keep the alignment of .rodata in the linker script",))
    if not total or footprint.machine != "avr":
        return Check(owner, True, total, None if total else 0)
    message = f"{owner}: {total:,} bytes of constants are in RAM (in {sections})"
    return Check(owner, False, total, 0, message, ("the kernels read them from flash: no section but .progmem",))
