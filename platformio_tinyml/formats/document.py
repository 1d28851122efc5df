"""The types of report.json. Every other format is a view on a Document; docs/report.md says what the fields mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..budgets import BYTES
from ..errors import UsageError
from ..files import read_text
from ..firmware.footprint import OwnerSize
from ..measured.baseline import Baseline
from ..measured.fingerprint import Part
from ..measured.stack import Stack
from ..measured.verification import Compared, FirstTensor
from ..typed_json import parse
from .json_report import SCHEMA


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes of flash, or of RAM."""

    used: int | None
    limit: int | None
    budget: int | None
    platformio: int | None
    main: int | None
    limit_source: str | None


@dataclass(frozen=True, slots=True)
class RegionPart:
    """Bytes in a region, of an owner or of a section."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A memory; `start`, `size`, `origin` and `free` are None for what lies in no single one.

    Owners, and sections, sum to `used`.
    """

    name: str
    kind: str
    start: int | None
    size: int | None
    origin: str | None
    used: int
    free: int | None
    owners: tuple[RegionPart, ...]
    sections: tuple[RegionPart, ...]


@dataclass(frozen=True, slots=True)
class PeakTensor:
    """A buffer that is live at the peak."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class PeakRow:
    """The call at which the arena is fullest."""

    call: int | None
    operator: int
    opcode: str
    name: str
    tensors: tuple[PeakTensor, ...]


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """A buffer in the arena; times and rows as in Manifest.PlacedBuffer."""

    name: str
    tensor: int | None
    offset: int
    size: int
    first_used: int
    last_used: int
    rows: int | None = None
    held: int | None = None


@dataclass(frozen=True, slots=True)
class StaticRow:
    """An arena as Manifest.StaticArena has it."""

    size: int
    method: str
    kernels: str


@dataclass(frozen=True, slots=True)
class ArenaRow:
    """A model's arena; `size` and `method` are None before it is measured, `placements` where nobody said."""

    size: int | None
    lower_bound: int
    planned_bound: int
    alignment: int
    method: str | None
    peak: PeakRow | None
    placements: tuple[PlacementRow, ...] | None
    whose: str = "own"
    persistent: int | None = None
    no_twin: str | None = None
    static: StaticRow | None = None


@dataclass(frozen=True, slots=True)
class CallRow:
    """One kernel call."""

    operator: int
    opcode: str
    name: str | None
    function: str
    macs: int
    shape: tuple[int, ...] | None
    constants: int | None
    moved: int | None
    live: int | None


_Number = float
"""A key of report.json is called float."""


@dataclass(frozen=True, slots=True)
class QuantizationRow:
    """How a model became int8, and what that cost in `metric`."""

    source: str
    calibration: str
    calibrated: bool
    samples: int
    metric: str
    data: str
    float: _Number | None
    int8: _Number | None
    drop: _Number
    max_drop: _Number | None


@dataclass(frozen=True, slots=True)
class VerificationRow:
    """How a linked model's outputs compare with the oracles'."""

    oracles: tuple[Compared, ...]
    missing: tuple[str, ...]
    inputs: int
    source: str
    difference: str | None
    tensor: FirstTensor | None
    instructions: int
    stack: Stack


@dataclass(frozen=True, slots=True)
class CallProfileRow:
    """Instructions and cycles of one kernel call."""

    operator: int
    opcode: str
    instructions: int | None
    instructions_bound: tuple[int, int] | None
    cycles: int | None


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """Instructions, stack, time and energy of a model, as in Profile."""

    method: str
    core: str
    instructions: int | None
    instructions_bound: tuple[int, int] | None
    stack: Stack | None
    calls: tuple[CallProfileRow, ...]
    cpi: tuple[_Number, _Number] | None
    cycles: int | None
    clock_hz: int | None
    latency_us: tuple[_Number, _Number] | None
    ma_per_mhz: _Number | None
    voltage: _Number | None
    energy_uj: tuple[_Number, _Number] | None
    notes: tuple[str, ...]
    failure: str | None
    outputs: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """What a device measured, as DeviceModel; `stale` says what has changed since, None if nothing has."""

    clock: str
    unit: str
    ticks: tuple[int, int]
    latency_us: tuple[_Number, _Number] | None
    stack: Stack | None
    arena: int
    inputs: int
    stale: str | None


@dataclass(frozen=True, slots=True)
class SimplificationRow:
    """As Manifest.Simplification."""

    channels: int
    constant: int
    removed: int
    constants: tuple[int, int]
    macs: tuple[int, int]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model."""

    name: str
    source: str
    runtime: str
    operators: int
    macs: int
    quantization: QuantizationRow | None
    verification: VerificationRow | None
    not_verified: str | None
    profile: ProfileRow | None
    used: bool | None
    flash: int | None
    ram: int | None
    arena: ArenaRow
    calls: tuple[CallRow, ...]
    weights: int
    state: int = 0
    simplification: SimplificationRow | None = None
    device: DeviceRow | None = None
    fingerprint: tuple[Part, ...] | None = None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check; `actual` and `limit` are in `unit`, of budgets.UNITS."""

    name: str
    ok: bool
    actual: int | None
    limit: int | None
    message: str | None
    advice: tuple[str, ...]
    unit: str = BYTES.name


@dataclass(frozen=True, slots=True)
class Document:
    """report.json."""

    schema: str
    ok: bool
    stage: str
    environment: str | None
    board: str | None
    memories: str | None
    models: tuple[ModelRow, ...]
    flash: Usage
    ram: Usage
    regions: tuple[RegionRow, ...] | None
    owners: tuple[OwnerSize, ...] | None
    checks: tuple[CheckRow, ...]
    baseline: Baseline | None
    notes: tuple[str, ...]


def read_document(path: Path) -> Document:
    """Raises UsageError for anything but a report of this version."""
    try:
        return parse_document(read_text(path))
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", "build, or run `check`, to have it written"
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{path} is no report: {error}", "give report.json as `check` of this version writes it"
        ) from error


def parse_document(text: str) -> Document:
    """Raises ValueError for anything else than as_json writes."""
    return parse(Document, text, SCHEMA)


def failed_checks(document: Document) -> tuple[CheckRow, ...]:
    """Those that failed, in order."""
    return tuple(check for check in document.checks if not check.ok)
