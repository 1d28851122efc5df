"""How many bytes each source file left in an ELF as local symbols: what its symbol table says without a linker map."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from elftools.elf.elffile import ELFFile

from ..errors import SetupError


def local_bytes(path: Path) -> dict[str, int]:
    """Bytes of static functions and constants by source file name (`conv.cc`); empty for a stripped ELF.

    What a file defines with external linkage is not in it, so it is the least that a file takes.
    """
    totals: dict[str, int] = {}
    try:
        table = ELFFile(BytesIO(path.read_bytes())).get_section_by_name(".symtab")
        file = ""
        seen = set()
        for symbol in table.iter_symbols() if table is not None else ():
            kind = symbol["st_info"]["type"]
            if symbol["st_info"]["bind"] != "STB_LOCAL":
                break  # local symbols come first
            if kind == "STT_FILE":
                file = symbol.name
            elif kind in ("STT_FUNC", "STT_OBJECT") and symbol["st_value"] not in seen:
                seen.add(symbol["st_value"])
                totals[file] = totals.get(file, 0) + symbol["st_size"]
    except Exception as error:  # on damaged files pyelftools raises anything from AttributeError to struct.error
        raise SetupError(f"{path} is a damaged ELF file: {error}", "delete it and link again", code="elf") from error
    return totals
