"""DEPTH_TO_SPACE."""

from __future__ import annotations

from . import blocks

SUPPORT = blocks.support("DEPTH_TO_SPACE", to_depth=False)
