"""`python -I -S run_tool.py PACKAGES COMMAND ...` is `pio-tinyml COMMAND ...` of this folder's own code.

With -I and -S nothing but the standard library, this library and the folders of pinned packages can be imported: not
what lies beside this library, where it is installed among others.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import platformio_tinyml  # noqa: F401 - finds its own modules from here on

sys.path[:1] = sys.argv[1].split(os.pathsep)

from platformio_tinyml.cli import main  # noqa: E402

sys.exit(main(sys.argv[2:], "TinyML"))
