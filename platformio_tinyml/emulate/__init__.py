"""Run functions of a linked ELF on an emulated CPU: results, exact instruction counts, stack.

Importing it raises SetupError where the back end, the unicorn package, is not installed.
"""

from ..errors import SetupError

try:
    import unicorn as _  # noqa: F401
except ImportError as error:
    raise SetupError("the CPU emulator unicorn is not installed", "python -m pip install unicorn") from error

from .calls import Call, EmulationError, WatchedCall
from .emulator import Emulator

__all__ = ["Call", "EmulationError", "Emulator", "WatchedCall"]
