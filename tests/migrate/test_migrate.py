"""`pio-tinyml migrate` on sketches of six kinds: the diff is applied as people would, compiled, and run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from platformio_tinyml.cli.main import main
from platformio_tinyml.cli.migrate import _with_options
from platformio_tinyml.errors import UsageError
from platformio_tinyml.migrate.lexer import lex
from platformio_tinyml.migrate.patterns import tokens_of
from platformio_tinyml.migrate.sketch import migrate

SKETCHES = Path(__file__).parent / "sketches"
ARDUINO = """
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
struct Printer {
    void begin(long) {}
    void println(const char *text) { puts(text); }
    void println(int value) { printf("%d\\n", value); }
    void println(float value) { printf("%.3f\\n", value); }
};
static Printer Serial;
"""
LOOPS = "void setup(); void loop(); int main() { setup(); for (int i = 0; i < 3; i++) loop(); return 0; }\n"
# By the generated header alone: what the migrated program has to print.
ORACLES = {
    "hello_world": """for (int i = 0; i < 3; i++) {
        float x = 0.1f * i;
        sine_input_0()[0] = (int8_t)(x / SINE_INPUT_0_SCALE + SINE_INPUT_0_ZERO_POINT);
        sine_invoke();
        printf("%.3f\\n", sine_dequantize_output_0(sine_output_0()[0]));
    }""",
    "one_file": """puts("256");
    for (int i = 0; i < 3; i++) { fill(); digits_invoke(); printf("%d\\n", (int)digits_top_output_0()); }""",
    "pointers": """fill(); digits_invoke();
    for (int i = 0; i < 10; i++) printf("%d ", (int)(digits_dequantize_output_0(digits_output_0()[i]) * 1000));
    puts("");""",
    "eloquent": """float x = 3.14f / 2, y;
    for (int i = 0; i < 3; i++) { sine_run(&x, &y); printf("%.3f\\n", y); }""",
    "edge_impulse": """for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 256; k++) digits_input_0()[k] = digits_quantize_input_0((float)(k % 7) / 7.0f);
        digits_invoke();
        for (int k = 0; k < 10; k++)
            printf("no %d: %d\\n", k, (int)(1000 * digits_dequantize_output_0(digits_output_0()[k])));
    }""",
    "cube": """fill(); digits_invoke();
    for (int i = 0; i < 10; i++) printf("%d ", digits_output_0()[i]);
    puts("");""",
}
FILL = "static void fill() { for (int i = 0; i < DIGITS_INPUT_0_BYTES; i++) digits_input_0()[i] = (int8_t)(i % 7); }\n"
DOUBTS = {"hello_world": 3, "one_file": 1, "pointers": 2, "eloquent": 1, "edge_impulse": 2, "cube": 2}
"""Lines that it is not sure of."""


@pytest.fixture(scope="session")
def generated(repo, tmp_path_factory):
    """The C of both models, as objects and headers."""
    folder = tmp_path_factory.mktemp("generated")
    models = tmp_path_factory.mktemp("models")
    (models / "digits.labels.txt").write_text("".join(f"no {i}\n" for i in range(10)))
    for name in ("sine", "digits"):
        model = shutil.copy(repo / f"examples/{name}/models/{name}.tflite", models)
        assert main(["generate", str(model), "-o", str(folder), "--with-runtime"]) == 0
    subprocess.run(["gcc", "-O1", "-c", *folder.glob("*.c")], cwd=folder, check=True)
    (folder / "Arduino.h").write_text(ARDUINO)
    return folder


def built(folder: Path, generated: Path) -> str:
    """What the program of the C and C++ files in `folder` prints."""
    for source in [*folder.glob("*.cpp"), *folder.glob("*.c")]:
        compiler = ["gcc", "-std=c99"] if source.suffix == ".c" else ["g++", "-std=c++17"]
        flags = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-variable", f"-I{generated}"]
        subprocess.run([*compiler, *flags, "-c", source, "-o", source.with_suffix(".o")], check=True)
    subprocess.run(["g++", *folder.glob("*.o"), *generated.glob("*.o"), "-o", folder / "a"], check=True)
    return subprocess.run([folder / "a"], check=True, capture_output=True, text=True, timeout=600).stdout


@pytest.mark.parametrize("name", sorted(ORACLES))
def test_the_diff_makes_a_program_that_computes_the_same(name, repo, tmp_path, generated, capsys):
    model = "sine" if name in ("hello_world", "eloquent") else "digits"
    project = shutil.copytree(SKETCHES / name, tmp_path / name)
    (project / "models").mkdir()
    shutil.copy(repo / f"examples/{model}/models/{model}.tflite", project / "models")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert main(["migrate", str(project)]) == 0
    diff = capsys.readouterr().out
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before, "nothing is applied"
    head = diff[: diff.index("---")]
    assert len(re.findall(r"^#   \S+:\d+: ", head, re.MULTILINE)) == DOUBTS[name], head
    subprocess.run(["patch", "-p1", "-d", project], input=diff, text=True, check=True, capture_output=True)
    assert f"custom_tinyml_models = models/{model}.tflite" in (project / "platformio.ini").read_text()
    if "void loop()" in (project / "src").joinpath("main.c" if name == "cube" else "main.cpp").read_text():
        (project / "src" / "loops.cpp").write_text(LOOPS)
    oracle = tmp_path / "oracle"
    oracle.mkdir()
    begin = f"#include <stdio.h>\n#include <{model}_model.h>\n{FILL if 'fill()' in ORACLES[name] else ''}"
    (oracle / "main.cpp").write_text(f"{begin}int main() {{ {model}_init();\n    {ORACLES[name]}\n}}\n")
    assert built(project / "src", generated) == built(oracle, generated)
    lines = re.search(r"# (\d+) lines of code become (\d+)", head)
    assert int(lines[2]) < int(lines[1])


def changed(text: str, ports: dict[str, str] | None = None) -> tuple[str, list[str]]:
    done = migrate({"src/main.cpp": text}, "kws", "kws_model.h", ports or {"input_0": "INT8", "output_0": "INT8"})
    return done.files["src/main.cpp"], [what for _, _, what in done.doubts]


BEGIN = "#include <tensorflow/lite/micro/micro_interpreter.h>\ntflite::MicroInterpreter *nn;\n"


def test_floats_of_an_int8_model_are_left_and_told():
    """kws_input_0()[0] = 0.5f would compile, and be wrong."""
    text = BEGIN + "void f() { nn->input(0)->data.f[0] = 0.5f; nn->Invoke(); }\n"
    new, doubts = changed(text)
    assert "nn->input(0)->data.f[0] = 0.5f; kws_invoke();" in new
    assert doubts == ["call kws_init() once, before the rest", "`nn` is left: write it by hand"]
    assert "kws_input_0()[0] = 0.5f;" in changed(text, {"input_0": "FLOAT32"})[0]


def test_an_else_is_not_decided():
    text = BEGIN + "void f() { if (m->version() != TFLITE_SCHEMA_VERSION) a(); else b(); }\n"
    new, doubts = changed(text)
    assert "else b();" in new
    assert "has an else branch: decide which one stays" in doubts


def test_code_in_comments_and_strings_stays():
    """And what only looks unused: a variable that nothing of the interpreter had."""
    kept = '// nn->Invoke()\n/* tflite::Model */\nconst char *a = "nn->Invoke()";\nint spare;\n'
    assert kept in changed(BEGIN + kept + "void f() { nn->Invoke(); }\n")[0]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('char *a = "no end;\n', "1 is not read as C"),
        ("int a; /* no end", "1 is not read as C"),
        ("int a;\nvoid f() { (a; }", "2: this bracket"),
        ("}\n", "1: this bracket"),
        ("int @;", "1 is not read as C"),
        ('R"x(no end)y"', "1 is not read as C"),
        ("{" * 5000, "1: this bracket"),
    ],
)
def test_what_is_no_c_is_refused(text, wrong):
    with pytest.raises(UsageError, match=wrong):
        tokens_of(text, "main.c")


def test_tokens():
    """Raw strings, digit separators, continued lines, a # that is no directive."""
    text = 'a = 1\'000 + 0x1p-3f; R"x(" /* )x" // b\\\nc\n#define X 1 \\\n  2\nd <<= a->b::c;'
    words = ["a", "=", "1'000", "+", "0x1p-3f", ";", 'R"x(" /* )x"', "#define X 1 \\\n  2"]
    assert [token.text for token in lex(text, "")] == [*words, "d", "<<=", "a", "->", "b", "::", "c", ";"]


def test_nothing_to_migrate(repo, tmp_path, capsys):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.c").write_text("int main(void) { return 0; }\n")
    assert main(["migrate", str(tmp_path)]) == 2
    assert "no .tflite file in" in capsys.readouterr().err
    model = str(repo / "examples/sine/models/sine.tflite")
    assert main(["migrate", str(tmp_path), "--model", model]) == 2
    assert "no interpreter is found" in capsys.readouterr().err
    assert main(["migrate", str(tmp_path / "no"), "--model", model]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_nested_beyond_all_use(repo, tmp_path, capsys):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.c").write_text("MicroInterpreter *nn;\n" + "if(a)" * 3000 + ";\n")
    assert main(["migrate", str(tmp_path), "--model", str(repo / "examples/sine/models/sine.tflite")]) == 2
    assert "nested too deeply" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("[env:a]\nboard = b\n", "[env:a]\n{models}\nlib_deps = {library}\nboard = b\n"),
        ("[env]\nx = 1\n[env:a]\nboard = b\n", "[env]\n{models}\nlib_deps = {library}\nx = 1\n[env:a]\nboard = b\n"),
        ("[env:a]\nlib_deps = A @ 1\n  B\n", "[env:a]\n{models}\nlib_deps =\n  {library}\n  A @ 1\n  B\n"),
        ("[env:a]\nlib_deps =\n  A\n", "[env:a]\n{models}\nlib_deps =\n  {library}\n  A\n"),
        (
            "[env:a]\ncustom_tinyml_models = src/model.h\nlib_deps = {library}\n",
            "[env:a]\n{models}\nlib_deps = {library}\n",
        ),
        (
            "[env:a]\n{models}\nlib_deps =\n  me/platformio-tinyml\n",
            "[env:a]\n{models}\nlib_deps =\n  me/platformio-tinyml\n",
        ),
        ("", "[env]\nlib_deps = {library}\n{models}\n"),
    ],
)
def test_options_are_added_where_they_are_not_yet(repo, given, wanted):
    names = {"models": "custom_tinyml_models = models/kws.tflite", "library": f"symlink://{repo}"}
    assert _with_options(given.format(**names), "models/kws.tflite") == wanted.format(**names)
