"""LOGICAL_OR."""

from __future__ import annotations

from . import comparison

SUPPORTS = comparison.supports("LOGICAL_OR", "BOOL")
