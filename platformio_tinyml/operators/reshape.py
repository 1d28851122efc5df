"""RESHAPE."""

from .view import support

SUPPORT = support("RESHAPE", optional_inputs=1)
