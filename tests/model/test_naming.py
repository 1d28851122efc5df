"""File stems become identifiers that a C and a C++ compiler accept."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platformio_tinyml.model.naming import _RESERVED, c_identifier, header_name, printable


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("kws", "kws"),
        ("my-net v2", "my_net_v2"),
        ("kws.int8", "kws_int8"),
        ("2d", "m2d"),
        ("default", "mdefault"),
        ("class", "mclass"),
        ("tinyml", "mtinyml"),
        ("TinyML", "mTinyML"),
        ("__a__b__", "a_b"),
        ("модель", "model"),
        ("", "model"),
        ("x;system(1)//", "x_system_1"),
        ("٣", "model"),
    ],
)
def test_c_identifier(stem: str, name: str) -> None:
    assert c_identifier(stem) == name


@given(st.text())
def test_c_identifier_of_anything(stem: str) -> None:
    name = c_identifier(stem)
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
    assert "__" not in name + "_init"
    assert name not in _RESERVED
    assert c_identifier(name) == name


@pytest.mark.parametrize(
    ("compiler", "standards"), [("gcc", ("c99", "c17", "gnu2x")), ("g++", ("c++11", "c++17", "c++20"))]
)
def test_compilers_take_what_c_identifier_makes_of_their_keywords(compiler: str, standards: tuple[str, ...]) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source = "".join(f"int {c_identifier(word)};\n" for word in sorted(_RESERVED))
    for standard in standards:
        language = "c" if compiler == "gcc" else "c++"
        command = [compiler, f"-std={standard}", "-x", language, "-fsyntax-only", "-"]
        assert subprocess.run(command, input=source, text=True, check=False).returncode == 0


def test_header_name() -> None:
    assert header_name("kws") == "kws_model.h"
    assert header_name("kws_model") == "kws_model.h"
    assert header_name("model") == "model_model.h"


@given(st.text())
def test_printable_text_is_printable(text: str) -> None:
    assert printable(text).isprintable()


def test_printable_keeps_ordinary_text_and_escapes_the_rest() -> None:
    assert printable("Straße 東京") == "Straße 東京"
    assert printable("abcdefgh", 5) == "ab…gh"
    assert printable("abcdefgh", 8) == "abcdefgh"
    assert printable("a\x1b[2J\n\u202e\ud800") == "a\\x1b[2J\\n\\u202e\\ud800"
