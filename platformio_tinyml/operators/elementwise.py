"""What operators share that make output element i of input element i, in order."""

from __future__ import annotations

from ..model import Model, Operator, Tensor
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from ..program.fixed_point import float32_bits
from .common import scale_of, zero_point_of
from .lowering import InPlace, Lowered
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def same_shape(instance: Instance) -> str | None:
    """Input and output have the same shape."""
    shapes = instance.required(0).shape, instance.output.shape
    return f"{list(shapes[0])} and {list(shapes[1])}" if shapes[0] != shapes[1] else None


def in_place(source: Tensor, output: Tensor) -> InPlace:
    """Element i is read for the last time before element i is written, and the elements after i later."""
    read, written = source.type.bits // 8, output.type.bits // 8
    if source.elements == 1:
        distance = -source.size
    else:
        last = source.elements - 2 if written > read else 0
        distance = (last + 1) * (written - read)
    return InPlace(source.index, distance, "an element of the input dies with its output")


def float_fields(quantized: Tensor) -> tuple[tuple[str, int], ...]:
    """Fields of tinyml_quantize_params, for both directions between float and a quantized tensor."""
    return (
        ("size", quantized.elements),
        ("scale_bits", float32_bits(scale_of(quantized))),
        ("zero_point", zero_point_of(quantized)),
    )


def flip(model: Model, source: int, output: int, operator: Operator) -> Lowered:
    """One call that makes int8 of uint8 or back, 128 less or more; `operator` reads `source` or has written it."""
    call = KernelCall(
        function="tinyml_flip_u8",
        params=Params("tinyml_table_params", (("size", model.tensors[source].elements),)),
        inputs=(TensorRef(source),),
        outputs=(output,),
        source=operator,
        sweep=Sweep(Kind.FLAT),
    )
    return Lowered(call, in_place=(in_place(model.tensors[source], model.tensors[output]),))
