"""The project's compiler and its flags, as far as they decide on a result: not by the folders that they name."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from pathlib import Path
from typing import Any


def compiler_of(env: Any) -> str:
    """Name and version; of GCC by the folder of its libraries, which costs no process, if there is one alone."""
    found = env.WhereIs(env.subst("$CC"))
    if found is None:
        return Path(env.subst("$CC")).name
    path = Path(found).resolve()
    target = path.name.partition("-gcc")[0]
    versions = [each.name for each in (path.parent.parent / "lib" / "gcc" / target).glob("[0-9]*") if each.is_dir()]
    name = Path(found).name
    return f"{name} {versions[0]}" if len(versions) == 1 else f"{name} {_version_said(found)}".strip()


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


@functools.lru_cache(maxsize=8)
def _version_said(compiler: str) -> str:
    command = [compiler, "-dumpfullversion", "-dumpversion"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        return ""
    return done.stdout.strip()[:40]
