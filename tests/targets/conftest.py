"""Makes the random models of tests/runtime importable, and describes the targets that models run on."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "runtime"))
