"""Object file -> the sizes of what it defines."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from elftools.elf.elffile import ELFFile

from ..errors import SetupError, UsageError


def symbol_sizes(path: Path) -> dict[str, int]:
    """Bytes of each global object of an object file (`.o`), by name.

    Raises UsageError where the file cannot be read, SetupError where it is no ELF object or damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "give the path of an object file") from error
    try:
        table = ELFFile(BytesIO(data)).get_section_by_name(".symtab")
        symbols = list(table.iter_symbols()) if table is not None else []
        return {symbol.name: symbol["st_size"] for symbol in symbols if symbol["st_info"]["bind"] == "STB_GLOBAL"}
    except Exception as error:  # on damaged files pyelftools raises anything from AttributeError to struct.error
        raise SetupError(f"{path} is no ELF object file: {error}", "compile it again", code="elf") from error
