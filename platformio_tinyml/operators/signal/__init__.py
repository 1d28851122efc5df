"""The custom operators of TensorFlow Lite Micro's signal library: audio front ends, one entry of the table for each."""

from __future__ import annotations

from ..lowering import Support
from . import buffers, filter_banks, spectrum

SUPPORTS: tuple[Support, ...] = (*buffers.SUPPORTS, *filter_banks.SUPPORTS, *spectrum.SUPPORTS)
