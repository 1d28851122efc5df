"""GREATER_EQUAL."""

from __future__ import annotations

from . import comparison

SUPPORTS = comparison.supports("GREATER_EQUAL", "INT32", "INT64", "FLOAT32")
