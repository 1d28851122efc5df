"""LOGICAL_AND."""

from __future__ import annotations

from . import comparison

SUPPORTS = comparison.supports("LOGICAL_AND", "BOOL")
