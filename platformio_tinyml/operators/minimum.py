"""MINIMUM."""

from __future__ import annotations

from . import arithmetic

SUPPORT = arithmetic.support(
    "MINIMUM", "With broadcasting; scales and zero points are taken to be equal, as TFLM does.", lambda _: ()
)
