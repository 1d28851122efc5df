"""Cycles per instruction, assumed, for cores without timings and code that cannot be counted."""

from __future__ import annotations

_CPI = (1.0, 2.0)
_CPI_DUAL_ISSUE = (0.5, 2.0)
_CPI_CACHED = (1.0, 3.0)
_CPI_AVR = (1.3, 1.7)
_BY_CORE = {
    "cortex-m0": _CPI,
    "cortex-m0plus": _CPI,
    "cortex-m1": _CPI,
    "cortex-m3": _CPI,
    "cortex-m4": _CPI,
    "cortex-m7": _CPI_DUAL_ISSUE,
    "cortex-m23": _CPI,
    "cortex-m33": _CPI,
    "cortex-m52": _CPI_DUAL_ISSUE,
    "cortex-m55": _CPI_DUAL_ISSUE,
    "cortex-m85": _CPI_DUAL_ISSUE,
    "6-m": _CPI,
    "6s-m": _CPI,
    "7-m": _CPI,
    "7e-m": _CPI_DUAL_ISSUE,
    "8-m.base": _CPI,
    "8-m.main": _CPI_DUAL_ISSUE,
    "avr": _CPI_AVR,
    "riscv": _CPI_CACHED,
    "xtensa": _CPI_CACHED,
}
"""Loads, multiplications and taken branches are 1 to 2 cycles on these cores; those that run from a cache of slow flash
stall in addition. An architecture (7e-m) is of several cores: the widest range of them. Wait states of the flash, and
the multiplier of 32 cycles that a Cortex-M0 may have, come on top and are not in it. AVR has neither: simavr counts
1.46 to 1.51 cycles (ratios.json)."""


def cpi_of(core: str) -> tuple[float, float] | None:
    """(lowest, highest) for a core, as compilers or the ELF name it; None for one that nothing is assumed of."""
    name = core.lower()
    family = next((each for each in ("xtensa", "rv32", "rv64") if name.startswith(each)), name)
    return _BY_CORE.get({"rv32": "riscv", "rv64": "riscv"}.get(family, family))
