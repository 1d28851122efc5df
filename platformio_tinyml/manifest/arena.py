"""Where a model's tensors lie, as its manifest has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peak:
    """The call at which the arena is fullest, and what lies there: (tensor name, bytes), largest first."""

    operator: int
    opcode: str
    name: str
    tensors: tuple[tuple[str, int], ...]
    call: int | None = None
    """Its number in Manifest.calls."""


@dataclass(frozen=True)
class PlacedBuffer:
    """Bytes of the arena that are taken from call `first_used` to call `last_used`, both included.

    -1 is before the first call (inputs), the number of calls after the last (outputs). `tensor` is the tensor's index,
    None for scratch. Of a tensor in a stream `held` of its `rows` rows are there at a time; None elsewhere.
    """

    name: str
    tensor: int | None
    offset: int
    size: int
    first_used: int
    last_used: int
    rows: int | None = None
    held: int | None = None


@dataclass(frozen=True)
class StaticArena:
    """tflm: the arena by TFLM's rules, without running it: an upper bound of `size` bytes.

    `method`: bound, with the sizes of TFLM's structs that the target's compiler gives; estimate, with typical ones of a
    32-bit machine. `kernels` as in tflm/kernel_sets.py.
    """

    size: int
    method: str
    kernels: str


OWN, SHARED, USER = "own", "shared", "user"
SHARED_ARENA = "tinyml_shared_arena"
"""The array that models with a SHARED arena have in common."""
SHARED_OWNER = "arena:(shared)"
"""Who it is billed to: no model can be called so."""


@dataclass(frozen=True)
class LeastArena:
    """The arena with Streams.LEAST: `size` bytes, for `price` percent more instructions, by estimate."""

    size: int
    price: float


@dataclass(frozen=True)
class ArenaInfo:
    """Arena figures in bytes; `method` is a rung of the ladder in docs/arena.md (compiled: `planned`).

    While `method` is None nobody has measured the arena, and `size` is 0. `static` is None where there are no rules.
    `persistent` bytes of `size` lie in an array of their own (tflm, with a split arena); None: there is one array.
    """

    size: int
    lower_bound: int
    planned_bound: int
    alignment: int
    method: str | None
    peak: Peak | None
    placements: tuple[PlacedBuffer, ...] = ()
    static: StaticArena | None = None
    keeps_input: bool = False
    """Inputs hold their values after an invoke, and until the next of any model."""
    whose: str = OWN
    """OWN; SHARED: all models of the firmware that say so have one, of the largest size; USER: the application's."""
    persistent: int | None = None
    no_twin: str | None = None
    """tflm: why the arena is a bound, where a twin was to tell it."""
    with_least_streams: LeastArena | None = None
    """compiled: where that is smaller."""

    @property
    def least(self) -> int:
        """Bytes that it takes at least: its size, or while that is not measured what it cannot do without."""
        return self.size if self.method else self.lower_bound

    @property
    def head(self) -> int:
        """Bytes of the array `<model>_arena` at least, or of the one that is shared."""
        return self.least - (self.persistent or 0)
