"""What a device did, against what the oracles say."""

from __future__ import annotations

from ..manifest import Manifest
from ..measured.selftest import OperatorTime, SelfTest
from ..measured.stack import Stack
from ..measured.verification import Compared
from ..model.naming import printable
from ..verify.compare import output_difference
from ..verify.samples import split_samples
from .plan import PlannedModel
from .results import DeviceRun, ModelRun

_EXACT = {"emulated": "emulator", "twin": "twin"}
"""Methods that find the smallest arena by running the library."""


def judge_model(
    run: DeviceRun,
    number: int,
    planned: PlannedModel,
    manifest: Manifest,
    *,
    probed: tuple[int, int | None] | None = None,
) -> SelfTest:
    """Of the model with that number in the run.

    `probed`: the device looked for the smallest arena, and for what it found a build ships that (all, persistent).
    """
    model = run.models[number]
    arena = manifest.arena
    shipped = (arena.size, arena.method or "not measured") if probed else None
    differences = [_difference(manifest, model, planned, oracle.data) for oracle in planned.oracles]
    problem = _failure(model, planned) or next(filter(None, differences), None) or _other_arena(probed, manifest)
    ticks = [invoke.call.ticks for invoke in model.invokes]
    stacks = [invoke.call.stack for invoke in model.invokes if invoke.call.stack is not None]
    is_known = model.init.stack is not None and len(stacks) == len(model.invokes) > 0
    return SelfTest(
        name=planned.name,
        problem=problem,
        tensor=_first_tensor(model, planned) if problem else None,
        inputs=len(model.invokes),
        of=planned.of,
        source=planned.source,
        oracles=tuple(
            Compared(each.name, each.independent, difference)
            for each, difference in zip(planned.oracles, differences, strict=True)
        ),
        missing=planned.missing,
        clock=run.clock,
        unit=run.unit,
        init_ticks=model.init.ticks,
        ticks=(min(ticks), max(ticks)) if ticks else None,
        stack=Stack(model.init.stack or 0, max(stacks)) if is_known else None,
        arena=model.arena,
        persistent=model.persistent if probed else arena.persistent,
        operators=_operators(manifest, model),
        shipped=shipped,
    )


def _other_arena(probed: tuple[int, int | None] | None, manifest: Manifest) -> str | None:
    """Two ways of knowing one number exactly that disagree."""
    arena = manifest.arena
    if probed is None or arena.method not in _EXACT:
        return None
    rows = (("an arena", probed[0], arena.size), ("a persistent arena", probed[1] or 0, arena.persistent or 0))
    for what, ours, theirs in rows:
        if ours != theirs:
            return f"the device takes {what} of {ours:,} bytes, and the {_EXACT[arena.method]} one of {theirs:,}"
    return None


def _failure(model: ModelRun, planned: PlannedModel) -> str | None:
    """What went wrong before outputs could."""
    if model.init.status:
        return f"{model.name}_init returns the status {model.init.status} (tinyml.h)"
    for sample, invoke in enumerate(model.invokes, 1):
        if invoke.call.status:
            return f"{model.name}_invoke returns the status {invoke.call.status} (tinyml.h), in sample {sample}"
    if len(model.invokes) != planned.samples:
        return f"{len(model.invokes)} of {planned.samples} samples were run: an input or an output has no memory"
    return None


def _difference(manifest: Manifest, model: ModelRun, planned: PlannedModel, expected: bytes) -> str | None:
    samples = split_samples(expected, planned.output_bytes)
    for number, (invoke, theirs) in enumerate(zip(model.invokes, samples, strict=False), 1):
        if invoke.call.status:
            return None
        ours = split_samples(invoke.outputs, planned.output_bytes)
        if difference := output_difference(manifest, ours[0] if ours else (), theirs):
            return f"{difference}, in sample {number}"
    return None


def _first_tensor(model: ModelRun, planned: PlannedModel) -> str | None:
    """In words, what is known of it from sums of tensors; None of a run without them."""
    if not any(invoke.turns for invoke in model.invokes):
        return None
    if not planned.sums:
        return f"which tensor differs first cannot be told: {planned.untraced}"
    for sample, (invoke, theirs) in enumerate(zip(model.invokes, planned.sums, strict=False), 1):
        if len(invoke.pieces) != len(theirs) or len(planned.owners) != len(theirs):
            return "which tensor differs first cannot be told: its operators did not run one after another"
        for (operator, opcode, name), found, expected in zip(planned.owners, invoke.pieces, theirs, strict=True):
            if expected is not None and found != expected:
                words = f"{printable(name)}, " if name else ""
                return (
                    f"the first tensor that differs is {words}written by operator {operator}, {opcode}, in "
                    f"sample {sample}"
                )
    return "no tensor that was compared differs (tensors of floats are not)"


def _operators(manifest: Manifest, model: ModelRun) -> tuple[OperatorTime, ...]:
    """By call of the manifest, of the invoke that took most in it; () of a run that did not look."""
    turns = manifest.turns()
    rows = [invoke.turns for invoke in model.invokes if len(invoke.turns) == len(turns)]
    if not rows:
        return ()
    sums = [manifest.by_call(row) for row in rows]
    return tuple(
        OperatorTime(operator, opcode, max(row[index] for row in sums))
        for index, (operator, opcode, _, _) in enumerate(manifest.calls)
    )
