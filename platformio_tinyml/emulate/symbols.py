"""The symbols of an image: by name, and the function that an address lies in."""

from __future__ import annotations

from bisect import bisect_right

from ..errors import UsageError
from ..firmware.image import Image, Symbol


class Symbols:
    """Of one image."""

    def __init__(self, image: Image) -> None:
        self._by_name = {symbol.name: symbol for symbol in sorted(image.symbols, key=lambda s: s.binding != "local")}
        self._functions = sorted(
            (symbol for symbol in image.symbols if symbol.kind == "function"), key=lambda symbol: symbol.address
        )

    def find(self, name: str) -> Symbol | None:
        """The symbol of that name, a global one before a local; None if there is none."""
        return self._by_name.get(name)

    def get(self, name: str) -> Symbol:
        """The same. Raises UsageError if there is none."""
        symbol = self.find(name)
        if symbol is None:
            raise UsageError(
                f"the ELF has no symbol {name}", "link what defines it, and do not strip the ELF", code="no-symbol"
            )
        return symbol

    def begins_at(self, address: int) -> bool:
        """Whether a function begins there."""
        symbol = self._last_from(address)
        return symbol is not None and symbol.address == address

    def around(self, address: int) -> Symbol | None:
        """The function that the address lies in, None where it lies in none."""
        symbol = self._last_from(address)
        return symbol if symbol and address - symbol.address < max(symbol.size, 1) else None

    def describe(self, address: int) -> str:
        """`name+0x12 (0x08000012)`, the address alone where no function is."""
        symbol = self.around(address)
        return f"{symbol.name}+{address - symbol.address:#x} ({address:#010x})" if symbol else f"{address:#010x}"

    def _last_from(self, address: int) -> Symbol | None:
        """The last function that begins at or before the address."""
        position = bisect_right(self._functions, address, key=lambda symbol: symbol.address) - 1
        return self._functions[position] if position >= 0 else None
