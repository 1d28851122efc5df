"""The manifest of one generated model, and reading it back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import UsageError
from ..files import read_text
from ..typed_json import parse
from .arena import OWN, SHARED, SHARED_OWNER, USER, ArenaInfo
from .simplification import Simplification
from .streams import StreamInfo

SCHEMA = "tinyml-manifest/1"

LARGEST = 1 << 40
"""Bytes of anything."""


@dataclass(frozen=True)
class TensorInfo:
    """A model input or output. `accessor` is the C function that returns its address; `type` as in schema.fbs.

    `offset` is in bytes from the arena's base, None where an interpreter places the tensor.
    """

    name: str
    accessor: str
    type: str
    shape: tuple[int, ...]
    bytes: int
    scale: float | None
    zero_point: int | None
    offset: int | None = None


@dataclass(frozen=True)
class TableInfo:
    """Constants that the generated C has as the array `symbol`: its first `bytes`, and their CRC-32 in hexadecimal."""

    symbol: str
    bytes: int
    crc32: str


@dataclass(frozen=True)
class CallInfo:
    """What one kernel call works on: the operator's name, the shape of its first output, bytes of constants read.

    `moved` are the bytes of its inputs, outputs and constants, each once: what it has to read and write at least.
    """

    name: str
    shape: tuple[int, ...]
    constants: int
    moved: int


def invoke_of(name: str, *, by_rows: bool, rows_out: bool = False) -> str:
    """The C function of the model `name` that computes: it takes rows of the input, hands out rows, or does it at once.

    `by_rows` and `rows_out` are of the input and of the output.
    """
    return f"{name}_push_row" if by_rows else f"{name}_pop_row" if rows_out else f"{name}_invoke"


@dataclass(frozen=True)
class Manifest:
    """One generated model.

    `symbols` maps each global or static C symbol that the generated files define to its owner (`weights:kws`,
    `arena:kws`, `tinyml`); `weights` is the flash in bytes that its tables take, without padding (the params of the
    calls and the code come on top), `largest_constant` the biggest table; `kernels` the runtime source files (names in
    runtime/src) that it calls.
    """

    name: str
    source: str
    runtime: str
    operators: int
    macs: int
    header: str
    sources: tuple[str, ...]
    kernels: tuple[str, ...]
    weights: int
    largest_constant: int
    arena: ArenaInfo
    init: str
    invoke: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    symbols: dict[str, str]
    calls: tuple[tuple[int, str, str, int], ...]
    """Per kernel call: (operator index, opcode, C function, MACs)."""
    call_infos: tuple[CallInfo, ...] = ()
    """Per kernel call, as `calls`; empty where nobody said."""
    streams: tuple[StreamInfo, ...] = ()
    custom_operators: tuple[str, ...] = ()
    """Custom codes of the model's operators, each once."""
    simplification: Simplification | None = None
    """compiled: None where the file's model was taken as it stands because the user asked for that."""
    state: int = 0
    """Bytes that keep their values from one invoke to the next: compiled beside the arena, tflm inside it."""
    input_rows: int | None = None
    """The rows of the input that `invoke` takes, one in each call; None where it takes none and the input is whole."""
    tables: tuple[TableInfo, ...] = ()
    """What the linked program is to hold."""

    output_rows: int | None = None
    """The rows of the output that `pop_row` hands out one by one; None where the output is whole."""

    @property
    def pop_row(self) -> str:
        """The C function that hands out the output's next row, where there is one."""
        return f"{self.name}_pop_row"

    @property
    def accessible(self) -> tuple[TensorInfo, ...]:
        """The inputs and outputs that have a C function for their memory."""
        return (*(() if self.input_rows else self.inputs), *(() if self.output_rows else self.outputs))

    @property
    def state_in_arena(self) -> int:
        """Bytes of `arena.size` that are state."""
        return self.state if self.runtime == "tflm" and self.arena.method else 0

    @property
    def least_arena(self) -> int:
        """Bytes of RAM that its arena takes at least, without state; none where the application brings it."""
        return 0 if self.arena.whose == USER else self.arena.least - self.state_in_arena

    @property
    def persistent_symbol(self) -> str:
        """The C array of the arena's persistent part, where that is split off."""
        return f"{self.name}_persistent"

    def arena_arrays(self) -> dict[str, int]:
        """Owners of its arena's bytes with how many at least, without state; none where the application brings it."""
        if self.arena.whose == USER:
            return {}
        if self.arena.whose != SHARED:
            return {f"arena:{self.name}": self.least_arena}
        own = self.least_arena - self.arena.head
        split = {f"arena:{self.name}": own} if self.arena.persistent is not None else {}
        return {SHARED_OWNER: self.arena.head, **split}

    @property
    def least_ram(self) -> int:
        """Bytes of RAM that the model takes at least, arena and state."""
        in_users = self.arena.whose == USER and self.runtime == "tflm"
        return self.least_arena + (0 if in_users else self.state)

    def turns(self) -> tuple[int, ...]:
        """Numbers of the calls as they run: of a stream each several times. Raises ValueError for what is no order."""
        turns: list[int] = []
        streams = {stream.first: stream for stream in self.streams}
        call = 0
        while call < len(self.calls):
            stream = streams.get(call)
            if stream is None:
                turns.append(call)
                call += 1
                continue
            order = [int(word) for word in stream.order.split()]
            if not call <= stream.last < len(self.calls) or set(order) != set(range(call, stream.last + 1)):
                raise ValueError(f"not a tinyml manifest: .streams of call {call}")
            turns += order
            call = stream.last + 1
        return tuple(turns)

    def by_call(self, counts: Iterable[int]) -> tuple[int, ...]:
        """Sums of what was counted in each of the turns, by call."""
        sums = [0] * len(self.calls)
        for turn, count in zip(self.turns(), counts, strict=True):
            sums[turn] += count
        return tuple(sums)

    def to_json(self) -> str:
        """JSON text, keys sorted, ending in a newline."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1, sort_keys=True) + "\n"


def least_ram(manifests: Sequence[Manifest]) -> int:
    """Bytes of RAM that all of them take at least: what they share counts once."""
    shared = [each.arena.head for each in manifests if each.arena.whose == SHARED]
    return sum(each.least_ram for each in manifests) - sum(shared) + max(shared, default=0)


def read_manifest(path: Path) -> Manifest:
    """Raises UsageError for anything but a manifest of this version."""
    try:
        return manifest_from_json(read_text(path))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "run `generate` first") from error
    except ValueError as error:
        raise UsageError(
            f"{path}: {error}",
            "give NAME_model.json as `generate` of this version writes it; in a build: `pio run -t clean`, then build",
        ) from error


def manifest_from_json(text: str) -> Manifest:
    """Parse what `to_json` wrote. Raises ValueError on anything else."""
    try:
        manifest = parse(Manifest, text, SCHEMA)
    except ValueError as error:
        raise ValueError(f"not a tinyml manifest of this version: {error}") from error
    if manifest.call_infos and len(manifest.call_infos) != len(manifest.calls):
        raise ValueError("not a tinyml manifest: .call_infos is not of .calls")
    sizes = [
        manifest.arena.size,
        manifest.arena.persistent or 0,
        manifest.arena.size - (manifest.arena.persistent or 0),
        manifest.weights,
        manifest.state,
        *(place.size for place in manifest.arena.placements),
    ]
    sizes += [tensor.bytes for tensor in (*manifest.inputs, *manifest.outputs)]
    sizes += [table.bytes for table in manifest.tables]
    if manifest.arena.whose not in (OWN, SHARED, USER):
        raise ValueError("not a tinyml manifest: .arena.whose")
    if manifest.arena.alignment < 1 or not 0 <= min(sizes) <= max(sizes) <= LARGEST:
        raise ValueError("not a tinyml manifest: sizes below zero, or beyond all use")
    for rows, tensors in ((manifest.input_rows, manifest.inputs), (manifest.output_rows, manifest.outputs)):
        if rows is not None and (rows < 1 or len(tensors) != 1 or tensors[0].bytes % rows):
            raise ValueError("not a tinyml manifest: .input_rows or .output_rows")
    manifest.turns()
    for tensor in manifest.simplification.cut if manifest.simplification else ():
        tensor.indices()
    names = (manifest.name, *manifest.symbols.values(), *(table.symbol for table in manifest.tables))
    if not all(text.isprintable() for text in names):
        raise ValueError("not a tinyml manifest: names that are not printable")
    return manifest
