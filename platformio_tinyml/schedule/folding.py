"""Calls that make one output of a whole image, as calls of the kernel that takes it row by row."""

from __future__ import annotations

from dataclasses import replace

from ..program import KernelCall, Kind, Params

FOLD = "tinyml_fold_rows_s8"


def fold_call(call: KernelCall, height: int, row: int) -> KernelCall | None:
    """The call with FOLD, for an input of `height` rows of `row` bytes; None where it does not fold all into one."""
    fields, sweep = dict(call.params.fields), call.sweep
    if sweep and sweep.maximum is not None:
        found = _of_pool(fields, int(sweep.maximum))
    elif sweep and sweep.kind is Kind.REDUCTION:
        found = _of_reduction(fields)
    else:
        return None
    if found is None or height < 2 or row % found["depth"] or height * row != found["width"] * found["depth"]:
        return None
    found |= {"height": height, "width": row // found["depth"]}
    return replace(call, function=FOLD, params=Params("tinyml_fold_rows_params", tuple(found.items())))


def _of_pool(fields: dict[str, int], is_max: int) -> dict[str, int] | None:
    """Params, with all elements for one row."""
    sizes = {axis: fields[f"input_{axis}"] for axis in ("height", "width")}
    whole = all(
        (fields[f"output_{axis}"], fields[f"filter_{axis}"], fields[f"pad_{axis}"]) == (1, size, 0)
        for axis, size in sizes.items()
    )
    if not whole or fields["batches"] != 1:
        return None
    elements = sizes["height"] * sizes["width"]
    return _fields(
        width=elements,
        depth=fields["depth"],
        count=0 if is_max else elements,
        activation_min=fields["activation_min"],
        activation_max=fields["activation_max"],
        is_max=is_max,
    )


def _of_reduction(fields: dict[str, int]) -> dict[str, int] | None:
    """The same, where all but the channels, which come last, is reduced."""
    depth = fields["kept_2"]
    outer = [fields[f"{loop}_{d}"] for loop in ("kept", "reduced") for d in (0, 1)]
    if fields["kind"] < 0 or outer != [1] * 4 or fields["kept_step_2"] != 1 or fields["reduced_step_2"] != depth:
        return None
    return _fields(
        width=fields["reduced_2"],
        depth=depth,
        multiplier=fields["multiplier"],
        input_offset=fields["input_offset"],
        output_offset=fields["output_offset"] if fields["kind"] == 0 else 0,
        shift=fields["shift"],
        is_max=fields["kind"],
    )


def _fields(**known: int) -> dict[str, int]:
    """All members of tinyml_fold_rows_params, in order."""
    order = ("height", "rows", "width", "depth", "count", "multiplier", "input_offset", "output_offset")
    return {
        **{name: known.get(name, 0) for name in order},
        "activation_min": known.get("activation_min", -128),
        "activation_max": known.get("activation_max", 127),
        "shift": known.get("shift", 0),
        "is_max": known["is_max"],
    }
