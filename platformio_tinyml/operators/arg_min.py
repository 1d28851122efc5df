"""ARG_MIN."""

from __future__ import annotations

from . import arg

SUPPORTS = arg.supports("ARG_MIN", is_max=False)
