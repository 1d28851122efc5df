"""Build-system plugin that takes a neural network in a firmware project to a proven place in flash and RAM."""

__version__ = "0.1.0"
