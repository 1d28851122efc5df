"""LESS."""

from __future__ import annotations

from . import comparison

SUPPORTS = comparison.supports("LESS", "INT32", "INT64", "FLOAT32")
