"""Cycles from what was counted: classes of instructions, cores' timings, flash."""

from .classes import Work
from .cycles import Timing, find_timing

__all__ = ["Timing", "Work", "find_timing"]
