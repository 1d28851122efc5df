"""What the signal operators share. Sources: signal/micro/kernels/ and signal/src/ of tflite-micro."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...model import SignalOptions, TensorType
from ...program import Constant, KernelCall, Omitted, Operand, Params, TensorRef
from ..common import operands
from ..lowering import Lowered, Support, refs
from ..rules import CONVERT_AGAIN, REPLACE, Instance, Rule, quoted

Fields = tuple[tuple[str, int], ...]
LARGEST = (1 << 31) - 1


def number(instance: Instance, name: str) -> int:
    """An option that the rules have shown to be there."""
    value = instance.options(SignalOptions).get(name)
    if value is None:
        raise LookupError(f"option {name} of operator {instance.operator.index}")
    return value


def options(**bounds: tuple[int, int]) -> Rule:
    """Options that are there, each from a least to a largest value."""

    def check(instance: Instance) -> str | None:
        given = instance.operator.options
        if not isinstance(given, SignalOptions):
            return "no options"
        for name, (least, most) in bounds.items():
            value = given.get(name)
            if value is None or not least <= value <= most:
                return f"{name} {'missing' if value is None else value}"
        return None

    listed = ", ".join(f"{name} ({least:,} to {most:,})" for name, (least, most) in bounds.items())
    return Rule(f"Its options are in the file: {listed or 'a map'}.", CONVERT_AGAIN, check)


def types(inputs: str, outputs: str) -> Rule:
    """Those of the inputs that are computed, and of the outputs, as words."""
    wanted_inputs, wanted_outputs = inputs.split(), outputs.split()

    def check(instance: Instance) -> str | None:
        given = [instance.required(position) for position in range(len(wanted_inputs))]
        made = [instance.model.tensors[index] for index in instance.operator.outputs]
        for tensor, kind in zip((*given, *made), (*wanted_inputs, *wanted_outputs), strict=True):
            if tensor.type is not TensorType[kind]:
                return f"{quoted(tensor)} is {tensor.type.name}"
        constant = next((tensor for tensor in given if tensor.is_constant), None)
        return f"{quoted(constant)} is a constant" if constant is not None else None

    return Rule(f"Computed inputs are {inputs.lower()}, outputs {outputs.lower()}, in this order.", REPLACE, check)


def output_shapes(wanted: Callable[[Instance], Sequence[tuple[int, ...] | None]], text: str) -> Rule:
    """`wanted` gives the shapes that outputs have to have, or None where the input makes no sense; `text` says it."""

    def check(instance: Instance) -> str | None:
        made = [instance.model.tensors[index].shape for index in instance.operator.outputs]
        shapes = wanted(instance)
        source = instance.required(0).shape
        if list(shapes) == made:
            return None
        return f"{list(source)} to {' and '.join(str(list(shape)) for shape in made)}"

    return Rule(text, CONVERT_AGAIN, check)


def rows(instance: Instance, inner: int = 1) -> int:
    """How many rows of the last `inner` dimensions the first input has."""
    source = instance.required(0)
    size = 1
    for length in source.shape[len(source.shape) - inner :]:
        size *= length
    return source.elements // size


def call(
    instance: Instance,
    function: str,
    fields: Fields,
    tables: tuple[Constant, ...] = (),
    *,
    computed: int = 1,
    scratch: int = 0,
) -> Lowered:
    """One call: computed inputs, tables, state if there is some, outputs."""
    given = instance.operator.inputs
    states = tuple(TensorRef(index) for index in given if instance.model.tensors[index].is_variable)
    inputs: tuple[Operand | Omitted, ...] = (*map(TensorRef, given[:computed]), *refs(tables), *states)
    params = f"{function.rpartition('_')[0].replace('irfft', 'rfft')}_params"
    made = KernelCall(function, Params(params, fields), inputs, instance.operator.outputs, instance.operator, scratch)
    return Lowered(made, tables)


def support(
    code: str,
    summary: str,
    kernel: str,
    stages: tuple[tuple[Rule, ...], ...],
    lower: Callable[[Instance], Lowered],
    *,
    inputs: int = 1,
    outputs: int = 1,
) -> Support:
    """The entry of a custom operator."""
    return Support(
        opcode=code,
        summary=summary,
        kernels=(f"tinyml_signal_{kernel}",),
        rules=((operands(inputs, 0, SignalOptions, outputs),), *stages),
        lower=lower,
        types=(),
    )
