"""docs/troubleshooting.md: it has every code that the tool can print, no other, and quotes what the source says."""

import ast
import functools
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "troubleshooting.md"
COMPUTED = {"sizes.py": {"size", "time"}, "run.py": set()}
"""Codes that are handed on: in sizes.py what was to be read, in quantize/run.py what a worker refused with."""
OF_WORKER = 3
"""Which argument of Refusal is its code."""


@functools.cache
def trees():
    files = [ROOT / "extra_script.py", *(ROOT / "platformio_tinyml").rglob("*.py")]
    return {path: ast.parse(path.read_text("utf-8")) for path in files}


def constants(node):
    """Strings that an expression can be."""
    values = (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,)
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def codes(path, tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("Error" in ast.unparse(base) for base in node.bases):
            for part in node.body:
                targets = [part.target] if isinstance(part, ast.AnnAssign) else getattr(part, "targets", [])
                if any(isinstance(target, ast.Name) and target.id == "code" for target in targets):
                    yield from constants(part.value)
        if isinstance(node, ast.ClassDef) and node.name == "TinymlError":
            yield "internal"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        given = [word.value for word in node.keywords if word.arg == "code"]
        if name == "Refusal":
            given += node.args[OF_WORKER:]
        elif not name.endswith("Error") and name != "__init__":
            continue
        for value in given:
            found = constants(value)
            assert found or path.name in COMPUTED, f"{path}:{value.lineno}: what codes can this be?"
            yield from found or COMPUTED[path.name]


def of_page():
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    listed = {code for row in rows for code in re.findall(r"`([a-z0-9-]+)`", row[-1])}
    first = {
        code
        for row in rows
        if len(row) == 3 and row[1].strip().isdigit()
        for code in re.findall(r"`([a-z-]+)`", row[0])
    }
    return listed | first


def test_every_code_and_no_other():
    printed = {code for path, tree in trees().items() for code in codes(path, tree)}
    assert len(printed) > 40
    assert of_page() == printed


def test_messages_are_as_the_source_has_them():
    """Between the dots each piece of a quoted message stands in one string of the source."""
    strings = [
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    quoted = re.findall(r"^\| `([^`]+)`", PAGE.read_text("utf-8"), re.MULTILINE)
    messages = [text for text in quoted if " " in text]
    assert len(messages) > 50
    for message in messages:
        for piece in filter(None, (piece.strip() for piece in message.split("..."))):
            assert any(piece in string for string in strings), f"{message!r}: no string has {piece!r}"
