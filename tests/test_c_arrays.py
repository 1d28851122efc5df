"""Models as C arrays: what is found, and what is said where none is."""

import random
import subprocess
from pathlib import Path

import pytest

from platformio_tinyml.c_arrays import find_arrays, may_hold_model, read_model_array, split_array
from platformio_tinyml.cli.main import main
from platformio_tinyml.errors import ModelError, UsageError

MODEL = bytes([28, 0, 0, 0]) + b"TFL3" + bytes(range(8))
VALUES = ", ".join(f"0x{byte:02x}" for byte in MODEL)

DECLARATIONS = {
    "xxd": "unsigned char {name}[] = {{\n  {values}\n}};\nunsigned int {name}_len = 16;\n",
    "alignas": "alignas(16) const unsigned char {name}[] = {{{values}}};",
    "attribute before": "const __attribute__((aligned(16))) uint8_t {name}[16] = {{{values}}};",
    "attribute behind": "const unsigned char {name}[] __attribute__((section(\".a\"), aligned(4))) = {{{values},}};",
    "macros": "#define X {{1,\nstatic const unsigned char PROGMEM {name}[] DATA_ALIGN_ATTRIBUTE = {{ {values} }};",
    "no equals sign": "constexpr std::uint8_t {name}[]{{{values}}};",
    "std::array": "const std::array<uint8_t, 16> {name} = {{{values}}};",
    "namespace": "namespace net {{ extern const char {name}[]; const unsigned char {name}[] = {{{values}}}; }}",
    "comments": "const char {name}[] = {{ // a }} brace\n /* {{1, 2}} */ {values} /* 84, */ }};",
    "pointer beside": "const char *text = \"x[] = {{1}}\"; const unsigned char {name}[] = {{{values}}};",
    "split lines": "const unsigned \\\nchar {name}[] = {{{values}}};",
}  # fmt: skip


@pytest.mark.parametrize("form", DECLARATIONS)
@pytest.mark.parametrize("write", [hex, str, oct, lambda byte: f"{byte:#04X}U"], ids=["hex", "decimal", "octal", "HEX"])
def test_forms(form, write, tmp_path):
    written = [write(byte).replace("0o", "0") for byte in MODEL]
    text = DECLARATIONS[form].format(name="g_model", values=", ".join(written))
    (tmp_path / "model.h").write_text(text)
    found = read_model_array(tmp_path / "model.h")
    assert (found.name, found.data) == ("g_model", MODEL)
    assert text.splitlines()[found.line - 1].count("{") or form == "split lines"


def test_line_endings_and_encodings(tmp_path):
    text = f"\ufeff// Modell f\xfcr T\xfcren\nconst unsigned char m[] = {{\n{VALUES}}};\n".replace("\n", "\r\n")
    for encoding in ("utf-8", "latin-1"):
        (tmp_path / "m.ino").write_bytes(text.encode(encoding, "ignore"))
        assert read_model_array(tmp_path / "m.ino").data == MODEL


@pytest.mark.parametrize(
    "text",
    [
        "const unsigned char m[] = {{1, 2}, {3, 4}};",
        "const unsigned char m[2][2] = {1, 2, 3, 4};",
        "const unsigned char m[] = {1, SIZE};",
        "const unsigned char m[] = {1, 256};",
        "const unsigned char m[] = {1,\n#if A\n2,\n#endif\n3};",
        "const unsigned char m[1] = {1, 2};",
        "const unsigned char m[] = {1, 2",
        "const unsigned char m[] = {};",
        "const unsigned char m[] = {1,, 2};",
        "const unsigned char m[] = {09};",
        "const unsigned char m[] = {1.0};",
        'const unsigned char m[] = {"abc"};',
        "const unsigned int m[] = {1, 2};",
        "const float m[] = {1, 2};",
        "// const unsigned char m[] = {1};",
        "/* const unsigned char m[] = {1};",
        '"const unsigned char m[] = {1};"',
        'R"x(const unsigned char m[] = {1};)x"',
        "#define M const unsigned char m[] = {1};",
        "int f(unsigned char m[2]) { return 1; }",
        "extern const unsigned char m[];",
    ],
)
def test_no_array_of_bytes(text):
    assert list(find_arrays(text)) == []
    if not text.startswith("/*") and text[-1] != "2":  # neither comment nor array left open
        assert [each.name for each in find_arrays(f"{text}\nconst unsigned char n[] = {{7}};")] == ["n"]


def test_a_stated_size_fills_with_zeros_as_in_c():
    assert [each.data for each in find_arrays("unsigned char m[4] = {1, 2};")] == [b"\1\2\0\0"]


def test_equal_to_the_compiler(tmp_path):
    """Random arrays, read here and by the host's C compiler."""
    generator = random.Random(7)
    writings = (hex, str, lambda byte: f"0{byte:o}", lambda byte: f"0X{byte:X}u", lambda byte: f"/* {{ */ {byte} //,\n")
    lines = []
    for number in range(40):
        values = [generator.choice(writings)(generator.randrange(256)) for _ in range(generator.randrange(1, 60))]
        size = generator.choice(["", str(len(values)), str(len(values) + 3)])
        lines.append(f"const unsigned char a{number}[{size}] = {{{', '.join(values)}{generator.choice(['', ','])}}};")
    source = "\n".join(lines)
    prints = "".join(f"fwrite(a{n}, 1, sizeof a{n}, stdout); putchar('|');" for n in range(40))
    (tmp_path / "a.c").write_text(f"#include <stdio.h>\n{source}\nint main(void) {{ {prints} return 0; }}\n")
    subprocess.run(["gcc", "-w", "-o", tmp_path / "a", tmp_path / "a.c"], check=True, timeout=600)
    output = subprocess.run([tmp_path / "a"], capture_output=True, check=True, timeout=600).stdout
    assert b"".join(each.data + b"|" for each in find_arrays(source)) == output


def test_hostile_text_ends_soon():
    texts = ["{" * 200_000, "/*" * 200_000, "unsigned char a[" * 20_000, "a[]={" * 50_000, '"\\' * 100_000]
    for text in (*texts, "0" * 10**6, 'R"a(' * 50_000, "unsigned char a[]={0," * 20_000, "#\n" * 100_000):
        names = [each.name for each in find_arrays(f"unsigned char x[] = {{1}}; {text}")]
        assert names[0] == "x"


def test_which_of_several(tmp_path):
    path = tmp_path / "models.h"
    text = "\n".join(f"const unsigned char {name}[] = {{{VALUES}}};" for name in ("a", "b"))
    path.write_text(f"{text}\nconst unsigned char key[] = {{1, 2, 3}};")
    assert split_array(tmp_path / "models.h#b") == (path, "b")
    assert read_model_array(path, "b").name == "b"
    with pytest.raises(UsageError, match=r"several models: a, b") as several:
        read_model_array(path)
    assert several.value.next_step.endswith("models.h#a")
    with pytest.raises(ModelError, match="key"):
        read_model_array(path, "key")
    with pytest.raises(ModelError, match="no byte array c"):
        read_model_array(path, "c")


def test_a_declaration_points_to_its_definition(tmp_path):
    (tmp_path / "model.h").write_text("extern const unsigned char g_model[];\nextern const int g_model_len;\n")
    (tmp_path / "model.cc").write_text(f"const unsigned char g_model[] = {{{VALUES}}};")
    assert not may_hold_model(tmp_path / "model.h")
    assert may_hold_model(tmp_path / "model.cc")
    with pytest.raises(ModelError) as found:
        read_model_array(tmp_path / "model.h")
    assert "model.cc" in found.value.next_step


def test_extract(tmp_path, capsys):
    path = tmp_path / "models.h"
    path.write_text(f"const unsigned char a[] = {{{VALUES}}};\nconst unsigned char key[] = {{1, 2, 3}};")
    assert main(["extract", str(path)]) == 0
    assert capsys.readouterr().out == "a: 16 bytes, line 1, a .tflite file\nkey: 3 bytes, line 2, no model\n"
    assert main(["extract", str(path), "-o", str(tmp_path / "a.tflite")]) == 0
    assert (tmp_path / "a.tflite").read_bytes() == MODEL
    assert main(["extract", str(tmp_path / "none.h"), "-o", str(tmp_path / "b.tflite")]) == 2
    assert main(["extract", str(tmp_path / "a.tflite")]) == 2
    assert not Path(tmp_path / "b.tflite").exists()
