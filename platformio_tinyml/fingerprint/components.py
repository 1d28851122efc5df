"""Components of ESP-IDF's manager beside a library: `managed_components/espressif__esp-nn`, and `dependencies.lock`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_FOLDERS = ("managed_components", "components")
_LOCK = "dependencies.lock"


def beside(root: Path, names: Iterable[str]) -> list[Path]:
    """The folders of other components that are called so, where `root` lies in one: it is linked with them."""
    holder = next((parent for parent in (root, *root.parents) if parent.parent.name in _FOLDERS), None)
    if holder is None:
        return []
    wanted = tuple(names)
    others = [path for path in sorted(holder.parent.iterdir()) if path.is_dir() and path != holder]
    return [path for path in others if path.name.rpartition("__")[2].lower() in wanted]


def locked_version(folder: Path) -> str | None:
    """The version of the component in `folder` by the lock of its project; of one from git that is a commit."""
    lock = folder.parent.parent / _LOCK
    if folder.parent.name not in _FOLDERS or not lock.is_file():
        return None
    name = re.escape(folder.name.replace("__", "/"))
    entry = re.search(rf"^  {name}:\n((?:    .*\n)*)", lock.read_text("utf-8", "replace"), re.MULTILINE)
    version = re.search(r"^    version: *[\"']?([\w.+-]+)", entry[1], re.MULTILINE) if entry else None
    return version[1] if version else None
