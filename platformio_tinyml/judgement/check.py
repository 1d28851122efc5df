"""Check: one thing that was judged."""

from __future__ import annotations

from dataclasses import dataclass

from ..budgets import BYTES


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked. `actual` and `limit` in `unit`; `message` and `advice` are empty while it is ok.

    Names: flash_limit, ram_limit, <kind>_limit:<memory> (of kind flash, ram or other: CCM, external flash, EEPROM; or
    one that overflows), those of budgets (budgets.py: flash_budget, arena_budget:<model>), arena:<model>,
    weights:<model>, init:<model>, invoke:<model>, verify:<model>, stack, accuracy:<model>, link, link:<symbol>;
    region:<region>, section:<section>, contents:<section> of what the chip cannot have (firmware/placement.py).
    """

    name: str
    ok: bool
    actual: int | None
    limit: int | None
    message: str = ""
    advice: tuple[str, ...] = ()
    unit: str = BYTES.name
