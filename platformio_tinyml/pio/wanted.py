"""Whether a project has anything for us to do: asked before the rest is imported, to spare other builds that."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from SCons.Script import DefaultEnvironment, GetBuildFailures

from ..options import PREFIX

_OFF = ("0", "no", "false", "off")
_LETTERS = frozenset("tinyml")
_MODELS = "models"
_SHORTEST_ARRAY = 1000
"""Bytes of a C file with a model."""
_ASKED = "TINYML_WANTED"


def is_wanted() -> bool:
    """Not where we are switched off, nor where nothing of the project, no option and no file, tells of a model."""
    env = DefaultEnvironment()
    if _ASKED not in env:
        is_off = str(env.GetProjectOption(PREFIX, "on")).strip().lower() in _OFF
        env[_ASKED] = not is_off and (_has_options(env) or _has_models(env))
        if not is_off and not env[_ASKED]:
            _explain_first(env)
            atexit.register(_explain, env)
    wanted: bool = env[_ASKED]
    return wanted


def _has_options(env: Any) -> bool:
    """Misspelled ones and those in a wrong section too: they are somebody's mistake, which is to be told."""
    project = env.GetProjectConfig()
    names = list(project.options(env=env["PIOENV"]))
    names += project.options(section="platformio") if project.has_section("platformio") else []
    return any(set(name) >= _LETTERS for name in names)


def _has_models(env: Any) -> bool:
    models = Path(env["PROJECT_DIR"], _MODELS)  # as it is: SCons would take a `$` in it for a variable
    if models.is_file() or (models.is_dir() and any(not path.name.startswith(".") for path in models.iterdir())):
        return True
    return any(_is_model(path) for path in _files(Path(env.subst("$PROJECT_SRC_DIR"))))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*") if path.is_file() and path.stat().st_size >= _SHORTEST_ARRAY)


def _is_model(path: Path) -> bool:
    from ..c_arrays import is_c_source, may_hold_model
    from ..model_files import is_tflite

    return (is_c_source(path) and may_hold_model(path)) or is_tflite(path)


_HEADERS = ("_model.h", "_tflm.h")
"""How the names of ours end."""


def _explain_first(env: Any) -> None:
    """Have a build that will fail for a model's header fail for the model's lack, before the compiler is asked."""
    process = env.ProcessDelayedActions

    def process_delayed_actions(_: Any) -> None:
        from .nodes import put_before
        from .preprocessed import lacks

        process()
        program = env.get("PIOMAINPROG")
        if program and not env.IsIntegrationDump() and lacks(program[0], Path(env.subst("$PROJECT_SRC_DIR")), _HEADERS):
            put_before(env, program[0], "tinyml", env.Action(lambda **_: _tell(env), None))

    env.AddMethod(process_delayed_actions, "ProcessDelayedActions")


def _explain(env: Any) -> None:
    """At the end of a build that failed all the same: what a source lacks that wants a model's header."""
    failures = GetBuildFailures()
    if not failures:
        return
    from .includes import included_by

    if any(name.endswith(_HEADERS) for name in included_by(failures)):
        _tell(env)


def _tell(env: Any) -> int:
    from ..errors import UsageError
    from ..model_files import find_models
    from .say import complain_about

    try:
        find_models("", Path(env.subst("$PROJECT_DIR")))
    except UsageError as error:
        complain_about(error)
        return 1
    return 0
