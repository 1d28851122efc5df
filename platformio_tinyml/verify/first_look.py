"""The outputs of the one invoke that a profile has run anyway, against an oracle: what every build can afford.

The oracle computes while the emulator does. Where outputs differ, the comparison is made again in full (compare.py).
That is made at once for a model with state, which a single invoke says little of.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from ..emulate.inputs import zero_inputs
from ..errors import SetupError, TinymlError
from ..firmware.image import Image
from ..manifest import Manifest
from ..measured.stack import Stack
from ..measured.verification import Verification
from .compare import Firmware, compare, output_difference, verification_of
from .oracles import Compiler, Oracle, Oracles, compiled_oracle, wheel_oracle
from .samples import Samples, generate_samples

SOURCE = "generated"
_MAY_INDEX = ("INT32", "INT64")
STATEFUL = 4
"""Invokes in a row of a model with state."""


class FirstLook:
    """Of the model in the file `path`, on `inputs`, begun at once. `compiler` builds the compiled runtime.

    One oracle is enough: the package tflite_micro; without it, for a firmware of the runtime tflm, the compiled
    runtime. Another build of the compiled runtime proves too little to be had in every build.
    """

    def __init__(self, path: Path, manifest: Manifest, inputs: tuple[bytes, ...], compiler: Compiler) -> None:
        self._path, self._manifest, self._compiler = path, manifest, compiler
        self._samples = self._samples_from(inputs)
        self._begun: Oracles | TinymlError | None = None
        self._thread = Thread(target=self._begin, daemon=True)
        self._thread.start()

    def verification(
        self,
        image: Image,
        cpu: str,
        inputs: tuple[bytes, ...],
        outputs: Sequence[bytes],
        instructions: int,
        stack: Stack,
    ) -> Verification:
        """Of `outputs`, which the firmware `image` gave for `inputs`. SetupError where there is no oracle.

        `instructions` and `stack` are what that invoke took.
        """
        samples = self._samples_from(inputs)
        firmware = Firmware(image, self._manifest, cpu)
        try:
            oracles = self._await() if samples == self._samples else self._find(samples)
        except SetupError:
            zeros = self._samples_from(zero_inputs(self._manifest))
            if samples == zeros or not any(tensor.type in _MAY_INDEX for tensor in self._manifest.inputs):
                raise
            return compare(firmware, self._find(zeros), zeros)  # arbitrary indices are out of range
        if len(samples.inputs) > 1:
            return compare(firmware, oracles, samples)
        expected = next(oracles.found[0].outputs())
        equal = output_difference(self._manifest, tuple(outputs), expected) is None
        if equal and next(firmware.changed_tables(), None) is None:
            return verification_of(self._manifest, oracles, SOURCE, inputs=1, instructions=instructions, stack=stack)
        return compare(firmware, oracles, samples)

    def _begin(self) -> None:
        try:
            self._begun = self._find(self._samples)
        except TinymlError as error:
            self._begun = error

    def _await(self) -> Oracles:
        self._thread.join()
        if isinstance(self._begun, Oracles):
            return self._begun
        raise self._begun or SetupError("the comparison ended without a result", "Build again.")

    def _samples_from(self, inputs: tuple[bytes, ...]) -> Samples:
        """`inputs` alone, or for a model with state followed by others; what fails on others is run on zeros alone."""
        if not self._manifest.state:
            return Samples(SOURCE, (inputs,))
        arbitrary = generate_samples(self._manifest, STATEFUL)
        return arbitrary if inputs == arbitrary.inputs[0] else Samples(SOURCE, (inputs,) * STATEFUL)

    def _find(self, samples: Samples) -> Oracles:
        try:
            oracle: Oracle = wheel_oracle(self._path, self._manifest, samples)
            return Oracles((oracle,))
        except TinymlError as error:
            if self._manifest.runtime != "tflm":
                raise SetupError(error.message, error.next_step) from error
            missing = error.message
        try:
            from ..tflite import read_model_file  # takes 30 ms, and is rarely needed

            model = read_model_file(self._path, self._manifest.name)
            return Oracles((compiled_oracle(model, self._manifest, samples, self._compiler),), (missing,))
        except TinymlError as error:
            raise SetupError(f"{missing}; the compiled runtime: {error.message}", error.next_step) from error
