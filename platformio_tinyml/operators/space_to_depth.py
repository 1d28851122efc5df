"""SPACE_TO_DEPTH."""

from __future__ import annotations

from . import blocks

SUPPORT = blocks.support("SPACE_TO_DEPTH", to_depth=True)
