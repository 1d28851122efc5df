"""Object file -> what it defines."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from ..errors import SetupError, UsageError


def symbol_sizes(path: Path) -> dict[str, int]:
    """Bytes of each global object of an object file (`.o`), by name.

    Raises UsageError where the file cannot be read, SetupError where it is no ELF object or damaged.
    """
    return {symbol.name: symbol["st_size"] for symbol in _global_symbols(path)}


def defined_symbols(path: Path) -> set[str]:
    """Names of the global symbols that an object file defines, weak ones and common ones left out. Raises as above."""
    elsewhere = ("SHN_UNDEF", "SHN_COMMON")
    return {symbol.name for symbol in _global_symbols(path) if symbol["st_shndx"] not in elsewhere}


def _global_symbols(path: Path) -> list[Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "give the path of an object file") from error
    try:
        table = ELFFile(BytesIO(data)).get_section_by_name(".symtab")
        symbols = list(table.iter_symbols()) if table is not None else []
        return [symbol for symbol in symbols if symbol["st_info"]["bind"] == "STB_GLOBAL"]
    except Exception as error:  # on damaged files pyelftools raises anything from AttributeError to struct.error
        raise SetupError(f"{path} is no ELF object file: {error}", "compile it again", code="elf") from error
