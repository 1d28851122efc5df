"""Which runtimes take a model, and the arena that it takes with each: the end of `inspect`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ..codegen.tensors import interpreter_ports
from ..errors import ModelError
from ..model.naming import printable
from ..operators import check_model, lower_model
from ..schedule import schedule_arena
from ..simplify import Simplified
from ..tflite.metadata import read_offline_plan
from ..tflm.kernel_sets import Kernels
from ..tflm.refused import refuse, refuse_resized
from ..tflm.state import state_size
from ..tflm.static_plan import static_plan
from ..tflm.typical_sizes import typical_sizes


@dataclass(frozen=True, slots=True)
class RuntimeVerdict:
    """One runtime and a model. `refused` says why it does not take the model, None where nothing speaks against it.

    `arena` in bytes, None where it is not known; `method` how it is known: `planned` is exact, `estimate` an upper one
    that goes by typical struct sizes of a 32-bit machine and the reference kernels. `lower_bound` as in ArenaPlan.
    `custom` are operators that the library, or the project, has to bring.
    `state` are bytes that keep their values between invokes: compiled beside the arena, tflm inside it.
    """

    runtime: str
    refused: str | None
    arena: int | None
    method: str | None
    lower_bound: int | None = None
    state: int = 0
    custom: tuple[str, ...] = ()

    def text(self) -> str:
        """A line."""
        if self.refused:
            return f"{self.runtime} refuses this model: {self.refused}"
        if self.arena is None:
            inside = f" ({self.state:,} bytes of it are state)" if self.state else ""
            may = f"{self.runtime} may take this model{self._if()}"
            return f"{may}; its arena{inside} is not known before it is measured"
        if self.method == "planned":
            exact = f"arena {self.arena:,} bytes, planned ({self.lower_bound:,} without reuse in place)"
            beside = f"; state {self.state:,} bytes beside it" if self.state else ""
            return f"{self.runtime} takes this model: {exact}{beside}"
        return (
            f"{self.runtime} takes this model if the library has its operators: arena about {self.arena:,} bytes "
            "(estimate; reference kernels)"
        )

    def _if(self) -> str:
        if not self.custom:
            return ""
        names = ", ".join(printable(name, 40) for name in self.custom[:4]) + (", ..." if len(self.custom) > 4 else "")
        return f", if the library has {names}, or custom_tinyml_custom_operators names them"

    def as_row(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def verdicts(simplified: Simplified, data: bytes) -> Iterator[RuntimeVerdict]:
    """Of each runtime; `data` is the model's file."""
    violations = check_model(simplified.model)
    if violations:
        many = f"{len(violations)} reasons" if len(violations) > 1 else "1 reason"
        yield RuntimeVerdict("compiled", f"{many}, below", None, None)
    else:
        scheduled = schedule_arena(lower_model(simplified.model))
        plan, state = scheduled.plan, scheduled.program.state_size
        yield RuntimeVerdict("compiled", None, plan.size, "planned", plan.lower_bound, state)
    yield _with_tflm(simplified, data)


def _with_tflm(simplified: Simplified, data: bytes) -> RuntimeVerdict:
    model = simplified.original
    reason = _refused_by_tflm(simplified)
    if reason:
        return RuntimeVerdict("tflm", reason, None, None)
    graphs = (model, *model.subgraphs)
    custom = tuple(dict.fromkeys(o.custom_code for graph in graphs for o in graph.operators if o.opcode == "CUSTOM"))
    try:
        size = static_plan(model, typical_sizes(32), Kernels.REFERENCE, read_offline_plan(data)).size
    except ModelError:  # no rule for an operator is no refusal: the build measures
        return RuntimeVerdict("tflm", None, None, None, state=state_size(model), custom=custom)
    return RuntimeVerdict("tflm", None, size, "estimate", state=state_size(model))


def _refused_by_tflm(simplified: Simplified) -> str | None:
    """What no version of TensorFlow Lite Micro, or no generated header, can do."""
    model = simplified.original
    try:
        refuse(model)
        refuse_resized(model, simplified.resized)
        interpreter_ports(model, "input")
        interpreter_ports(model, "output")
    except ModelError as error:
        return printable(error.message, 200)
    return None
