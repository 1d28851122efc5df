"""GREATER."""

from __future__ import annotations

from . import comparison

SUPPORTS = comparison.supports("GREATER", "INT32", "INT64", "FLOAT32")
