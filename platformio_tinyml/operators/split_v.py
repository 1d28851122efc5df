"""SPLIT_V."""

from __future__ import annotations

from . import splitting

SUPPORT = splitting.support("SPLIT_V", inputs=3, data=0, axis=2)
