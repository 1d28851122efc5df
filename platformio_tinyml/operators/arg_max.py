"""ARG_MAX."""

from __future__ import annotations

from . import arg

SUPPORTS = arg.supports("ARG_MAX", is_max=True)
