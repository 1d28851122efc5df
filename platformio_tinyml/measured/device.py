"""What devices measured, as the project keeps it beside the baseline (tinyml-device.json)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import UsageError
from ..files import read_text
from ..typed_json import parse
from .fingerprint import Part, changes
from .stack import Stack

SCHEMA = "tinyml-device/1"
FILE = "tinyml-device.json"


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """The model `name` on a device. `fingerprint` is of what ran.

    `ticks`, by the counter `clock` in its `unit`, and `latency_us` are the lowest and the highest of an invoke;
    `latency_us` is None where the unit is no time. `stack` is None where the device could not tell, `arena` in bytes.
    `against`: what the outputs were equal to.
    """

    name: str
    runtime: str
    arena: int
    clock: str
    unit: str
    ticks: tuple[int, int]
    latency_us: tuple[float, float] | None
    stack: Stack | None
    inputs: int
    against: tuple[str, ...]
    fingerprint: tuple[Part, ...]
    smallest: bool = False
    """`arena` is the smallest that TensorFlow Lite Micro took there (`tinyml_probe`)."""
    persistent: int | None = None
    """Bytes of `arena` that lie beside the others, where it is split."""

    def stale(self, now: tuple[Part, ...]) -> str:
        """What is another than on the device, in words; "" where nothing is."""
        return ", ".join(changes(self.fingerprint, now))


@dataclass(frozen=True, slots=True)
class Device:
    """What one environment's device measured."""

    environment: str
    board: str | None
    models: tuple[DeviceModel, ...]


@dataclass(frozen=True, slots=True)
class _File:
    schema: str
    devices: tuple[Device, ...]


def read_devices(path: Path) -> tuple[Device, ...]:
    """All of a file. Raises UsageError for anything but one of this version."""
    again = "Delete it, and measure again: `pio run -t tinyml_selftest`."
    try:
        return parse(_File, read_text(path), SCHEMA).devices
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", again, code="device") from error
    except ValueError as error:
        raise UsageError(f"{path} holds no measurements: {error}", again, code="device") from error


def find_device(devices: Iterable[Device], environment: str | None, board: str | None) -> Device | None:
    """That of the same environment on the same board."""
    return next((each for each in devices if (each.environment, each.board) == (environment, board)), None)


def merge(devices: Iterable[Device], new: Device) -> tuple[Device, ...]:
    """`new` models in the place of those of the same name and device; sorted by environment."""
    rows = {each.environment: each for each in devices}
    before = rows.get(new.environment)
    kept = before.models if before and before.board == new.board else ()
    models = {model.name: model for model in (*kept, *new.models)}
    rows[new.environment] = Device(new.environment, new.board, tuple(models[name] for name in sorted(models)))
    return tuple(rows[name] for name in sorted(rows))


def as_json(devices: Iterable[Device]) -> str:
    """JSON text ending in a newline; the same figures give the same text."""
    return json.dumps({"schema": SCHEMA, "devices": [asdict(each) for each in devices]}, indent=1) + "\n"
