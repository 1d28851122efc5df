"""The arena that TFLM will need, without running it: a bound, never below the truth, from the model and struct sizes.

AllocateTensors is replayed on an arena with two ends (tensorflow/lite/micro/micro_interpreter.cc, micro_allocator.cc,
micro_allocation_info.cc, arena_allocator/single_arena_buffer_allocator.cc): what stays is taken from the tail
downwards, what is planned or temporary from the head upwards. The arena must hold the most that both ever take.

    head: scratch requests | temporary tensors of Prepare    then: planner's tables    then: activations and scratch
    tail: allocators, tensors, nodes | options and data of operators | scratch handles | inputs and outputs

A split arena has head and tail in two memories, and each must hold the most that its own end takes
(arena_allocator/persistent_arena_buffer_allocator.cc, non_persistent_arena_buffer_allocator.cc).
The base is aligned to 16. Each step goes over all subgraphs, in the file's order, before the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from ..errors import ModelError
from ..model import Model, Tensor, TensorType
from ..program import ARENA_ALIGNMENT
from .greedy import Planned, greedy_size
from .kernel_memory import KernelMemory, kernel_memory
from .kernel_sets import Kernels
from .lifetimes import Lifetimes
from .state import variable_handles
from .struct_sizes import StructSizes

_SCRATCH_SLOTS = 12
"""Scratch requests that TFLM keeps room for, beyond those made: kMaxScratchBuffersPerOp."""

_PLANNER_ROW = 40
"""Bytes of the greedy planner's tables per buffer: ten 32-bit numbers."""

_MAX_BUFFERS = 4096
"""The planner's time grows with the square of the number of buffers."""

_UNPACKED = {"FULLY_CONNECTED": 1, "UNIDIRECTIONAL_SEQUENCE_LSTM": 1, "CALL_ONCE": 0, "VAR_HANDLE": 0}
"""How often Prepare unpacks an operator's tensors, where that is known; at most twice."""

_VARIABLE_POINTERS = 5
"""A variable's entry in MicroResourceVariables: two names, its memory, its size, and a byte that takes as much."""


@dataclass(frozen=True, slots=True)
class StaticPlan:
    """All in bytes. `size`, a multiple of 16, is an arena that AllocateTensors accepts.

    `head` is what the planner places (activations and scratch of kernels, `scratch` of them in the largest operator),
    `tail` what stays beside it; at one moment of AllocateTensors more may be needed than both. `parts` says what the
    tail is made of, padding included, in the order of first allocation. Of a split arena `size` is the head's memory
    and `persistent` the tail's.
    """

    size: int
    head: int
    tail: int
    scratch: int
    parts: tuple[tuple[str, int], ...]
    persistent: int | None = None

    @property
    def total(self) -> int:
        """Bytes of both memories."""
        return self.size + (self.persistent or 0)


def static_plan(
    model: Model,
    sizes: StructSizes,
    kernels: Kernels = Kernels.REFERENCE,
    offline: Sequence[int] = (),
    *,
    split: bool = False,
) -> StaticPlan:
    """Bound the arena of `model`, or both parts of one that is split.

    `offline` has the offset of each tensor in the file's `OfflineMemoryAllocation` metadata, -1 for those that the
    planner may place; empty where the file has none. Raises ModelError (code no-bound) for what has no rule.
    """
    graphs = (model, *model.subgraphs)
    tensors, operators = (sum(len(graph.tensors) for graph in graphs), sum(len(graph.operators) for graph in graphs))
    if max(tensors, operators) > _MAX_BUFFERS:
        raise ModelError(
            f"no bound for the arena: {tensors:,} tensors and {operators:,} operators",
            f"At most {_MAX_BUFFERS:,} of each are planned.",
            code="no-bound",
        )
    memory = [[kernel_memory(graph, operator, kernels) for operator in graph.operators] for graph in graphs]
    arena = _Arena(sizes)
    _start(arena, model, split=split)
    _initialize(arena, list(chain.from_iterable(memory)))
    _prepare(arena, model, memory)
    head = _plan(arena, model, memory, offline)
    _finish(arena, model)
    return StaticPlan(
        size=_up(arena.most_head if split else arena.most),
        head=head,
        tail=arena.tail,
        scratch=max((sum(needs.prepared.scratch) for needs in chain.from_iterable(memory)), default=0),
        parts=tuple(arena.parts.items()),
        persistent=_up(arena.tail) if split else None,
    )


@dataclass(slots=True)
class _Arena:
    """Both ends, the most that they took together, and the most that the head took."""

    sizes: StructSizes
    head: int = 0
    tail: int = 0
    most: int = 0
    most_head: int = 0
    parts: dict[str, int] = field(default_factory=dict)

    def keep(self, part: str, size: int, alignment: int = ARENA_ALIGNMENT) -> None:
        """Take `size` bytes from the tail for good."""
        end = _up(self.tail + size, alignment)
        self.parts[part] = self.parts.get(part, 0) + end - self.tail
        self.tail = end
        self._note(self.head)

    def keep_struct(self, part: str, name: str, count: int = 1) -> None:
        """Take an array of a struct from the tail."""
        size, alignment = self.sizes[name]
        self.keep(part, size * count, alignment)

    def set_head(self, size: int) -> None:
        """The head ends at `size` from now on."""
        self.head = size
        self._note(size)

    def temporary(self, blocks: Sequence[tuple[int, int]]) -> int:
        """Where (size, alignment) blocks after the head end; the head itself stays."""
        end = self.head
        for size, alignment in blocks:
            end = _up(end, alignment) + size
        self._note(end)
        return end

    def require(self, head: int, tail: int) -> None:
        """Both at once."""
        self.most = max(self.most, head + tail)
        self.most_head = max(self.most_head, head)

    def _note(self, head: int) -> None:
        self.require(head, self.tail)


def _up(size: int, alignment: int = ARENA_ALIGNMENT) -> int:
    return -(-size // alignment) * alignment


def _start(arena: _Arena, model: Model, *, split: bool) -> None:
    """MicroAllocator::Create, MicroResourceVariables::Create and StartModelAllocation."""
    graphs = (model, *model.subgraphs)
    two = ("PersistentArenaBufferAllocator", "NonPersistentArenaBufferAllocator")
    for name in (*(two if split else ("SingleArenaBufferAllocator",)), "GreedyMemoryPlanner", "MicroAllocator"):
        arena.keep_struct("allocators", name)
    if model.variables:
        arena.keep("variables", arena.sizes.pointer + 2 * 4)
        arena.keep("variables", len(model.variables) * _VARIABLE_POINTERS * arena.sizes.pointer)
    arena.keep("allocators", 2 * arena.sizes.pointer, arena.sizes.pointer)  # MicroBuiltinDataAllocator: vtable, pointer
    _set_requests(arena, 0)
    arena.keep_struct("allocators", "SubgraphAllocations", len(graphs))
    for graph in graphs:
        arena.keep_struct("tensors", "TfLiteEvalTensor", len(graph.tensors))
    for graph in graphs:
        arena.keep_struct("nodes", "NodeAndRegistration", len(graph.operators))


def _set_requests(arena: _Arena, made: int) -> None:
    arena.set_head((made + _SCRATCH_SLOTS) * arena.sizes["ScratchBufferRequest"][0])


def _initialize(arena: _Arena, memory: Sequence[KernelMemory]) -> None:
    """Options are unpacked and Init is called for all operators before the first Prepare."""
    for needs in memory:
        if needs.params:
            arena.keep_struct("options", needs.params)
    for needs in memory:
        size = needs.more_data + (arena.sizes[needs.data][0] if needs.data else 0)
        if size:
            arena.keep("operator data", size)


def _prepare(arena: _Arena, model: Model, memory: Sequence[Sequence[KernelMemory]]) -> None:
    made = 0
    assigned: set[tuple[str, str]] = set()
    for graph, needed in zip((model, *model.subgraphs), memory, strict=True):
        handles = variable_handles(graph)
        for operator, needs in zip(graph.operators, needed, strict=True):
            for size in needs.prepared.persistent:
                arena.keep("operator data", size)
            tensors = [graph.tensors[index] for index in (*operator.inputs, *operator.outputs) if index >= 0]
            blocks = [block for tensor in tensors for block in _tensor_blocks(arena.sizes, tensor)]
            times = _UNPACKED.get(operator.opcode, 2)
            arena.temporary(blocks * times)
            name = handles.get(operator.input(0)) if operator.opcode == "ASSIGN_VARIABLE" else None
            if name and name not in assigned and operator.input(1) >= 0:
                assigned.add(name)
                arena.keep("variables", _bytes(graph.tensors[operator.input(1)]))
                arena.temporary(blocks * times)
            made += len(needs.prepared.scratch)
            _set_requests(arena, made)
    if made:
        arena.keep_struct("scratch handles", "ScratchBufferHandle", made)


def _tensor_blocks(sizes: StructSizes, tensor: Tensor) -> list[tuple[int, int]]:
    """(size, alignment) of a TfLiteTensor, its quantization and its zero points."""
    blocks = [sizes["TfLiteTensor"]]
    if tensor.quantization:
        size, alignment = sizes["TfLiteIntArray"]
        zero_points = (size + 4 * len(tensor.quantization.zero_point), alignment)
        blocks += [sizes["TfLiteAffineQuantization"], zero_points]
    return blocks


def _plan(arena: _Arena, model: Model, memory: Sequence[Sequence[KernelMemory]], offline: Sequence[int]) -> int:
    """CommitStaticMemoryPlan. Bytes of the head afterwards."""
    graphs = (model, *model.subgraphs)
    info_size, info_alignment = arena.sizes["AllocationInfo"]
    pointer = arena.sizes.pointer
    infos = sum(len(graph.tensors) for graph in graphs)
    infos += sum(len(needs.prepared.scratch) for needs in chain.from_iterable(memory))
    tables = arena.temporary([(pointer * len(graphs), pointer), (info_size * infos, info_alignment)])
    for graph in graphs:
        for tensor in graph.tensors:
            # TFLM looks at the offsets of the first subgraph for those of all.
            if tensor.is_variable and _offset(offline, tensor.index) is None:
                arena.keep("variables", _bytes(tensor))
    buffers = _buffers(model, memory, offline)
    arena.require(_up(tables) + _PLANNER_ROW * len(buffers), _up(arena.tail))
    head = greedy_size(buffers)
    arena.set_head(head)
    return head


def _offset(offline: Sequence[int], index: int) -> int | None:
    offset = offline[index] if index < len(offline) else -1
    return offset if offset >= 0 else None


def _bytes(tensor: Tensor) -> int:
    """As TFLM counts: elements narrower than a byte take one each, a resource is a number of 32 bits."""
    return tensor.elements * (4 if tensor.type is TensorType.RESOURCE else max(tensor.type.bits, 8) // 8)


def _buffers(model: Model, memory: Sequence[Sequence[KernelMemory]], offline: Sequence[int]) -> list[Planned]:
    """What the planner is given, in its order: tensors by index, then scratch; of each subgraph in its turn.

    A tensor that nothing uses is placed all the same; a handle that VAR_HANDLE writes points at the operator's data.
    """
    graphs = (model, *model.subgraphs)
    lifetimes = Lifetimes(model)
    buffers = []
    start = 0
    for number, graph in enumerate(graphs):
        handles = variable_handles(graph)
        for tensor in graph.tensors:
            offset = _offset(offline, start + tensor.index)
            placed = tensor.index not in handles and (not tensor.is_variable or offset is not None)
            if placed and not tensor.is_constant and tensor.elements:
                buffers.append(Planned(_up(_bytes(tensor)), *lifetimes.tensor(number, tensor.index), offset))
        start += len(graph.tensors)
    return buffers + [
        Planned(_up(size), *lifetimes.scratch(number, operator.index))
        for number, graph in enumerate(graphs)
        for operator, needs in zip(graph.operators, memory[number], strict=True)
        for size in needs.prepared.scratch
    ]


def _finish(arena: _Arena, model: Model) -> None:
    """The TfLiteTensors that input() and output() return."""
    for indices in (model.inputs, model.outputs):
        arena.keep("operator data", arena.sizes.pointer * len(indices))
        for index in indices:
            for part, (size, alignment) in zip(
                ("inputs and outputs", "quantization", "quantization"),
                _tensor_blocks(arena.sizes, model.tensors[index]),
                strict=False,
            ):
                arena.keep(part, size, alignment)
