"""The stack of a model's calls."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stack:
    """Bytes of stack that a call of init took, and the deepest invoke; the caller's are not in it."""

    init: int
    invoke: int

    def deepest(self) -> int:
        """Of the call that takes most."""
        return max(self.init, self.invoke)
