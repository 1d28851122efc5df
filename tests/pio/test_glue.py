"""Small parts of the glue, without a build."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from SCons.Environment import Environment

from platformio_tinyml.codegen.about import about
from platformio_tinyml.errors import SetupError, UsageError
from platformio_tinyml.pio import board, linker_flags, nodes, preprocessed, sources, unchanged
from platformio_tinyml.pio.headers import explain_missing


@pytest.mark.parametrize(
    "flags",
    [
        ["-Wl,-Map=$OUT/a.map"],
        ["-Wl,-Map,$OUT/a.map"],
        ['-Wl,-Map="$OUT/a.map"'],
        ["-Xlinker", "-Map=$OUT/a.map"],
        ["-Wl,-Map", "-Wl,$OUT/a.map"],
        ["-Wl,-Map", "$OUT/a.map"],
        ["-Wl,-Map=$OUT/framework.map", "-Wl,-Map=$OUT/a.map"],
        ["-Os", "-Xlinker", "-Map=${TARGET.base}.map"],
        ["-Xlinker", "-Map", "-Xlinker", "$OUT/a.map"],
        ["-Wl,--gc-sections,-Map=$OUT/a.map,--cref"],
        ["-Wl,-Map,$OUT/a.map,--cref"],
        ["$MORE"],
    ],
)
def test_map_file(flags):
    env = Environment(LINKFLAGS=flags, OUT="/out", MORE="-Wl,-Map=/out/a.map -Os")
    assert linker_flags.map_file(env, env.File("/out/a.elf")) == Path("/out/a.map")


@pytest.mark.parametrize("name", ["", "-", "/dev/null", "/tmp", "maps/%.map"])
def test_a_map_that_no_file_keeps(name):
    assert linker_flags.map_file(Environment(LINKFLAGS=["-Wl,-Map=a.map", f"-Wl,-Map={name}"])) is None


def test_no_map_file():
    assert linker_flags.map_file(Environment(LINKFLAGS=["-Os", "-Wl,--gc-sections"])) is None


def test_a_linker_that_goes_on_after_errors(tmp_path):
    (tmp_path / "options").write_text(f"-Os @{tmp_path}/options @{tmp_path} -Wl,--noinhibit-exec")
    for flags in (["-Wl,--gc-sections,--noinhibit-exec"], ["-Xlinker", "-noinhib"], [f"@{tmp_path}/options"]):
        assert linker_flags.goes_on_after_errors(Environment(LINKFLAGS=flags)), flags
    assert not linker_flags.goes_on_after_errors(Environment(LINKFLAGS=["-Wl,--gc-sections", "@nowhere"]))


def test_platformio_sizes(tmp_path):
    listing = "section size addr\n.text 100 0\n.data 20 1\n.bss 3 2\n.debug 9999 0\n"
    tool = tmp_path / "size tool"
    tool.write_text(f"#!/bin/sh\nprintf '{listing}'\ntest \"$2\" = 'the elf.elf'\n")
    tool.chmod(0o755)
    patterns = {"SIZEPROGREGEXP": r"^(?:\.text|\.data)\s+(\d+).*", "SIZEDATAREGEXP": r"^(?:\.data|\.bss)\s+(\d+).*"}
    env = Environment(SIZECHECKCMD=["$SIZETOOL", "-A", "$SOURCES"], SIZETOOL=str(tool), **patterns)
    assert board.platformio_sizes(env, "the elf.elf") == (120, 23)
    assert board.platformio_sizes(env, "another") is None
    assert board.platformio_sizes(Environment(SIZETOOL=str(tool)), "the elf.elf") is None


def test_no_board():
    env = Environment(CC="gcc")
    assert board.limits(env) == (None, None)
    assert board.mcu(env) == ""
    assert board.largest_object(env) is None


@pytest.mark.parametrize("compiler", ["avr-gcc", "/opt/toolchain avr/bin/avr-gcc"])
def test_avr_bounds_objects(compiler):
    assert board.largest_object(Environment(CC=compiler)) == 32767


def test_limits_of_a_board():
    values = {"upload.maximum_size": "4096", "upload.maximum_ram_size": 0}
    env = Environment(BOARD="b")
    env.AddMethod(lambda _: SimpleNamespace(get=values.get), "BoardConfig")
    assert board.limits(env) == (4096, None)


def _with_board(**build: object) -> Environment:
    env = Environment(BOARD="b")
    env.AddMethod(lambda _: SimpleNamespace(get={"build": build, "build.f_cpu": build.get("f_cpu")}.get), "BoardConfig")
    return env


def test_power_of_a_board():
    env = _with_board(tinyml={"ma_per_mhz": 0.25})
    assert (board.tinyml(env, "ma_per_mhz"), board.tinyml(env, "voltage")) == ("0.25", "")
    assert board.tinyml(_with_board(), "voltage") == ""


@pytest.mark.parametrize("found", ["x", [], None, 5])
def test_power_of_a_board_is_an_object(found):
    with pytest.raises(UsageError, match=r"build\.tinyml"):
        board.tinyml(_with_board(tinyml=found), "voltage")


@pytest.mark.parametrize(
    ("f_cpu", "hertz"), [("168000000L", 168_000_000), ("9" * 5000, None), ("abc", None), ("-1", None), ("0", None)]
)
def test_clock_of_a_board(f_cpu, hertz):
    assert board.clock(_with_board(f_cpu=f_cpu)) == hertz


@pytest.mark.parametrize("limit", [float("inf"), float("nan"), -1, "x", [1], 1e300])
def test_no_limit_of_a_board(limit):
    env = Environment(BOARD="b")
    env.AddMethod(lambda _: SimpleNamespace(get=lambda *_: limit), "BoardConfig")
    with pytest.raises(UsageError, match="not a number of bytes"):
        board.limits(env)


def test_a_model_that_changed_between_its_c_and_the_link(tmp_path):
    model, header = tmp_path / "sine.tflite", tmp_path / "sine_model.h"
    model.write_bytes((Path(__file__).parents[2] / "examples/sine/models/sine.tflite").read_bytes())
    header.write_text(f'#define SINE_MODEL_SHA256 "{about(model.read_bytes()).sha256}"\n')
    env, config = Environment(), SimpleNamespace(models=[SimpleNamespace(name="sine", path=model)])
    taken = {"sine": sources.Int8Model(model)}
    unchanged.refuse_changed(env, config, taken, {"sine": header})
    with pytest.raises(SetupError, match=r"sine\.tflite changed while"):
        unchanged.refuse_changed(env, config, {"sine": sources.Int8Model(tmp_path / "key" / "x")}, {"sine": header})
    model.write_bytes(model.read_bytes() + bytes(16))
    with pytest.raises(SetupError, match=r"sine\.tflite changed while"):
        unchanged.refuse_changed(env, config, taken, {"sine": header})


def test_an_older_copy_of_a_header_that_sources_include(tmp_path):
    header, old = tmp_path / "build" / "sine_model.h", tmp_path / "lib" / "sine_model.h"
    for path in (header, old):
        path.parent.mkdir()
    header.write_text("#ifndef TINYML_MODEL_SINE\n#define SINE_OUTPUT_0_SCALE 0.25f\n#endif\n")
    for text, is_copy in (
        (header.read_text().replace("0.25f", "0.5f"), True),
        (header.read_text(), False),
        (header.read_text().replace("\n", "\r\n"), False),
        (header.read_text().replace("0.25f", "0.5f").replace("\n", "\r\n"), True),
        ("#ifndef SINE_MODEL\n#define SINE_MODEL\n#endif\n", False),
    ):
        old.write_bytes(text.encode())
        included = [Environment().fs.File(str(path)) for path in (header, old, tmp_path / "gone" / "sine_model.h")]
        if is_copy:
            with pytest.raises(SetupError, match=r"lib/sine_model\.h, which sources include, is an older header"):
                unchanged.refuse_copies(included, {"sine": header}, tmp_path, lambda *_: True)
        else:
            unchanged.refuse_copies(included, {"sine": header}, tmp_path, lambda *_: True)


def test_an_include_that_is_left_out(tmp_path):
    env = Environment(tools=["gcc", "cc", "g++", "c++"], CPPPATH=[str(tmp_path)])
    header, copy, source = tmp_path / "sine_model.h", tmp_path / "old" / "sine_model.h", tmp_path / "main.c"
    copy.parent.mkdir()
    header.touch()
    copy.touch()
    source.write_text('#ifdef OTHER\n#include "old/sine_model.h"\n#else\n#include <sine_model.h>\n#endif\n')
    for define, is_read in ((["NONE"], False), (["OTHER"], True)):
        (program,) = env.Object(str(tmp_path / f"{define[0]}.o"), str(source), CPPDEFINES=define)
        program.implicit = [env.fs.File(str(path)) for path in (header, copy)]
        assert preprocessed.may_read(program, copy, header) is is_read
    source.write_text("#error\n")
    assert preprocessed.may_read(program, copy, header), "the compiler cannot be asked"


def test_a_models_header_that_the_compiler_will_not_find(tmp_path):
    env = Environment(tools=["gcc", "cc", "g++", "c++"], CPPPATH=[str(tmp_path / "include")])
    source = tmp_path / "src" / "main.c"
    source.parent.mkdir()
    source.write_text('#include "nothing.h"\n#if !defined(OFF)\n#include <kws_model.h>\n#endif\n')
    objects = {}
    for define in ("ON", "OFF"):
        (objects[define],) = env.Object(str(tmp_path / f"{define}.o"), str(source), CPPDEFINES=[define])

    def lacks(define: str = "ON", folder: Path = source.parent) -> bool:
        return preprocessed.lacks(objects[define], folder, ("_model.h",))

    assert not lacks(), "it will end for another one"
    (source.parent / "nothing.h").touch()
    assert lacks()
    assert not lacks("OFF")
    assert not lacks(folder=tmp_path / "other")
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "kws_model.h").touch()
    assert not lacks()


def test_what_scons_found_included():
    """SCons forgets some lists when a node is built."""
    env = Environment()
    header, source, other, program = (env.fs.File(f"#included/{name}") for name in ("a.h", "a.o", "b.o", "program"))
    program.sources, source.implicit = [source, other], [header]
    source.depends = other.prerequisites = None
    assert nodes.included(program) == {header}


@pytest.mark.parametrize("name", ["kws.h", "kws-model.h", "KWS.model_data.hpp", "kws_tflite.h", "kws.int8_model.h"])
def test_a_header_that_is_nearly_called_so(name, tmp_path, capsys):
    source = tmp_path / "main.c"
    source.write_text(f"#include <{name}>\n")
    node = SimpleNamespace(srcnode=lambda: SimpleNamespace(get_abspath=lambda: str(source)))
    model = SimpleNamespace(name="kws", key="kws")
    explain_missing([model], [SimpleNamespace(node=SimpleNamespace(sources=[node]))], tmp_path)
    assert f"<{name}> is no header of the model kws: #include <kws_model.h>" in capsys.readouterr().err
