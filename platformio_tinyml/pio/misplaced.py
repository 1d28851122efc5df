"""Options of ours that stand where PlatformIO reads none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..misspelled import is_ours, says_tinyml
from ..model.naming import printable


def refuse_misplaced(project: Any) -> None:
    """UsageError for one in a section of PlatformIO's `project` that is no environment, and that none takes from."""
    for section in project.sections():
        if section.partition(":")[0] == "env":
            continue
        for name in project.options(section=section):
            if (is_ours(name) or says_tinyml(name)) and not _is_read(project, section):
                raise UsageError(
                    f"{printable(name)} stands under [{printable(section)}], where it counts for nothing",
                    "Move it to [env], or to the [env:...] that it is for.",
                )


def _is_read(project: Any, section: str) -> bool:
    """Whether an environment extends it, or an option is read from it: `${section.option}`."""
    if section == "platformio":
        return False
    for other in project.sections():
        if project.has_option(other, "extends") and section in project.get(other, "extends"):
            return True
    files = [Path(project.path), *map(Path, project.get("platformio", "extra_configs", []))]
    texts = [file.read_text("utf-8", "replace") for file in files if file.is_file()]
    # What other files the extra ones are found by is PlatformIO's to know.
    return len(texts) < len(files) or any(f"${{{section}." in text for text in texts)
