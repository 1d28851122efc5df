"""An environment's options as PlatformIO has them, parsed; and what follows from them for the whole build."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..config import Config
from ..config_options import parse_config, remarks
from ..errors import UsageError
from . import board, selftest, targets
from .misplaced import refuse_misplaced
from .say import complain
from .stamp import measure_of


def read_config(env: Any) -> Config:
    """The options of `env`, whose TINYML variables are set by them.

    Raises TinymlError where one is wrong, or PlatformIO cannot build in the project's folder.
    """
    flash, ram = board.limits(env)
    if env.subst("$PROJECT_DIR") != env["PROJECT_DIR"]:
        raise UsageError(
            f"PlatformIO cannot build in {env['PROJECT_DIR']}: it takes `$` for a variable, a tab for a space",
            "Give the folder a name without them.",
        )
    refuse_misplaced(env.GetProjectConfig())
    options = _project_options(env)
    config = selftest.within(
        parse_config(
            options,
            Path(env.subst("$PROJECT_DIR")),
            flash_limit=flash,
            ram_limit=ram,
            makes_baseline=targets.asked(targets.BASELINE),
        )
    )
    env.Replace(
        TINYML_TOOL=replace(env["TINYML_TOOL"], wheels=config.wheels),
        TINYML_SHARED_CACHE=config.cache,
        TINYML_MEASURE=partial(measure_of, env["PIOENV"], config, (flash, ram)),
    )
    for remark in remarks(options, config):
        complain(f"TinyML: {remark}")
    return config


def _project_options(env: Any) -> dict[str, Any]:
    """As PlatformIO reads them. It takes the working folder for ${PROJECT_DIR} and all that begins there, and a
    library's script runs in the library's folder.
    """
    before = Path.cwd()
    os.chdir(env["PROJECT_DIR"])
    try:
        options: dict[str, Any] = env.GetProjectOptions(as_dict=True)
        return options
    finally:
        os.chdir(before)
