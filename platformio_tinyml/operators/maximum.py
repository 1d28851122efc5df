"""MAXIMUM."""

from __future__ import annotations

from . import arithmetic

SUPPORT = arithmetic.support(
    "MAXIMUM", "With broadcasting; scales and zero points are taken to be equal, as TFLM does.", lambda _: ()
)
