"""Entry of platformio-tinyml, as `extra_scripts = pre:.../extra_script.py` and as the extraScript of library.json.

Parses on Python 3.9, so that an interpreter that is too old can be told.
"""

import sys
from pathlib import Path

from SCons.Errors import UserError

Import("env")
try:
    Import("pio_lib_builder")
except UserError:
    pio_lib_builder = None


def refuse_old_python(*_):
    """Stands in for the first step of a build that would need us."""
    sys.stderr.write(
        "TinyML: error: Python %d.%d runs PlatformIO, and 3.10 is the oldest that serves\n"
        "  next: install PlatformIO with a newer Python\n" % sys.version_info[:2]
    )
    if not env.IsIntegrationDump():
        env.Exit(1)
    return []


def run():
    """Import the library from the folder of this file, which has no __file__ here, and hook it in."""
    sys.path.insert(0, str(Path(run.__code__.co_filename).absolute().parent))
    try:
        from platformio_tinyml.pio import entries
    finally:
        del sys.path[0]
    if pio_lib_builder:
        entries.run_library_script(env, pio_lib_builder)
    else:
        entries.run_pre_script(env)


if sys.version_info >= (3, 10):
    run()
elif pio_lib_builder:
    pio_lib_builder.build = refuse_old_python
else:
    env.AddMethod(refuse_old_python, "ProcessProjectDeps")
