"""Hand-made Programs for the tests of the arena: tensors by name, calls by name, no kernels behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
