"""Which operators the compiled runtime runs: the one place to add the next."""

from __future__ import annotations

from . import fully_connected
from .lowering import Support

OPERATORS: dict[str, Support] = {module.SUPPORT.opcode: module.SUPPORT for module in (fully_connected,)}
"""By name in schema.fbs."""
