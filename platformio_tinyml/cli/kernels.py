"""The option `--kernels` of several commands."""

from __future__ import annotations

import argparse

from ..tflm.kernel_sets import Kernels

_SETS = ", ".join(kernels.value for kernels in Kernels)


def add_kernels_argument(
    parser: argparse.ArgumentParser, meaning: str = "kernels that TFLM is built with", default: Kernels | None = None
) -> None:
    """`--kernels SET`, a Kernels."""
    parser.add_argument("--kernels", type=_named, metavar="SET", default=default, help=f"{meaning}: {_SETS}")


def _named(text: str) -> Kernels:
    try:
        return Kernels(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {_SETS}") from None
