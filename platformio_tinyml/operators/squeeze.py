"""SQUEEZE."""

from .view import support

SUPPORT = support("SQUEEZE", optional_inputs=0)
