"""Where a linked TFLM keeps its nodes and tensors, told without symbols or sources: it points into the model's bytes.

After init a node holds the addresses of its operator's vectors `inputs` and `outputs` in the file, a tensor that of its
vector `shape`. The model is known, so these pointers identify the arrays in the arena; what does not match it in every
operator and tensor is not believed. Layouts, as of August 2026: TfLiteNode, TfLiteEvalTensor
(tensorflow/lite/c/common.h) and NodeAndRegistration (micro_allocator.h).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from ..emulate import WatchedCall
from ..emulate.linked_model import Invoke, LinkedModel
from ..errors import TinymlError
from ..manifest import Manifest
from ..model import Operator
from ..tflite import read_model
from ..tflite.vectors import find_vectors
from .trace import Untraceable, Written

_WORD = 4
_LARGEST_NODE = 64
"""Bytes between a node and the pointer to its registration, at most."""
_INVOKE = 3
"""The word of a registration with the kernel's address, after init, free and prepare."""
_TENSOR_WORDS = 3
"""Of a TfLiteEvalTensor: data, dims, type."""


class InterpreterTracer:
    """TFLM: each node's kernel is called with the node as its second argument."""

    def __init__(self, linked: LinkedModel, manifest: Manifest) -> None:
        self._linked, self._emulator = linked, linked.emulator
        try:
            array = self._emulator.symbol(f"{manifest.name}_tflite")
            data = self._emulator.read(array.address, manifest.weights)
            self._model = read_model(data, manifest.name)
            self._vectors = find_vectors(data)
            self._arena = linked.arena
            self._words = _words(self._emulator.read(self._arena.start, len(self._arena)))
        except TinymlError as error:
            raise Untraceable(f"the model or its arena is not found ({error.message})") from error
        self._base = array.address
        self._nodes = self._find_nodes()
        self._kernels = self._find_kernels(tuple(self._nodes))
        self._tensors = self._find_tensors()

    def run(self, inputs: Sequence[bytes]) -> tuple[Invoke, tuple[Written, ...]]:
        """See Tracer."""
        ran: list[Operator] = []
        written: list[Written] = []

        def look(call: WatchedCall) -> None:
            operator = self._nodes.get(call.arguments[1])
            if operator:
                ran.append(operator)
                written.extend(self._outputs_of(operator))

        invoke = self._linked.invoke(inputs, self._kernels, after=look)
        if tuple(ran) != self._model.operators:
            raise Untraceable("its kernels are not seen to run one after another")
        return invoke, tuple(written)

    def _outputs_of(self, operator: Operator) -> Iterator[Written]:
        for index in operator.outputs:
            tensor = self._model.tensors[index]
            address = self._word(self._tensors + index * _TENSOR_WORDS * _WORD)
            yield Written(
                operator.index, operator.opcode, index, tensor.name, self._emulator.read(address, tensor.size)
            )

    def _find_nodes(self) -> dict[int, Operator]:
        """By the address of its node, each operator."""
        found = {}
        for operator, (inputs, outputs) in zip(self._model.operators, self._vectors.operators, strict=True):
            pair = (self._address(inputs), self._address(outputs))
            places = [at for at in range(len(self._words) - 1) if self._words[at : at + 2] == pair]
            if len(places) != 1:
                raise Untraceable(
                    f"the node of operator {operator.index}, {operator.opcode}, is not found in the arena"
                )
            found[self._arena.start + places[0] * _WORD] = operator
        return found

    def _find_kernels(self, nodes: Sequence[int]) -> frozenset[int]:
        """The functions that the nodes' registrations name: all registrations stand equally far behind their nodes."""
        for distance in range(2 * _WORD, _LARGEST_NODE, _WORD):
            kernels = {self._kernel(node + distance) for node in nodes}
            if None not in kernels:
                return frozenset(kernel for kernel in kernels if kernel is not None)
        raise Untraceable("the kernels of the interpreter's nodes are not found")

    def _kernel(self, place: int) -> int | None:
        """The kernel's function if there is a pointer to a registration at `place`, else None."""
        try:
            pointer = self._word(self._word(place) + _INVOKE * _WORD)
        except TinymlError:
            return None
        return self._emulator.function_at(pointer)

    def _find_tensors(self) -> int:
        """The address of the array of the tensors."""
        shapes = [self._address(place) for place in self._vectors.shapes]
        last = len(self._words) - _TENSOR_WORDS * len(shapes)
        found = [at for at in range(last + 1) if self._are_tensors(at, shapes)]
        if len(found) != 1:
            raise Untraceable("the interpreter's tensors are not found in its arena")
        return self._arena.start + found[0] * _WORD

    def _are_tensors(self, at: int, shapes: Sequence[int]) -> bool:
        """Whether tensors start at that word. A kernel may have moved a shape into the arena; all but few stay."""
        pairs = zip(self._words[at + 1 :: _TENSOR_WORDS], shapes, strict=False)
        moved = 0
        for found, shape in pairs:
            if shape and found != shape:
                if found not in self._arena:
                    return False
                moved += 1
        return moved * 2 < len(shapes)

    def _address(self, place: int | None) -> int:
        """Of a vector in the model's bytes; 0, which stands in no pointer, where the file leaves it out."""
        return self._base + place if place is not None else 0

    def _word(self, address: int) -> int:
        return _words(self._emulator.read(address, _WORD))[0]


def _words(data: bytes) -> tuple[int, ...]:
    count = len(data) // _WORD
    return struct.unpack(f"<{count}I", data[: count * _WORD])
