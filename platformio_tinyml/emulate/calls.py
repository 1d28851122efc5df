"""What calls of emulated functions did, and the error of one that did not come to its end."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SetupError
from ..timing.classes import Work


class EmulationError(SetupError):
    """The emulated code left its memory, met an instruction its CPU lacks, or did not end.

    `address` is the memory that it should not have touched, None for other faults; `functions` are where it was and
    where it would have returned to, as far as symbols tell. `overflow`: the emulator's own stack was not enough.
    `unended`: the instructions that it ran before it was given up, at least; 0 for other faults.
    """

    code = "emulation"
    address: int | None = None
    functions: tuple[str, ...] = ()
    overflow: bool = False
    unended: int = 0


@dataclass(frozen=True, slots=True)
class WatchedCall:
    """One call of a watched function: its work, that of what it calls included.

    `function` is as it was named in `watch`, an address as text; `arguments` are the argument registers at its entry.
    """

    function: str
    work: Work
    arguments: tuple[int, ...]

    @property
    def instructions(self) -> int:
        """Exact."""
        return self.work["instructions"]


@dataclass(frozen=True, slots=True)
class WatchedSite:
    """One time that the call instruction at `address` ran: its work, and that of all that it called."""

    address: int
    work: Work

    @property
    def instructions(self) -> int:
        """Exact."""
        return self.work["instructions"]


@dataclass(frozen=True, slots=True)
class Call:
    """What a call did. `result` is the result register, unsigned; `work` is from entry to return.

    `stack` is the depth in bytes of the lowest stack byte that was written. `watched` are the calls of watched
    functions and `sites` those from watched places, each in order; one inside another is part of the outer. `rows` are
    those of an output that was handed out row by row.
    """

    result: int
    work: Work
    stack: int
    watched: tuple[WatchedCall, ...]
    sites: tuple[WatchedSite, ...] = ()
    rows: bytes = b""

    @property
    def instructions(self) -> int:
        """Exact."""
        return self.work["instructions"]
