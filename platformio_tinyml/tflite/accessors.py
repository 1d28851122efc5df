"""The generated schema accessors of the package `tflite`, one module at a time.

`import tflite` runs all of its 188 modules, two thirds of the start of a command; a model needs about twelve.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from typing import Any

from ..errors import SetupError


def load_accessor(name: str) -> Any:
    """The class `name` (a table or an enum of schema.fbs), from the module `tflite.<name>`."""
    full_name = f"tflite.{name}"
    module = sys.modules.get(full_name)
    if module is None:
        package = importlib.util.find_spec("tflite")
        folders = package.submodule_search_locations if package else None
        spec = importlib.machinery.PathFinder.find_spec(full_name, folders) if folders else None
        if spec is None and package is not None and not folders:  # a stand-in for it (cli/absent.py)
            spec = importlib.util.find_spec(full_name)
        if spec is None or spec.loader is None:
            raise SetupError(f"the Python package `tflite` (or its module {name}) is missing", "pip install tflite")
        module = importlib.util.module_from_spec(spec)
        sys.modules[full_name] = module
        spec.loader.exec_module(module)
    return getattr(module, name)
