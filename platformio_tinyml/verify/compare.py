"""The comparison: outputs sample by sample; where they differ, the first tensor inside the model that does."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ..emulate.linked_model import LinkedModel
from ..errors import SetupError, TinymlError
from ..firmware.contents import altered
from ..firmware.image import Image
from ..manifest import Manifest
from ..measured.stack import Stack
from ..measured.verification import Compared, FirstTensor, Verification
from ..model.naming import printable
from .oracles import ExpectedOracle, Oracle, Oracles
from .samples import Sample, Samples
from .trace import Untraceable, Written

FLOAT_TOLERANCE = 1e-4
"""Relative, and absolute where outputs are small."""


@dataclass(frozen=True, slots=True)
class Firmware:
    """A linked program with a model; `cpu` as in -mcpu overrides what the ELF says."""

    image: Image
    manifest: Manifest
    cpu: str = ""

    def start(self) -> LinkedModel:
        """The model after init, in memory of its own."""
        return LinkedModel(self.image, self.manifest, self.cpu)

    def changed_tables(self) -> Iterator[str]:
        """Constants that are not as they were generated: an altered weight need not show in a few outputs."""
        return altered(self.image, ((each.symbol, each.bytes, each.crc32) for each in self.manifest.tables))

    def written(self, samples: Samples, first: int) -> Iterator[tuple[Written, ...]]:
        """What operators write in each sample from `first` on; those before it are run too. Raises Untraceable."""
        from .tracers import make_tracer  # the reader of models and what it imports: rarely needed

        tracer = make_tracer(self.start(), self.manifest)
        return islice((tracer.run(inputs)[1] for inputs in samples.inputs), first, None)


def cut_tensors(manifest: Manifest, tensors: Mapping[int, bytes]) -> Mapping[int, bytes]:
    """An oracle's tensors as the firmware has them: with fewer channels, unless that is how they come."""
    simplification = manifest.simplification
    cut = {each.tensor: each for each in simplification.cut} if simplification else {}
    sizes = {place.tensor: place.size for place in manifest.arena.placements}
    streamed = (each for stream in manifest.streams for each in stream.tensors)
    sizes |= {each.tensor: sum(size for _, size in each.turns()) for each in streamed}
    return {
        index: cut[index].cut(data) if index in cut and len(data) != sizes.get(index) else data
        for index, data in tensors.items()
    }


def compare(firmware: Firmware, oracles: Oracles, samples: Samples, *, tensors: bool = False) -> Verification:
    """Run the samples until one differs from an oracle in its outputs; with `tensors` also in what operators write.

    Raises SetupError where the firmware or an oracle cannot be run; with `tensors` also where tensors cannot be told.
    """
    linked, found = firmware.start(), oracles.found
    changed = next(firmware.changed_tables(), "")
    theirs = zip(*(oracle.outputs() for oracle in found), strict=True)
    differences: tuple[str | None, ...] = (None,) * len(found)
    difference, tensor, ran, instructions, stack = None, None, 0, 0, 0
    for inputs, expected in zip(samples.inputs, theirs, strict=True):
        invoke = linked.invoke(inputs)
        ran, instructions, stack = ran + 1, invoke.call.instructions, max(stack, invoke.call.stack)
        differences = tuple(output_difference(firmware.manifest, invoke.outputs, each) for each in expected)
        worst = next((index for index, each in enumerate(differences) if each), None)
        if worst is not None:
            tensor, note = _search(firmware, found[worst], samples, ran - 1)
            parts = (
                f"{differences[worst]}, in sample {ran}",
                note,
                _disagreement(firmware.manifest, found, expected),
            )
            difference = "; ".join(filter(None, parts))
            break
    if tensors and not difference:
        tensor = _first_of_all(firmware, found, samples)
        difference = f"the outputs are equal; {tensor.words()}" if tensor else None
    if changed:
        difference = "; ".join(filter(None, [f"{changed}, constants of other bytes than were generated", difference]))
    return verification_of(
        firmware.manifest,
        oracles,
        samples.source,
        differences=differences,
        difference=difference,
        tensor=tensor,
        inputs=ran,
        instructions=instructions,
        stack=Stack(linked.init.stack, stack),
    )


def verification_of(
    manifest: Manifest,
    oracles: Oracles,
    source: str,
    *,
    inputs: int,
    instructions: int,
    stack: Stack,
    differences: Sequence[str | None] = (),
    difference: str | None = None,
    tensor: FirstTensor | None = None,
) -> Verification:
    """With `differences` of the outputs by oracle; without them all are equal."""
    rows = zip(oracles.found, differences or (None,) * len(oracles.found), strict=True)
    return Verification(
        name=manifest.name,
        oracles=tuple(Compared(each.name, each.independent, its) for each, its in rows),
        missing=oracles.missing,
        inputs=inputs,
        source=source,
        difference=difference,
        tensor=tensor,
        instructions=instructions,
        stack=stack,
    )


def is_equal(kind: str, found: bytes, expected: bytes) -> bool:
    """Byte for byte; floats up to FLOAT_TOLERANCE, since exp and its like are rounded otherwise by other libraries."""
    if found == expected or kind != "FLOAT32" or len(found) != len(expected):
        return found == expected
    pairs = zip(struct.iter_unpack("<f", found), struct.iter_unpack("<f", expected), strict=True)
    return all(
        math.isclose(a, b, rel_tol=FLOAT_TOLERANCE, abs_tol=FLOAT_TOLERANCE) or (math.isnan(a) and math.isnan(b))
        for (a,), (b,) in pairs
    )


def output_difference(manifest: Manifest, found: Sample, expected: Sample) -> str | None:
    """The first byte of the first output that differs, in words."""
    for tensor, ours, theirs in zip(manifest.outputs, found, expected, strict=True):
        if not is_equal(tensor.type, ours, theirs):
            at = _first_byte(ours, theirs)
            where = f"{tensor.accessor}, byte {at} of {tensor.bytes} (tensor {printable(tensor.name)})"
            return f"{where}: {ours[at]:#04x}, expected {theirs[at]:#04x}"
    return None


def _disagreement(manifest: Manifest, oracles: Sequence[Oracle], outputs: Sequence[Sample]) -> str:
    """ "" where all oracles have the same outputs."""
    for oracle, found in zip(oracles, outputs, strict=True):
        if difference := output_difference(manifest, found, outputs[0]):
            return f"the oracles disagree: {oracle.name} differs from {oracles[0].name} in {difference}"
    return ""


def _search(firmware: Firmware, oracle: Oracle, samples: Samples, number: int) -> tuple[FirstTensor | None, str]:
    """The first tensor that differs in that sample, and what to say of it, or of why it is not known."""
    try:
        written = next(firmware.written(samples, number))
        expected = cut_tensors(firmware.manifest, next(oracle.tensors(number)))
    except TinymlError as error:
        return None, f"which tensor differs first cannot be told: {error.message}"
    tensor = _first_tensor(written, expected)
    if tensor:
        return tensor, tensor.words()
    if all(each.tensor in expected for each in written):
        return None, "every operator wrote the right output, which was overwritten later"
    return None, f"no tensor differs of those that {oracle.name} has too"


def _first_of_all(firmware: Firmware, oracles: Sequence[Oracle], samples: Samples) -> FirstTensor | None:
    """Of all samples and all oracles that know tensors, which at least one has to."""
    traces = [oracle.tensors(0) for oracle in oracles if not isinstance(oracle, ExpectedOracle)]
    if not traces:
        raise Untraceable("no oracle knows the tensors inside the model")
    for written, *expected in zip(firmware.written(samples, 0), *traces, strict=True):
        for each in expected:
            if tensor := _first_tensor(written, cut_tensors(firmware.manifest, each)):
                return tensor
    return None


def _first_tensor(written: Sequence[Written], expected: Mapping[int, bytes]) -> FirstTensor | None:
    for each in written:
        theirs = expected.get(each.tensor, each.data)
        if theirs != each.data:
            at = _first_byte(each.data, theirs)
            size = len(each.data)
            return FirstTensor(each.operator, each.opcode, each.name, at, size, each.data[at], theirs[at])
    return None


def _first_byte(ours: bytes, theirs: bytes) -> int:
    """Where two tensors that are not equal differ first; another model's would be of another size."""
    if len(ours) != len(theirs):
        raise SetupError(
            f"a tensor has {len(ours):,} bytes in the firmware and {len(theirs):,} in the oracle",
            "Give the model and the manifest that the firmware was built with.",
        )
    return next(index for index, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
