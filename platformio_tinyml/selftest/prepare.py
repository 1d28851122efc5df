"""What a self test is made of: inputs that fit, and what the oracles say of them."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import SetupError
from ..manifest import Manifest
from ..model import Model
from ..tflite import read_model_file
from ..verify.compare import cut_tensors
from ..verify.oracles import Compiler, Oracle, Oracles, find_oracles
from ..verify.pieces import Piece, pieces_by_turn
from ..verify.samples import Samples, generate_samples, read_samples
from .plan import PlannedModel, PlannedOracle, packed

COUNT = 4
"""Generated inputs."""


@dataclass(frozen=True)
class Subject:
    """A model of the firmware: its manifest, from the file `source`, and its .tflite file `path`.

    `golden` is the file with its inputs; without it they are generated.
    """

    manifest: Manifest
    source: Path
    path: Path
    golden: Path | None = None


def choose_samples(subject: Subject, most: int | None) -> tuple[Samples, int]:
    """As many as `most` bytes hold, one at least, from the first on; and how many there are."""
    manifest = subject.manifest
    samples = read_samples(subject.golden, manifest) if subject.golden else generate_samples(manifest, COUNT)
    size = max(sum(tensor.bytes for tensor in manifest.inputs), 1)
    count = len(samples.inputs) if most is None else max(1, min(len(samples.inputs), most // size))
    outputs = samples.outputs[:count] if samples.outputs else None
    return replace(samples, inputs=samples.inputs[:count], outputs=outputs), len(samples.inputs)


def plan_model(subject: Subject, samples: Samples, of: int, compiler: Compiler, *, trace: bool) -> PlannedModel:
    """What the model has to say to `samples`. SetupError where there is no oracle."""
    manifest = subject.manifest
    oracles = find_oracles(subject.path, manifest, samples, compiler)
    planned = PlannedModel(
        name=manifest.name,
        manifest=str(subject.source),
        samples=len(samples.inputs),
        of=of,
        source=samples.source,
        output_bytes=tuple(tensor.bytes for tensor in manifest.outputs),
        oracles=tuple(_said(oracle) for oracle in oracles.found),
        missing=oracles.missing,
    )
    return _with_sums(planned, subject, oracles) if trace else planned


def _said(oracle: Oracle) -> PlannedOracle:
    outputs = b"".join(data for sample in oracle.outputs() for data in sample)
    return PlannedOracle(oracle.name, oracle.independent, packed(outputs))


def _with_sums(planned: PlannedModel, subject: Subject, oracles: Oracles) -> PlannedModel:
    """By the first oracle that knows tensors."""
    manifest = subject.manifest
    model = read_model_file(subject.path, manifest.name)
    floats = {tensor.index for tensor in model.tensors if tensor.type.name == "FLOAT32"}
    wanted = _whole_tensors(model) if manifest.runtime == "tflm" else [p for t in pieces_by_turn(manifest) for p in t]
    owners = tuple((piece.operator, piece.opcode, piece.name) for piece in wanted)
    reason = ""
    for oracle in oracles.found:
        try:
            rows = tuple(_sums(wanted, cut_tensors(manifest, tensors), floats) for tensors in oracle.tensors(0))
        except SetupError as error:
            reason = error.message
            continue
        return replace(planned, sums=rows, owners=owners)
    return replace(planned, untraced=reason)


def _sums(wanted: Sequence[Piece], tensors: Mapping[int, bytes], floats: Collection[int]) -> tuple[int | None, ...]:
    return tuple(
        zlib.crc32(tensors[piece.tensor][piece.start :][: piece.size])
        if piece.tensor in tensors and piece.tensor not in floats
        else None
        for piece in wanted
    )


def _whole_tensors(model: Model) -> list[Piece]:
    """What the interpreter's operators write, in their order."""
    tensors = {tensor.index: tensor for tensor in model.tensors}
    return [
        Piece(operator.index, operator.opcode, index, tensors[index].name, 0, 0, tensors[index].size)
        for operator in model.operators
        for index in operator.outputs
    ]
