"""Imports run one way, and each third-party package has one importer (docs/architecture.md)."""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "platformio_tinyml"

LEAVES = {
    "labels",
    "c_arrays",
    "c_values",
    "custom_operators",
    "__version__",
    "errors",
    "files",
    "manifest",
    "budget_options",
    "budgets",
    "shared_arena",
    "sizes",
    "config",
    "config_options",
    "options",
    "misspelled",
    "pip_install",
    "progress",
    "shell_line",
    "streams",
    "model_files",
    "tool_env",
    "typed_json",
}
"""What the package's top level has for all; it imports nothing but each other and model.naming."""

ALLOWED = {
    "manifest": set(),
    "model": set(),
    "tflite": {"model"},
    "program": {"model"},
    "operators": {"model", "program"},
    "simplify": {"model", "operators"},
    "arena": {"model", "program"},
    "schedule": {"model", "program", "arena"},
    "codegen": {"model", "program"},
    "contract": {"model"},
    "tflm": {"model", "program", "arena", "codegen", "contract", "firmware", "emulate"},
    "firmware": set(),
    "timing": {"firmware"},
    "emulate": {"firmware", "timing"},
    "measured": {"model", "firmware"},
    "fingerprint": {"measured"},
    "judgement": {"model", "firmware", "measured"},
    "formats": {"model", "firmware", "measured", "judgement"},
    "profile": {"model", "firmware", "emulate", "measured", "timing"},
    "standalone": {"model", "program", "operators", "simplify", "arena", "schedule", "codegen", "firmware"},
    "bench": {"model", "tflite", "firmware", "emulate", "standalone", "timing"},
    "fit": {
        "timing",
        "model",
        "tflite",
        "tflm",
        "operators",
        "simplify",
        "arena",
        "schedule",
        "codegen",
        "firmware",
        "standalone",
        "bench",
        "profile",
    },
    "verify": {"model", "tflite", "tflm", "firmware", "emulate", "measured", "standalone"},
    "selftest": {"model", "tflite", "measured", "verify"},
    "quantize": {"model", "tflite", "tflm"},
    "audit": {"model", "tflite", "program", "operators", "simplify", "arena", "schedule", "tflm", "firmware"},
    "migrate": set(),
    "pio": {"model", "quantize", "tflm", "selftest", "measured", "fingerprint"},
    "cli": {
        "model",
        "tflite",
        "program",
        "operators",
        "simplify",
        "arena",
        "schedule",
        "codegen",
        "contract",
        "tflm",
        "firmware",
        "emulate",
        "measured",
        "fingerprint",
        "judgement",
        "formats",
        "profile",
        "standalone",
        "bench",
        "fit",
        "timing",
        "quantize",
        "audit",
        "verify",
        "selftest",
        "migrate",
    },
}

_CONVERTERS = {"onnx", "onnx2tf", "onnxruntime", "torch", "litert_torch"}
THIRD_PARTY = {
    "tflite": {"flatbuffers", "tflite"},
    "codegen": {"jinja2"},
    "firmware": {"elftools"},
    "emulate": {"unicorn"},
    "tflm/workers": {"tflite_micro", "numpy"},
    "pio": {"SCons", "platformio", "serial", "click"},
    "quantize/workers": {"tensorflow", "numpy", "h5py", "PIL", "tflite_micro", *_CONVERTERS},
}


def imports(path: Path) -> set[str]:
    """Absolute names of what a file imports, `platformio_tinyml.x...` for its own."""
    package = ("platformio_tinyml", *path.relative_to(PACKAGE).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join((*base, node.module)) if node.module else ".".join(base)
            found |= {stem} if node.module else {f"{stem}.{alias.name}" for alias in node.names}
    return found


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE and path.name != "run_tool.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    area = path.relative_to(PACKAGE).parts[0]
    for name in imports(path):
        root, *rest = name.split(".")
        if root == "platformio_tinyml":
            target = rest[0]
            assert target in LEAVES | {area} | ALLOWED[area], f"{path.name} imports {name}"
        elif root not in sys.stdlib_module_names:
            folder = path.relative_to(PACKAGE).parent.as_posix()
            assert root in THIRD_PARTY.get(folder, set()), f"{path.name} imports {name}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Whatever an import is for, a type alone or one call: inside a package too."""
    modules = {_dotted(path): path for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "run_tool.py")}
    sorter = TopologicalSorter({name: _imported(path) & set(modules) - {name} for name, path in modules.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def _imported(path: Path) -> set[str]:
    """Modules, also those that are imported by name from their package (`from . import x`, `from ..a import x`)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    found = imports(path)
    return found | {f"{stem}.{name}" for stem in found for name in names}


def test_top_level_modules_are_leaves() -> None:
    for path in PACKAGE.glob("*.py"):
        if path.name == "__main__.py":
            continue
        for name in imports(path):
            root, *rest = name.split(".")
            if root == "platformio_tinyml":
                assert rest[0] in LEAVES or name == "platformio_tinyml.model.naming", f"{path.name} imports {name}"
            else:
                assert root in sys.stdlib_module_names, f"{path.name} imports {name}"
