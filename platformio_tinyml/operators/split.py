"""SPLIT."""

from __future__ import annotations

from . import splitting

SUPPORT = splitting.support("SPLIT", inputs=2, data=1, axis=0)
