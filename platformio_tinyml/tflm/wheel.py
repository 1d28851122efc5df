"""What the `tflite_micro` package computes, where this interpreter has it outside of the build's own packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import SetupError
from ..manifest import Manifest

_WORKER = Path(__file__).parent / "workers" / "wheel.py"
_MISSING = 3
_TIME = 600


def run_wheel(model: Path, manifest: Manifest, samples: Sequence[Sequence[bytes]]) -> Iterator[tuple[bytes, ...]]:
    """The bytes of each output, per sample. Raises SetupError: no package, or it does not run the model."""
    command = [sys.executable, str(_WORKER), str(model), str(len(manifest.inputs)), str(len(manifest.outputs))]
    given = b"".join(data for sample in samples for data in sample)
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=_TIME, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"tflite_micro cannot be run: {error}", "Verify with another oracle.") from error
    sizes = [tensor.bytes for tensor in manifest.outputs]
    if done.returncode == _MISSING:
        raise SetupError(f"{sys.executable} has no tflite_micro package", "Install it: pip install tflite-micro")
    if done.returncode or len(done.stdout) != sum(sizes) * len(samples):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["its outputs have other sizes"]
        raise SetupError(f"tflite_micro does not run the model: {said[-1]}", "Verify with another oracle.")
    return _split(done.stdout, sizes)


def _split(data: bytes, sizes: Sequence[int]) -> Iterator[tuple[bytes, ...]]:
    at = 0
    while at < len(data):
        sample = []
        for size in sizes:
            sample.append(data[at : at + size])
            at += size
        yield tuple(sample)
