"""Imports run one way, and each third-party package has one importer (docs/architecture.md)."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "platformio_tinyml"

LEAVES = {
    "c_arrays",
    "custom_operators",
    "__version__",
    "errors",
    "files",
    "manifest",
    "budgets",
    "sizes",
    "config",
    "options",
    "misspelled",
    "pip_install",
    "model_files",
    "tool_env",
    "typed_json",
}
"""Modules of the package's top level; they import nothing but each other and model.naming."""

ALLOWED = {
    "model": set(),
    "tflite": {"model"},
    "program": {"model"},
    "operators": {"model", "program"},
    "simplify": {"model", "operators"},
    "arena": {"model", "program"},
    "codegen": {"model", "program"},
    "tflm": {"model", "program", "arena", "codegen", "firmware", "emulate"},
    "firmware": set(),
    "emulate": {"firmware"},
    "report": {"model", "firmware"},
    "profile": {"model", "firmware", "emulate", "report"},
    "bench": {"model", "tflite", "program", "operators", "simplify", "arena", "codegen", "firmware", "emulate"},
    "fit": {"model", "tflite", "tflm", "operators", "simplify", "arena", "codegen", "firmware", "bench", "profile"},
    "verify": {"model", "tflite", "tflm", "firmware", "emulate", "bench"},
    "quantize": {"model", "tflite"},
    "audit": {"model", "tflite", "program", "operators", "simplify", "arena", "tflm", "firmware"},
    "pio": {"model", "quantize", "tflm"},
    "cli": {
        "model",
        "tflite",
        "program",
        "operators",
        "simplify",
        "arena",
        "codegen",
        "tflm",
        "firmware",
        "emulate",
        "report",
        "profile",
        "bench",
        "fit",
        "quantize",
        "audit",
        "verify",
    },
}

THIRD_PARTY = {
    "tflite": {"flatbuffers", "tflite"},
    "codegen": {"jinja2"},
    "firmware": {"elftools"},
    "emulate": {"unicorn"},
    "tflm/workers": {"tflite_micro", "numpy"},
    "pio": {"SCons", "platformio"},
    "quantize/workers": {"tensorflow", "numpy", "h5py", "PIL", "tflite_micro"},
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
