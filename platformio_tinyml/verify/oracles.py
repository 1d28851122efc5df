"""What a linked model is compared with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from ..emulate.linked_model import LinkedModel
from ..errors import ModelError, SetupError, TinymlError, UsageError
from ..firmware.elf import read_image
from ..firmware.image import Image
from ..manifest import Manifest, ResizedTensor
from ..model import Model
from ..model.naming import printable
from ..streams import Streams
from ..tflm.wheel import NotRunError, run_wheel
from .samples import Sample, Samples
from .trace import Untraceable

Compiler = tuple[str | None, Sequence[str]]
"""A C compiler, and its flags for machine and libraries."""
REFERENCE_BOARD = "netduinoplus2"
"""Any core serves: the compiled runtime gives the same bytes on all."""


class Oracle(Protocol):
    """`independent`: it shares no code with the firmware's runtime; None where that is not known."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def independent(self) -> bool | None:
        """Of the firmware."""

    def outputs(self) -> Iterator[Sample]:
        """The outputs of each sample."""

    def tensors(self, first: int) -> Iterator[Mapping[int, bytes]]:
        """What operators wrote, by tensor, in the samples from `first` on. Raises SetupError where that is unknown."""


@dataclass(frozen=True)
class WheelOracle:
    """The package tflite_micro: TFLM's reference kernels on this computer. `computed` are the outputs.

    `folder` is where `path` is, if it is a file of this oracle's own.
    """

    path: Path
    manifest: Manifest
    samples: Samples
    computed: tuple[Sample, ...]
    folder: tempfile.TemporaryDirectory[str] | None = None
    name: str = "the package tflite_micro"

    @property
    def independent(self) -> bool:
        """Another build of the same sources is not."""
        return self.manifest.runtime != "tflm"

    def outputs(self) -> Iterator[Sample]:
        """See Oracle."""
        return iter(self.computed)

    def tensors(self, first: int) -> Iterator[Mapping[int, bytes]]:
        """See Oracle."""
        from ..tflite import read_model_file  # takes 30 ms, and is rarely needed

        model = read_model_file(self.path, self.manifest.name)
        written = sorted({index for operator in model.operators for index in operator.outputs})
        sizes = [model.tensors[index].size for index in written]
        found = run_wheel(self.path, len(self.manifest.inputs), "tensors", written, sizes, self.samples.inputs, first)
        return (dict(zip(written, each, strict=True)) for each in found)


@dataclass(frozen=True)
class LinkedOracle:
    """Another ELF with the model, in the emulator."""

    name: str
    independent: bool | None
    image: Image
    manifest: Manifest
    samples: Samples

    def outputs(self) -> Iterator[Sample]:
        """See Oracle."""
        linked = LinkedModel(self.image, self.manifest)
        return (linked.invoke(inputs).outputs for inputs in self.samples.inputs)

    def tensors(self, first: int) -> Iterator[Mapping[int, bytes]]:
        """See Oracle."""
        from .tracers import make_tracer  # imports the reader of models

        tracer = make_tracer(LinkedModel(self.image, self.manifest), self.manifest)
        traced = (tracer.run(inputs)[1] for inputs in self.samples.inputs)  # from the first on: a model may have state
        return ({each.tensor: each.data for each in written} for written in islice(traced, first, None))


@dataclass(frozen=True)
class ExpectedOracle:
    """Outputs that a file gives."""

    name: str
    expected: Sequence[Sample]
    independent: bool | None = None

    def outputs(self) -> Iterator[Sample]:
        """See Oracle."""
        return iter(self.expected)

    def tensors(self, first: int) -> Iterator[Mapping[int, bytes]]:
        """See Oracle."""
        raise Untraceable(f"{self.name} are outputs alone")


@dataclass(frozen=True)
class Oracles:
    """Those found, at least one; `missing` says of each that would have served why it is not there."""

    found: tuple[Oracle, ...]
    missing: tuple[str, ...] = ()


def find_oracles(path: Path, manifest: Manifest, samples: Samples, compiler: Compiler) -> Oracles:
    """All that there are for a firmware of the runtime tflm; for a compiled one the wheel, or else another build.

    `compiler` builds the compiled runtime (without one, or where it fails, that of REFERENCE_BOARD). Raises SetupError
    where there is no oracle, ModelError for a model that is none, UsageError for another one than the manifest's.
    """
    from ..tflite import read_model_file

    model = read_model_file(path, manifest.name)  # what is wrong with it is no lack of an oracle
    known = ((each.tensor, each.shape) for each in _resized(manifest) if 0 <= each.tensor < len(model.tensors))
    sizes = {index: replace(model.tensors[index], shape=shape).size for index, shape in known}
    for indices, infos in ((model.inputs, manifest.inputs), (model.outputs, manifest.outputs)):
        if [sizes.get(index, model.tensors[index].size) for index in indices] != [tensor.bytes for tensor in infos]:
            raise UsageError(
                f"{printable(path.name)} has other inputs or outputs than {printable(manifest.name)}",
                "Give the model and the manifest that the firmware was built with.",
            )
    found: list[Oracle] = []
    missing = []
    try:
        found.append(wheel_oracle(path, manifest, samples))
    except TinymlError as error:
        missing.append(error.message)
    if manifest.runtime == "tflm" or not found:
        try:
            found.append(compiled_oracle(model, manifest, samples, compiler))
        except TinymlError as error:
            missing.append(error.message)
    if samples.outputs:
        found.append(ExpectedOracle(f"the outputs in {printable(samples.source)}", samples.outputs))
    if not found:
        raise SetupError(
            f"nothing to compare {printable(manifest.name)} with: {'; '.join(missing)}",
            "Install what is missing, or switch the verification off.",
            code="no-oracle",
        )
    return Oracles(tuple(found), tuple(missing))


def wheel_oracle(path: Path, manifest: Manifest, samples: Samples) -> WheelOracle:
    """Raises SetupError where the package is not there, or does not run the model as TensorFlow Lite does."""
    if manifest.simplification and manifest.simplification.unlike_tflm:
        raise SetupError(
            f"tflite_micro is no judge of {manifest.simplification.unlike_tflm}", "Verify with another oracle."
        )
    sizes, folder = [tensor.bytes for tensor in manifest.outputs], None
    if _resized(manifest):  # TFLM believes what the file says of shapes that it leaves open
        folder = tempfile.TemporaryDirectory()
        path = _with_shapes(path, manifest, Path(folder.name))
    given = len(manifest.inputs), "outputs", range(len(sizes)), sizes, samples.inputs
    try:
        computed = run_wheel(path, *given)
    except NotRunError as error:
        folder = tempfile.TemporaryDirectory()
        narrow = _with_narrow(path, Path(folder.name))
        if narrow is None:
            raise _in_words(error, path, manifest) from None
        path, computed = narrow, run_wheel(narrow, *given)
    return WheelOracle(path, manifest, samples, tuple(computed), folder)


def _with_narrow(path: Path, folder: Path) -> Path | None:
    """The model without the CONCATENATIONs of more inputs than TFLM takes; None where it has none."""
    from ..tflite.narrowed import narrowed
    from ..tflm.refused import MOST_JOINED

    data = narrowed(path.read_bytes(), MOST_JOINED)
    if data is None:
        return None
    changed = folder / "narrow.tflite"
    changed.write_bytes(data)
    return changed


def _in_words(error: SetupError, path: Path, manifest: Manifest) -> SetupError:
    """Which operator it is that TFLM refuses, where that is known; the package's own words are of its source."""
    from ..tflite import read_model_file
    from ..tflm.refused import refuse

    try:
        refuse(read_model_file(path, manifest.name))
    except ModelError as known:
        return SetupError(f"tflite_micro does not run the model: {known.message}", error.next_step)
    return error


def _with_shapes(path: Path, manifest: Manifest, folder: Path) -> Path:
    from ..tflite.resize import resized

    shapes = {each.tensor: each.shape for each in _resized(manifest)}
    changed = folder / "model.tflite"
    changed.write_bytes(resized(path.read_bytes(), shapes))
    return changed


def _resized(manifest: Manifest) -> Sequence[ResizedTensor]:
    return manifest.simplification.resized if manifest.simplification else ()


def compiled_oracle(model: Model, manifest: Manifest, samples: Samples, compiler: Compiler) -> LinkedOracle:
    """The model in the compiled runtime, built now; TinymlError where that has not its operators, or no compiler."""
    from ..standalone.build import link_sources, write_sources
    from ..standalone.targets import find_target  # with what it imports it takes 40 ms, and is rarely needed

    independent = manifest.runtime != "compiled"
    name = "the compiled runtime" if independent else "another build of the compiled runtime"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        try:  # whatever was simplified is proven too
            (compiled,) = write_sources([model], folder, simplified=False, streams=Streams.OFF)
        except ModelError:  # but what computes its own shapes does not run as it stands
            (compiled,) = write_sources([model], folder, streams=Streams.OFF)
        reference = find_target(REFERENCE_BOARD)
        command, flags = compiler
        own = replace(reference, compiler=command, flags=tuple(flags), specs="") if command else reference
        try:
            elf = link_sources(folder, [compiled], own, "-O1")
        except SetupError:
            if own is reference:
                raise
            elf = link_sources(folder, [compiled], reference, "-O1")
        return LinkedOracle(name, independent, read_image(elf), compiled, samples)
