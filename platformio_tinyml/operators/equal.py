"""EQUAL."""

from __future__ import annotations

from . import comparison

SUPPORTS = comparison.supports("EQUAL", "BOOL", "INT32", "INT64", "FLOAT32")
