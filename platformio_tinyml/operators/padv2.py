"""PADV2."""

from __future__ import annotations

from . import padding

SUPPORT = padding.support("PADV2", has_value=True)
