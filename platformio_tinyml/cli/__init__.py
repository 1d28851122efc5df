"""The command line `pio-tinyml`. One file per command; only the one that is called is imported."""

from .main import main

__all__ = ["main"]
