"""Compiled templates are kept, and what is kept never decides what is generated."""

import sys
from pathlib import Path

import jinja2
import pytest

from platformio_tinyml.codegen.byte_code import ByteCode


def rendered(folder: Path, text: str) -> str:
    (folder / "a.j2").write_text(text)
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), bytecode_cache=ByteCode(folder))
    return environment.get_template("a.j2").render(x=3)


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "__pycache__").glob("*.code"))


@pytest.fixture
def compiled(monkeypatch) -> list[str]:
    """The sources that jinja2 has compiled."""
    sources = []
    compile_template = jinja2.Environment.compile

    def counted(self, source, *arguments, **options):
        sources.append(source)
        return compile_template(self, source, *arguments, **options)

    monkeypatch.setattr(jinja2.Environment, "compile", counted)
    return sources


def test_a_template_is_compiled_once(tmp_path, compiled):
    assert [rendered(tmp_path, "{{ x }}") for _ in range(3)] == ["3"] * 3
    assert compiled == ["{{ x }}"]
    assert rendered(tmp_path, "{{ x + 1 }}") == "4", "an edited one again"
    assert len(compiled) == 2
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 200, None])
def test_an_altered_file_is_not_taken(tmp_path, compiled, damage):
    rendered(tmp_path, "{{ x }}")
    [path] = kept(tmp_path)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"\xff" if damage is None else damage)
    assert rendered(tmp_path, "{{ x }}") == "3"
    assert len(compiled) == 2
    assert path.read_bytes() == good


def test_code_of_another_jinja2_is_not_taken(tmp_path, compiled, monkeypatch):
    rendered(tmp_path, "{{ x }}")
    monkeypatch.setattr(jinja2, "__version__", "0")
    rendered(tmp_path, "{{ x }}")
    assert len(compiled) == 2


def test_where_nothing_can_be_kept(tmp_path, monkeypatch):
    (tmp_path / "__pycache__").write_text("a file")
    assert rendered(tmp_path, "{{ x }}") == "3"
    (tmp_path / "__pycache__").unlink()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(tmp_path, "{{ x }}") == "3"
    assert kept(tmp_path) == []
