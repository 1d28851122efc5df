"""Custom operators that a compiler of another maker writes, who compiled part of the network for a core of theirs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Compiler:
    """`done` is what was done to the model, `library` the TensorFlow Lite Micro that runs it."""

    done: str
    library: str


_BY_BEGIN = {
    "ethos-u": Compiler("compiled by Vela for an Arm Ethos-U", "a library with the NPU's driver"),
    "XC_": Compiler("compiled by XMOS's tools for an xcore", "their library"),
}


def compiler_of(custom_code: str) -> Compiler | None:
    """The one that writes operators of this custom code, by what the code begins with."""
    return next((compiler for begin, compiler in _BY_BEGIN.items() if custom_code.startswith(begin)), None)
