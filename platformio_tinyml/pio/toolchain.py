"""The project's compiler and its flags, as far as they decide on a result: not by the folders that they name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ..fingerprint.compiler import compiler_told


def compiler_of(env: Any) -> str:
    """Name and version of the compiler of C."""
    found = env.WhereIs(env.subst("$CC"))
    if found is None:
        return Path(env.subst("$CC")).name
    return compiler_told(found)


def without_places(env: Any, text: str) -> str:
    """`text`, flags and paths, with the folders of this project and environment by a common name.

    What lies there counts by its content, which whoever asks has hashed.
    """
    project = str(env.Dir("#").get_abspath())
    folders = {
        "<build>": env.subst("$BUILD_DIR"),
        "<libdeps>": env.subst("$PROJECT_LIBDEPS_DIR/$PIOENV"),
        "<cache>": str(env["TINYML_CACHE"]),
    }
    for name, folder in folders.items():
        for form in (folder, os.path.relpath(folder, project)):
            text = text.replace(form, name)
    text = re.sub(r"<build>([/\\])lib[0-9a-f]{3}\b", r"<build>\1lib", text)  # named by the path of the library
    return text.replace(project, "<project>")
