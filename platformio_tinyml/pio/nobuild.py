"""What runs without the gate: `-t nobuild`, and targets of scripts that do not depend on the program.

`nobuild` runs nothing of a library's, but a pre: script.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import SetupError, TinymlError
from .images import images_of, refuse_larger
from .say import build_action, complain_about
from .stamp import hash_of, read_stamp


def refuse_unjudged(env: Any, folder: Path) -> None:
    """End PlatformIO if what is there to upload is not what passed: a build was killed, or a budget is another.

    At the end of all scripts; before, the program's name is not known. The stamp is in `folder`.
    """
    process = env.ProcessDelayedActions

    def process_delayed_actions(_: Any) -> None:
        try:
            refuse_unpassed(env, folder)
        except TinymlError as error:
            complain_about(error)
            env.Exit(1)
        process()

    env.AddMethod(process_delayed_actions, "ProcessDelayedActions")


@build_action
def guard(target: Any, source: Any, env: Any) -> int:
    """The action before a target that does not depend on the program."""
    refuse_unpassed(env, Path(env.subst("$BUILD_DIR/tinyml")))
    return 0


def refuse_unpassed(env: Any, folder: Path) -> None:
    """Raises SetupError unless the program that is there passed, by today's measure, and its images are its own.

    Where nothing was built there is nothing to refuse.
    """
    program = Path(env.subst("$BUILD_DIR/${PROGNAME}${PROGSUFFIX}"))
    stamp = read_stamp(folder)
    if stamp is None and not program.is_file():
        return
    if stamp is None or (program.is_file() and stamp.program != hash_of(program)):
        raise SetupError(f"{program} was not checked", "Build it first: `pio run`, without a target.")
    if stamp.code:
        raise SetupError(
            f"the last program of {env['PIOENV']} did not pass, and nothing of it is run or uploaded",
            "Build it first: `pio run`, without a target.",
        )
    if stamp.measure != env["TINYML_MEASURE"]():
        raise SetupError(
            f"{program} was checked by other budgets or limits than those of now, or for another environment",
            "Build it first: `pio run`, without a target.",
        )
    refuse_larger(images_of(Path(env.subst("$BUILD_DIR")), env.subst("$PROGNAME")), stamp)
