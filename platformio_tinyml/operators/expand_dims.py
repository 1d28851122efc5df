"""EXPAND_DIMS."""

from .view import support

SUPPORT = support("EXPAND_DIMS", optional_inputs=1)
