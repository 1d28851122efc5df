"""Streams: which operators the compiled runtime runs row by row (docs/arena.md)."""

from __future__ import annotations

from enum import Enum


class Streams(Enum):
    """Those where that costs few instructions, none, or all that make the arena smaller."""

    ON = "on"
    OFF = "off"
    LEAST = "least"
