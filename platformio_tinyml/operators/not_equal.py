"""NOT_EQUAL."""

from __future__ import annotations

from . import comparison

SUPPORTS = comparison.supports("NOT_EQUAL", "BOOL", "INT32", "INT64", "FLOAT32")
