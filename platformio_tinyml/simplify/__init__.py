"""Model -> an equal Model that takes less: what a file carries for nothing is left out before lowering."""

from .channels import Channels
from .integers import known_shapes
from .simplify import Simplified, constant_bytes, simplify, total_macs
from .summary import summary

__all__ = ["Channels", "Simplified", "constant_bytes", "known_shapes", "simplify", "summary", "total_macs"]
