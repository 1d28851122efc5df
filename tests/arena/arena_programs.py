"""Hand-made Programs for the tests of the arena: tensors by name, calls by name, no kernels behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from platformio_tinyml.model import Model, Operator, Tensor, TensorType
from platformio_tinyml.program import KernelCall, Overlap, Params, Program, TensorRef, View


@dataclass
class Draft:
    """A Program in the making; `program()` gives it."""

    tensors: list[Tensor] = field(default_factory=list)
    calls: list[KernelCall] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def tensor(
        self,
        elements: int,
        type: TensorType = TensorType.INT8,
        *,
        name: str | None = None,
        data: bytes | None = None,
        is_variable: bool = False,
    ) -> int:
        index = len(self.tensors)
        self.tensors.append(Tensor(index, name or f"t{index}", (elements,), type, data=data, is_variable=is_variable))
        return index

    def input(self, elements: int, type: TensorType = TensorType.INT8) -> int:
        self.inputs.append(self.tensor(elements, type))
        return self.inputs[-1]

    def call(
        self,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        scratch: int = 0,
        distances: Sequence[int | None] = (),
        opcode: str = "CONV_2D",
    ) -> int:
        """A call; `distances` are the min_distance of each input to every output, None where there is no overlap."""
        index = len(self.calls)
        source = Operator(index, opcode, 1, tuple(inputs), tuple(outputs))
        self.calls.append(
            KernelCall("kernel", Params("params", ()), tuple(map(TensorRef, inputs)), tuple(outputs), source, scratch)
        )
        for tensor, distance in zip(inputs, distances, strict=False):
            if distance is not None:
                self.overlaps += [Overlap(index, tensor, output, distance, "test") for output in outputs]
        return index

    def step(
        self,
        inputs: Sequence[int],
        elements: int,
        type: TensorType = TensorType.INT8,
        *,
        scratch: int = 0,
        distances: Sequence[int | None] = (),
    ) -> int:
        """A call with one new output tensor, whose index it returns."""
        output = self.tensor(elements, type)
        self.call(inputs, [output], scratch=scratch, distances=distances)
        return output

    def view(self, of: int, elements: int, offset: int = 0) -> int:
        """A new tensor that is bytes of `of`."""
        tensor = self.tensor(elements, self.tensors[of].type)
        self.views.append(View(tensor, of, offset))
        return tensor

    def program(self, *outputs: int) -> Program:
        operators = tuple(call.source for call in self.calls)
        everything = tuple(self.outputs) + outputs
        model = Model("test", "", tuple(self.tensors), operators, tuple(self.inputs), everything)
        return Program(model, (), tuple(self.calls), tuple(self.views), tuple(self.overlaps))


@st.composite
def random_programs(
    draw: st.DrawFn, unit: int = 1, most_calls: int = 8, most_elements: int = 40, views: bool = True
) -> Program:
    """Programs with several readers, views, parts, scratch, variables and overlaps; sizes in multiples of `unit`."""
    draft = Draft()
    elements = st.integers(1, most_elements).map(lambda count: count * unit)
    distances = st.none() | st.integers(-2, most_elements).map(lambda count: count * unit)
    values = [draft.input(draw(elements)) for _ in range(draw(st.integers(1, 2)))]
    if draw(st.integers(0, 9)) == 0:
        values.append(draft.tensor(draw(elements), is_variable=True))
    for _ in range(draw(st.integers(0, most_calls))):
        inputs = draw(st.lists(st.sampled_from(values[-4:]), min_size=1, max_size=2))
        kind = TensorType.FLOAT32 if unit == 1 and draw(st.integers(0, 4)) == 0 else TensorType.INT8
        output = draft.step(
            inputs,
            draw(elements),
            kind,
            scratch=draw(st.sampled_from((0, 0, 0, unit, 3 * unit))),
            distances=[draw(distances) for _ in inputs],
        )
        values.append(output)
        if views and draw(st.integers(0, 3)) == 0:
            size = draft.tensors[output].elements
            begin = draw(st.integers(0, size // unit - 1)) * unit
            values.append(draft.view(output, size - begin, begin * (4 if kind is TensorType.FLOAT32 else 1)))
    return draft.program(values[-1], *draw(st.lists(st.sampled_from(values), max_size=1)))
