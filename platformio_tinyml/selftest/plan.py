"""The plan of a self test, as JSON: what was built into the firmware, and what its models have to say."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from pathlib import Path

from ..manifest import OWN, Manifest
from ..measured.printed import read_printed

SCHEMA = "tinyml-selftest-plan/1"


@dataclass(frozen=True)
class PlannedOracle:
    """An oracle, and what it says: the bytes of all outputs of all samples one after another, in base 64."""

    name: str
    independent: bool | None
    outputs: str

    @property
    def data(self) -> bytes:
        """`outputs` as bytes."""
        return b64decode(self.outputs)


@dataclass(frozen=True)
class PlannedModel:
    """`samples` of `of` that there are, from `source`. `output_bytes` are the sizes of the outputs.

    `sums` are of a build that looks into the model: for each sample the CRC-32 of each piece of a tensor in the order
    of the device's lines, None where it is not to be compared; `owners` (operator, opcode, tensor's name) of each
    piece. () where nothing is known of tensors, and `untraced` says why.
    """

    name: str
    manifest: str
    samples: int
    of: int
    source: str
    output_bytes: tuple[int, ...]
    oracles: tuple[PlannedOracle, ...]
    missing: tuple[str, ...]
    sums: tuple[tuple[int | None, ...], ...] = ()
    owners: tuple[tuple[int, str, str], ...] = ()
    untraced: str = ""


@dataclass(frozen=True)
class Plan:
    """`nonce` is of one build of the firmware; `trace` if it looks into the models, `probe` for arenas."""

    nonce: str
    trace: bool
    probe: bool
    models: tuple[PlannedModel, ...]

    def to_json(self) -> str:
        """JSON text ending in a newline."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1) + "\n"


def is_probed(manifest: Manifest, *, probe: bool) -> bool:
    """An arena that others have a part in is not for trying."""
    return probe and manifest.runtime == "tflm" and manifest.arena.whose == OWN


def read_plan(path: Path) -> Plan:
    """Raises UsageError for anything but a plan."""
    return read_printed(Plan, path, SCHEMA, "selftest", lambda _: iter(()))


def packed(data: bytes) -> str:
    """As PlannedOracle has it."""
    return b64encode(data).decode("ascii")
