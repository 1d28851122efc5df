"""`python run.py --source ...` is the conversion worker, with this folder's own code and the interpreter's packages."""

import sys
from pathlib import Path

# Nothing beside this file may stand for a module of the interpreter's, and nothing of ours come before its packages.
sys.path[0:1] = []
sys.path.append(str(Path(__file__).resolve().parents[3]))

from platformio_tinyml.quantize.workers.worker import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
