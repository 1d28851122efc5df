"""What the `tflite_micro` package computes, where this process or its interpreter has it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import SetupError
from ..model.naming import printable

_WORKER = Path(__file__).parent / "workers" / "wheel.py"
_MISSING = 3
_TIME = 600


class NotRunError(SetupError):
    """The package is there, and does not run the model."""


def run_wheel(
    model: Path,
    inputs: int,
    what: str,
    indices: Sequence[int],
    sizes: Sequence[int],
    samples: Sequence[Sequence[bytes]],
    first: int = 0,
) -> Iterator[tuple[bytes, ...]]:
    """The bytes of `indices`, of outputs or of tensors as `what` says, for the samples from `first` on.

    `sizes` are theirs in bytes. Raises SetupError: no package, or it does not run the model.
    """
    command = [
        sys.executable,
        "-S",
        str(_WORKER),
        str(model),
        str(inputs),
        what,
        ",".join(map(str, indices)),
        str(first),
    ]
    given = b"".join(data for sample in samples for data in sample)
    # Packages of the build are on the path of this process alone; numpy comes with them, or with the interpreter.
    # Threads of numpy's would be started, and have nothing to do.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=_TIME, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"tflite_micro cannot be run: {error}", "Verify with another oracle.") from error
    if done.returncode == _MISSING:
        raise SetupError(
            f"no package tflite_micro in {sys.executable}",
            f"Install it: {sys.executable} -m pip install tflite-micro (64-bit x86 Linux, Python 3.11 to 3.14).",
        )
    if done.returncode or len(done.stdout) != sum(sizes) * (len(samples) - first):
        ended = f"a kernel of it ended the process (signal {-done.returncode}), as where a number leaves its range"
        silent = ended if done.returncode < 0 else "its outputs have other sizes"
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [silent]
        logged = [line for line in said[:1] if not line.startswith("Traceback")]  # by TFLM, of the cause
        told = f"tflite_micro does not run the model: {printable(' '.join(dict.fromkeys((*logged, said[-1]))), 200)}"
        raise NotRunError(told, "Verify with another oracle.")
    return _split(done.stdout, sizes)


def _split(data: bytes, sizes: Sequence[int]) -> Iterator[tuple[bytes, ...]]:
    at = 0
    while at < len(data):
        sample = []
        for size in sizes:
            sample.append(data[at : at + size])
            at += size
        yield tuple(sample)
