"""What a model remembers from one invoke to the next, as TFLM keeps it: inside the arena, for as long as that is used.

Sources: tensorflow/lite/micro/micro_resource_variable.cc (Allocate), micro_allocator.cc (AllocateVariables).
"""

from __future__ import annotations

from ..model import Model, VarHandleOptions
from ..program import ARENA_ALIGNMENT


def state_size(model: Model) -> int:
    """Bytes of the arena that hold resource variables and variable tensors, of all subgraphs."""
    variables: dict[tuple[str, str], int] = {}
    tensors = 0
    for graph in (model, *model.subgraphs):
        tensors += sum(_up(tensor.size) for tensor in graph.tensors if tensor.is_variable)
        handles = variable_handles(graph)
        for operator in graph.operators:
            if operator.opcode == "ASSIGN_VARIABLE" and operator.input(0) in handles and operator.input(1) >= 0:
                variables.setdefault(handles[operator.input(0)], _up(graph.tensors[operator.input(1)].size))
    return tensors + sum(variables.values())


def variable_handles(graph: Model) -> dict[int, tuple[str, str]]:
    """The tensors of a subgraph that VAR_HANDLE writes: container and shared name of each one's variable."""
    return {
        operator.outputs[0]: (operator.options.container, operator.options.shared_name)
        for operator in graph.operators
        if isinstance(operator.options, VarHandleOptions) and operator.outputs
    }


def _up(size: int) -> int:
    return -(-size // ARENA_ALIGNMENT) * ARENA_ALIGNMENT
