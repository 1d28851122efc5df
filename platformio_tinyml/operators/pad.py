"""PAD."""

from __future__ import annotations

from . import padding

SUPPORT = padding.support("PAD", has_value=False)
