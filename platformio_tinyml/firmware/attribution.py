"""Whose bytes an object file's are, by its path in the linker map; and whose a symbol's (owners.json)."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

APPLICATION = "application"
RUNTIME = "tinyml"

_MEMBER = re.compile(r"\(([^()]+)\)$")


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    owner: str


@dataclass(frozen=True, slots=True)
class _Rules:
    files: tuple[_Rule, ...]
    symbols: tuple[_Rule, ...]
    reserved: tuple[_Rule, ...]


def owner_of(symbol: str, file: str, owners: Mapping[str, str]) -> str:
    """Owner of a symbol that `file` defines ("" where no map says which file).

    `owners` maps C symbols, and names of generated files without their endings, to owners. They come first, then names
    of well-known reserves of stack and heap, then what is known of the file, then what the symbol's name tells. What
    GCC appends to the names of clones and statics (.constprop.0, .lto_priv.1) is ignored.
    """
    name = symbol.partition(".")[0]
    known = owners.get(name) or (RUNTIME if name.startswith("tinyml_") else None)
    known = known or _first(_rules().reserved, name)
    return known or file_owner(file, owners) or _first(_rules().symbols, name) or APPLICATION


def file_owner(file: str, owners: Mapping[str, str]) -> str | None:
    """Owner of what an object file holds; None where its path tells nothing: the project's own files, and LTO's."""
    if not file:
        return None
    return owners.get(object_name(file).partition(".")[0]) or _by_path(file)


def object_name(file: str) -> str:
    """`k.o` of `build/libk.a(k.o)`."""
    member = _MEMBER.search(file)
    return member.group(1) if member else PurePosixPath(file.replace("\\", "/")).name


@functools.lru_cache(maxsize=4096)
def _by_path(file: str) -> str | None:
    return _first(_rules().files, file.replace("\\", "/"))


def _first(rules: tuple[_Rule, ...], text: str) -> str | None:
    for rule in rules:
        match = rule.pattern.search(text)
        if match:
            return rule.owner.format(*match.groups())
    return None


@functools.cache
def _rules() -> _Rules:
    data = json.loads((Path(__file__).parent / "owners.json").read_text("utf-8"))
    kernels = "|".join(data["kernels"])

    def compiled(rows: list[dict[str, str]]) -> tuple[_Rule, ...]:
        return tuple(_Rule(re.compile(row["pattern"].replace("KERNEL", kernels)), row["owner"]) for row in rows)

    return _Rules(compiled(data["files"]), compiled(data["symbols"]), compiled(data["reserved"]))
