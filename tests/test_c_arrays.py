"""Models as C arrays: what is found, and what is said where none is."""

import random
import subprocess
from pathlib import Path

import pytest
from model_builder import Builder

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
    "double braces": "std::array<std::uint8_t, 16> const {name}{{ /* {{ */ {{\n{values}}} }};",
    "std::vector": "static const std::vector<uint8_t> {name} = {{{values}}};",
    "two declarations by #if": "#if X\nchar {name}[] PROGMEM = {{\n#else\nchar {name}[]={{\n#endif\n{values}}};",
    "one of two by #if": "#if X\nchar {name}[] = {{{values}}};\n#else\nchar {name}[] = {{{values}}};\n#endif",
    "alignment by #if": "const unsigned char\n#ifdef A\n __attribute__((aligned(4)))\n#endif\n{name}[] = {{{values}}};",
    "a type of its own": "#define ALIGN(x) __declspec(align(x))\nALIGN(16) model_byte_t {name}[N] = {{{values}}};",
    "compound literal": "const unsigned char *{name} = (const unsigned char[]){{{values}}};",
    "several": "const unsigned char {name}[] = {{{values}}}, other[] = {{1, 2}};",
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


def words(size):
    """The model's bytes as numbers of `size` bytes."""
    return [int.from_bytes(MODEL[at : at + size], "little") for at in range(0, len(MODEL), size)]


def characters(byte):
    """A byte as a C character."""
    return {39: r"'\''", 92: r"'\\'", 0: r"'\0'"}.get(byte, f"'{chr(byte)}'" if 32 <= byte < 127 else f"'\\x{byte:x}'")


VALUES_OTHERWISE = {
    "casts": f"const char m[] = {{{', '.join(f'(unsigned char) {byte:#x}' for byte in MODEL)}}};",
    "calls": f"const uint8_t m[] = {{{', '.join(f'UINT8_C({byte})' for byte in MODEL)}}};",
    "static_cast": f"const uint8_t m[] = {{{', '.join(f'static_cast<uint8_t>(0x{byte:02X}u)' for byte in MODEL)}}};",
    "characters": f"const char m[] = {{{', '.join(map(characters, MODEL))}, /* don't */ }};",
    "16 bits": f"const uint16_t m[8] = {{{', '.join(map(hex, words(2)))}}};",
    "32 bits": f"alignas(16) static const uint32_t m[] = {{{', '.join(f'{word:#010x}UL' for word in words(4))}}};",
    "unsigned int": f"const unsigned int m[] = {{{', '.join(map(str, words(4)))}}};",
    "64 bits": f"const uint64_t m[] = {{{', '.join(map(hex, words(8)))}}};",
    "hexadecimal string": 'const unsigned char m[] = "' + "".join(f"\\x{byte:02x}" for byte in MODEL) + '";',
    "octal strings": "const char m[] =\n"
    + '  // a "part"\n'.join(
        f'"{"".join(f"{{}}{byte:03o}" for byte in MODEL[at : at + 8])}"'.replace("{}", "\\") for at in (0, 8)
    ),
    "string behind a pointer": r"""static const uint8_t *m = (const uint8_t *)"\34\0\0\0TFL3\0\1\2\3\4\5\6\a";""",
    "bytes alone": f"// of xxd\n{VALUES},",
}


@pytest.mark.parametrize("form", VALUES_OTHERWISE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_values_of_other_forms(form, encoding, tmp_path):
    """UTF-16 is what PowerShell's `xxd -i model.tflite > m.h` writes."""
    text = VALUES_OTHERWISE[form]
    (tmp_path / "m.h").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert may_hold_model(tmp_path / "m.h")
    found = read_model_array(tmp_path / "m.h")
    assert (found.name, found.data) == ("m", MODEL)


@pytest.mark.parametrize(
    ("values", "reason", "next_step"),
    [
        ('\n#include "m.inc"\n', "its values are in m.inc", "Name that file: m.inc"),
        (f"{VALUES},\n#ifdef A\n1\n#endif\n", "a line that begins with #", "compiler decides"),
        (f"{VALUES}, SIZE", "SIZE is no byte", "plain numbers"),
        (f"{VALUES}, f(3)", "f(3) is no byte", "plain numbers"),
        (f"{VALUES}, 256", "256 is no byte", "plain numbers"),
        (f"{VALUES},, 2", "an element is missing", "plain numbers"),
    ],
)
def test_why_an_array_is_not_taken(values, reason, next_step, tmp_path):
    (tmp_path / "m.h").write_text(f"#pragma once\nconst unsigned char net[] = {{{values}}};\n")
    with pytest.raises(ModelError, match=r"array net in .*m\.h, line 2, is not taken") as caught:
        read_model_array(tmp_path / "m.h")
    assert reason in caught.value.message
    assert next_step in caught.value.next_step


def test_an_array_that_is_cut_or_there_twice(tmp_path):
    (tmp_path / "cut.h").write_text(f"const unsigned char net[] = {{{VALUES}, 0x")
    with pytest.raises(ModelError, match="the file ends within it"):
        read_model_array(tmp_path / "cut.h")
    twice = f"#if A\nconst char net[] = {{{VALUES}}};\n#else\nconst char net[] = {{{VALUES}, 1}};\n#endif"
    (tmp_path / "twice.h").write_text(twice)
    for array in ("", "net"):
        with pytest.raises(UsageError, match="defines net more than once, in lines 2, 4"):
            read_model_array(tmp_path / "twice.h", array)


@pytest.mark.parametrize(
    "text",
    [
        'const char m[] = L"\\x1c\\0\\0\\0TFL3";',
        'const char m[] = "\\x1c\\0\\0\\0TFL3\\x100";',
        'const char m[] = "no model";',
        "const unsigned long long m[] = {0x334c46540000001c, 1};",
        "const float m[] = {28, 0, 0, 0, 84, 70, 76, 51, 1};",
        "const uint32_t m[] = {28, 0, 0, 0, 84, 70, 76, 51, 1};",
        "const char m[] = {'ab', 1};",
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
    casts = (characters, lambda byte: f"(unsigned char){byte}", lambda byte: f"( const char ) {byte:#x}")
    writings = (
        *casts,
        hex,
        str,
        lambda byte: f"0{byte:o}",
        lambda byte: f"0X{byte:X}u",
        lambda byte: f"/* {{ */ {byte} //,\n",
    )
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
    texts += ["unsigned char a[]={'" * 20_000, 'char a[]="' * 50_000, 'char *a="\\' * 50_000, "a[]={{" * 50_000]
    texts += ['char *a="" b ' * 50_000, "char a[]={(char)" * 20_000, "char a[]={//" * 50_000, '"" ' * 100_000]
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


def small_model() -> bytes:
    builder = Builder()
    x, y = builder.tensor("x", (4,)), builder.tensor("y", (4,))
    builder.operator("RELU", [x], [y])
    return builder.build([x], [y])


def _array(name: str, data: bytes) -> str:
    return f"const unsigned char {name}[] = {{{', '.join(map(str, data))}}};\n"


def test_extract(tmp_path, capsys):
    path, model = tmp_path / "models.h", small_model()
    path.write_text(_array("a", model) + _array("key", b"123"))
    assert main(["extract", str(path)]) == 0
    size = len(model)
    assert capsys.readouterr().out == f"a: {size} bytes, line 1, a .tflite file\nkey: 3 bytes, line 2, no model\n"
    assert main(["extract", str(path), "-o", str(tmp_path / "a.tflite")]) == 0
    assert (tmp_path / "a.tflite").read_bytes() == model
    assert main(["extract", str(tmp_path / "none.h"), "-o", str(tmp_path / "b.tflite")]) == 2
    assert main(["extract", str(tmp_path / "a.tflite")]) == 2
    assert not Path(tmp_path / "b.tflite").exists()


def test_a_model_in_two_arrays_is_not_extracted(tmp_path, capsys):
    path, model, output = tmp_path / "models.h", small_model(), tmp_path / "a.tflite"
    half = len(model) // 2
    path.write_text(_array("part_1", model[:half]))
    assert main(["extract", str(path), "-o", str(output)]) == 3
    assert "Get a whole copy" in capsys.readouterr().err
    path.write_text(_array("part_1", model[:half]) + _array("part_2", model[half:]))
    assert main(["extract", str(path)]) == 0
    assert "line 1, the beginning of a .tflite file, or a damaged one" in capsys.readouterr().out
    assert main(["extract", str(path), "-o", str(output)]) == 3
    said = capsys.readouterr().err
    assert "part_1" in said
    assert "Is the rest in part_2?" in said
    assert not output.exists()


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("const TfArray<2, int> tensor_dimension0 = { 2, { 1,33 } };", "Edge Impulse's EON compiler"),
        ("const ALIGN(8) int8_t tensor_data2[] = {1, 2};\nint tflite_learn_3_invoke();", "Edge Impulse's EON compiler"),
        ("AI_ALIGNED(32) const ai_u64 s_network_weights_array_u64[1] = {0x01U};", "X-CUBE-AI"),
        ('#include "tvmgen_default.h"', "microTVM"),
        ("#include <eml_net.h>\nstatic const float weights[1] = {0.5f};", "emlearn"),
        ('#include "nnom.h"\n#define KERNEL_0 {1, 2}', "NNoM"),
        ('INCBIN(model, "model.tflite");', "INCBIN takes its bytes from another file"),
    ],
)
def test_what_other_tools_make_of_a_network_is_named(tmp_path: Path, text: str, whose: str) -> None:
    path = tmp_path / "net.h"
    path.write_text(text)
    with pytest.raises(ModelError, match=whose) as caught:
        read_model_array(path)
    assert "Name the file that has the model's values" not in caught.value.next_step
