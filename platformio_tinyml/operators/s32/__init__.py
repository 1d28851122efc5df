"""Operators on int32 and int64: one entry of the table for each, beside those of other types."""

from __future__ import annotations

from . import binary

SUPPORTS = binary.SUPPORTS
