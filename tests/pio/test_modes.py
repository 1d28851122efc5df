"""Each way in which a project can take the library, and what PlatformIO asks of it besides a build."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BOARD = "[env:net]\nboard = netduinoplus2\n"


def built(project, *arguments: str):
    """A build that must pass, with the model in it."""
    build = project.run(*arguments)
    assert build.code == 0, build.output
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    assert [model["name"] for model in report["models"]] == ["sine"]
    assert {"weights:sine", "arena:sine", "tinyml"} <= {owner["owner"] for owner in report["owners"]}
    return build


@pytest.mark.parametrize(
    "options", ["lib_ldf_mode = off", "lib_ldf_mode = chain+", "lib_ldf_mode = deep+", "lib_archive = no"]
)
def test_library_finder(make_project, options):
    built(make_project(BOARD + options))


@pytest.mark.parametrize("ways_in", [("lib",), ("pre",), ("lib", "pre")])
def test_no_folder_stands_twice_on_a_command_line(make_project, repo, ways_in):
    ways = {"lib": f"lib_deps = symlink://{repo}", "pre": f"extra_scripts = pre:{repo}/extra_script.py"}
    build = built(make_project(BOARD, "\n".join(ways[way] for way in ways_in)), "-v")
    compiled = [line.split() for line in build.stdout.splitlines() if " -c " in line]
    assert len(compiled) > 4
    for words in compiled:
        folders = [word for word in words if word.startswith("-I")]
        assert len(folders) == len(set(folders)), " ".join(words)


TWICE = """\
import os, shutil
Import("env")
# As `custom_sdkconfig` of Arduino on ESP32.
if not os.path.exists(os.path.join(env.subst("$PROJECT_DIR"), "configured")):
    env.Replace(PROJECT_SRC_DIR=os.path.join(env.subst("$PROJECT_DIR"), ".dummy"))

    def configure(source, target, env):
        open(os.path.join(env.subst("$PROJECT_DIR"), "configured"), "w").close()
        shutil.rmtree(env.subst("$BUILD_DIR"))
        os.makedirs(env.subst("$BUILD_DIR"))
        env.Exit(env.Execute('"$PYTHONEXE" -m platformio run -e $PIOENV'))

    env.AddPostAction("checkprogsize", configure)
"""


@pytest.mark.parametrize("way", ["lib_deps = symlink://{}", "extra_scripts = pre:{}/extra_script.py"])
def test_a_platform_that_runs_the_build_within_a_build(make_project, repo, way):
    """The first builds a framework around another program, removes the build folder and starts the second."""
    scripts = way.format(repo) if way.startswith("extra") else way.format(repo) + "\nextra_scripts ="
    project = make_project(
        BOARD + "custom_tinyml_verify = 1\ncustom_tinyml_flash_budget = ${sysenv.FLASH}", f"{scripts}\n  post:twice.py"
    )
    project.write("twice.py", TWICE)
    project.write(".dummy/main.c", "int main(void) { return 0; }\n")
    build = project.run(env={"FLASH": "100 KB"})
    assert build.code == 0, build.output
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    assert (report["ok"], [model["used"] for model in report["models"]]) == (True, [True])
    assert project.built("net", "firmware.bin").is_file()
    assert project.run(env={"FLASH": "100 KB"}).code == 0
    (project.folder / "configured").unlink()
    refused = project.run(env={"FLASH": "5 KB"})
    assert refused.code != 0, refused.output
    assert "flash_budget" in refused.output
    assert not project.built("net", "firmware.bin").exists()


def test_file_dependency(make_project, library_copy):
    built(make_project(BOARD, f"lib_deps = file://{library_copy}"))


def test_in_the_project(make_project, library_copy):
    """In lib/ nothing names the library but the #include of a header that did not exist before."""
    project = make_project(BOARD, common="")
    shutil.copytree(library_copy, project.folder / "lib" / "tinyml")
    built(project)
    assert project.run().started == ()


def test_generated_with_the_runtime_into_the_sources(make_project, repo):
    """No library and no script: PlatformIO compiles all that it finds below src/."""
    project = make_project(BOARD, common="")
    command = [sys.executable, "-m", "platformio_tinyml", "generate", "models/sine.tflite", "-o", "src/generated"]
    subprocess.run(
        [*command, "--with-runtime"], cwd=project.folder, env={**os.environ, "PYTHONPATH": str(repo)}, check=True
    )
    main = project.folder / "src" / "main.c"
    main.write_text(
        main.read_text()
        .replace('#include "', '#include "generated/')
        .replace("#include <sine", "#include <generated/sine")
    )
    build = project.run()
    assert build.code == 0, build.output


def test_in_the_project_and_unused(make_project, library_copy):
    project = make_project(BOARD, common="")
    shutil.copytree(library_copy, project.folder / "lib" / "tinyml")
    project.write("src/main.c", "int main(void) { return 0; }\n")
    build = project.run()
    assert build.code == 0
    assert not {"generate", "check"} & set(build.started)


def test_pre_script_alone(make_project, repo):
    project = make_project(BOARD + f"extra_scripts = pre:{repo / 'extra_script.py'}", common="")
    built(project)
    assert project.run().started == ()
    assert project.run("-t", "clean").code == 0
    assert project.run("-t", "nobuild").code == 1


def test_both_at_once(make_project, repo, library_copy):
    """And a second copy in lib/: the work is done once."""
    project = make_project(BOARD + f"extra_scripts = pre:{repo / 'extra_script.py'}")
    shutil.copytree(library_copy, project.folder / "lib" / "tinyml")
    build = built(project)
    ours = [command for command in build.started if command != "pip"]  # the emulator's packages are another set
    assert len(set(ours)) == len(ours), ours
    assert build.stdout.count("ok: ") == 1


@pytest.mark.parametrize("option", ["custom_tinyml = off", "lib_ignore = platformio-tinyml"])
def test_switched_off(make_project, option):
    project = make_project(BOARD + option)
    project.write("src/main.c", "int main(void) { return 0; }\n")
    (project.folder / "models" / "sine.tflite").write_bytes(b"no model")
    build = project.run()
    assert build.code == 0, build.output
    assert not {"generate", "check"} & set(build.started)


def test_no_models(make_project, repo):
    """Silence, and the same firmware as without the library; until a file or a source tells of a model."""
    hello = "int main(void) { return 0; }\n"
    without = make_project(BOARD, "", "without")
    project = make_project(BOARD)
    for each in (without, project):
        shutil.rmtree(each.folder / "models")
        each.write("src/main.c", hello)
        build = each.run()
        assert build.code == 0, build.output
    assert "TinyML" not in build.output and "pip" not in build.started
    program = project.built("net", "firmware.bin")
    assert program.read_bytes() == without.built("net", "firmware.bin").read_bytes()
    assert not project.built("net", "tinyml").exists()
    assert project.run().started == ()

    project.write("src/main.c", f"#include <kws_model.h>\n{hello}")
    build = project.run()
    assert build.code == 1 and build.stderr.count("no model in models/") == 1, build.output
    assert "fatal error" not in build.output, "the compiler is not asked"
    project.write("src/main.c", hello)
    (project.folder / "models").mkdir()
    project.write("models/labels.txt", "a\nb\n")
    build = project.run()
    assert build.code == 1 and "no model in models/" in build.stderr, build.output
    shutil.rmtree(project.folder / "models")
    data = (repo / "examples" / "sine" / "models" / "sine.tflite").read_bytes()
    project.write("src/model.h", f"const unsigned char net[] = {{{','.join(map(str, data))}}};\n")
    build = project.run()
    assert build.code == 1 and "write custom_tinyml_models = src/model.h" in build.stderr, build.output


def test_cxx_and_a_library_of_the_project(make_project):
    project = make_project(BOARD)
    (project.folder / "src" / "main.c").unlink()
    project.write(
        "src/main.cpp", '#include "speech.h"\n#include <sine_model.h>\nint main() { return sine_init() + speak(); }\n'
    )
    project.write("lib/speech/speech.h", '#ifdef __cplusplus\nextern "C"\n#endif\nint speak(void);\n')
    project.write("lib/speech/speech.c", "#include <sine_model.h>\nint speak(void) { return sine_invoke(); }\n")
    build = built(project)
    assert "compile speech.o" in build.started


def test_a_platform_without_boards(make_project, tmp_path):
    """As PlatformIO's native: no board, no limits, no image, and env.BoardConfig() would end the process."""
    platform = tmp_path / "platform-plain"
    (platform / "builder").mkdir(parents=True)
    facts = {"name": "plain", "version": "1.0.0", "title": "Plain", "description": "Plain", "packages": {}}
    (platform / "platform.json").write_text(
        json.dumps({**facts, "license": "Apache-2.0", "engines": {"platformio": "^6"}})
    )
    (platform / "builder" / "main.py").write_text(
        "from SCons.Script import AlwaysBuild, Default, DefaultEnvironment\n"
        "env = DefaultEnvironment()\n"
        "program = env.BuildProgram()\n"
        'env.AddPlatformTarget("exec", program, env.VerboseAction("$SOURCE", "Running"), "Run")\n'
        'env.AddPlatformTarget("upload", program, "cp $SOURCE uploaded", "Upload")\n'
        "Default([program])\n"
    )
    project = make_project("[env:net]\n[platformio]\nplatforms_dir = .pio/platforms")
    ini = project.folder / "platformio.ini"
    lines = ini.read_text().splitlines()
    ini.write_text(
        "\n".join(f"platform = symlink://{platform}" if line.startswith("platform =") else line for line in lines)
    )
    build = built(project, "-t", "exec")
    assert "sine " in build.stdout
    before = ini.read_text()
    ini.write_text(before.replace("[env:net]", "[env:net]\nextra_scripts = post:cut.py"))
    action = "lambda source, target, env: os.truncate(env.subst('$PROG_PATH'), 4000)"
    project.write("cut.py", f'import os\nImport("env")\nenv.AddPreAction("upload", {action})\n')
    cut = project.run("-t", "upload")
    assert cut.code == 1
    assert "was changed after it was checked" in cut.stdout and "Traceback" not in cut.output
    assert not (project.folder / "uploaded").exists()
    ini.write_text(before.replace("[env:net]", "[env:net]\ncustom_tinyml_ram_budget = 16"))
    for _ in range(2):
        refused = project.run()
        assert refused.code == 1
        assert "over the budget" in refused.stderr
        assert not project.built("net", "program").exists()


def idedata(project) -> dict:
    build = project.run("-t", "idedata")
    assert build.code == 0, build.output
    return json.loads(next(line for line in build.stdout.splitlines() if line.startswith('{"')))


def test_editors_find_the_header(make_project, repo):
    """Before any build: the real header where the tool is ready."""
    project = make_project(BOARD)
    # In a folder where nothing was built yet; the tool's packages are there since another test or this build.
    assert make_project(BOARD, name="warm").run().code == 0
    includes = [Path(folder) for folder in idedata(project)["includes"]["build"]]
    header = next(folder / "sine_model.h" for folder in includes if (folder / "sine_model.h").is_file())
    assert "SINE_INPUT_0_SCALE" in header.read_text()
    assert "PROVISIONAL" not in header.read_text()
    assert any((folder / "tinyml.h").is_file() for folder in includes)
    compiled = project.run("-t", "compiledb")
    assert compiled.code == 0
    commands = json.loads((project.folder / "compile_commands.json").read_text())
    main = next(entry["command"] for entry in commands if entry["file"].endswith("main.c"))
    assert "tinyml/include" in main


def test_editors_get_a_provisional_header_without_the_tool(make_project, repo, tmp_path):
    core = tmp_path / "core"
    subprocess.run([sys.executable, repo / "scripts" / "make_core.py", core], check=True)
    project = make_project(BOARD)
    environment = {"PLATFORMIO_CORE_DIR": str(core)}
    build = project.run("-t", "idedata", env=environment)
    assert build.code == 0
    assert not {"pip", "generate"} & set(build.started), "nothing is installed or generated at read time"
    header = project.built("net", "tinyml/include/sine_model.h")
    assert "#define SINE_PROVISIONAL" in header.read_text()
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{header.parent}"]
    runtime = repo / "platformio_tinyml" / "runtime" / "include"
    compiler = subprocess.run(
        ["gcc", *flags, f"-I{runtime}", project.folder / "src" / "main.c"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert compiler.returncode == 0, compiler.stderr
    # Without an index to install from, one message says what to run.
    offline = project.run(
        "-s", env={**environment, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}
    )
    assert offline.code == 1
    assert "cannot install the Python packages" in offline.stderr
    assert "custom_tinyml_wheels" in offline.stderr
    assert "Traceback" not in offline.output
    online = project.run(env=environment)
    assert online.code == 0, online.output
    assert "PROVISIONAL" not in header.read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("custom_tinyml_models = models/none.tflite", "there is no file"),
        ("custom_tinyml_flsh_budget = 3", "Did you mean custom_tinyml_flash_budget?"),
        ("custom_tinyml_flash_budget = many", "'many' is not a size"),
        ("custom_tinyml_runtime = tflm", "no library of the project has tensorflow/"),
    ],
)
def test_errors_are_told_when_it_builds(make_project, options, said):
    project = make_project(BOARD + options)
    assert idedata(project)["env_name"] == "net"
    for arguments in (["-s"], ["-t", "upload"]):
        build = project.run(*arguments)
        assert build.code == 1
        assert build.stderr.count(said) == 1
        assert "Traceback" not in build.output
        assert not [name for name in build.started if name.startswith("compile")], "said before anything else"


def test_a_refused_model(make_project):
    project = make_project(BOARD)
    (project.folder / "models" / "sine.tflite").write_bytes(b"TFL3 is not enough")
    for _ in range(2):
        build = project.run("-s")
        assert build.code == 1
        assert "sine.tflite" in build.stderr
        assert "Traceback" not in build.output
        assert "compile main.o" not in build.started


def test_parses_on_an_old_python(repo):
    for path in [repo / "extra_script.py", *(repo / "platformio_tinyml" / "pio").glob("*.py")]:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("as_library", [True, False])
def test_old_python_is_told(make_project, library_copy, as_library):
    script = library_copy / "extra_script.py"
    script.write_text(script.read_text().replace("sys.version_info >= (3, 10)", "sys.version_info >= (99, 0)"))
    if as_library:
        project = make_project(BOARD, f"lib_deps = symlink://{library_copy}")
    else:
        project = make_project(BOARD + f"extra_scripts = pre:{script}", common="")
    assert idedata(project)["env_name"] == "net"
    build = project.run("-s")
    assert build.code == 1
    assert "3.10 is the oldest" in build.stderr
    assert "Traceback" not in build.output


def test_section_of_the_arena(make_project):
    board = "[env:net]\nboard = netduinoplus2\ncustom_tinyml_arena_section ="
    placed = make_project(f"{board} .bss.of_arenas", name="placed")
    build = placed.run()
    assert build.code == 0, build.output
    assert ".bss.of_arenas" in placed.built("net", "firmware.map").read_text()
    of_framework = f"{board} .ccmram\nbuild_flags = -Wl,--section-start=.ccmram=0x10000000"
    elsewhere = make_project(of_framework, name="elsewhere").run()
    assert elsewhere.code == 0, elsewhere.output
    assert "CCM: " in elsewhere.stdout
    stored = make_project(f"{board} .data.of_arenas", name="stored").run()
    assert stored.code == 1
    assert "stored in the image" in stored.stderr


def test_section_of_the_weights(make_project):
    board = "[env:net]\nboard = netduinoplus2\ncustom_tinyml_weights_section ="
    placed = make_project(f"{board} .rodata.of_weights", name="placed")
    build = placed.run()
    assert build.code == 0, build.output
    assert "bytes of RAM too" not in build.stdout
    assert ".rodata.of_weights" in placed.built("net", "firmware.map").read_text()
    copied = make_project(f"{board} .data.of_weights", name="copied").run()
    assert copied.code == 0, copied.output
    assert "note: weights:sine takes" in copied.stdout and "bytes of RAM too (in .data)" in copied.stdout


def test_a_folder_that_platformio_cannot_build_in(make_project):
    """PlatformIO itself takes `$name` for a variable, and the folder without it for the project."""
    project = make_project(BOARD, name="pay$cheque")
    build = project.run()
    assert build.code == 1
    assert "it takes `$` for a variable" in build.stderr
    assert "no model" not in build.stderr


WITHOUT_MAP = """\
from SCons.Script import DefaultEnvironment

env = DefaultEnvironment()
process = env.ProcessProjectDeps


def process_project_deps(_):
    env.Replace(LINKFLAGS=[flag for flag in env["LINKFLAGS"] if flag != "-Xlinker" and "-Map" not in flag])
    process()


env.AddMethod(process_project_deps, "ProcessProjectDeps")
"""


def test_map_of_a_platform_that_asks_for_none(make_project):
    """Most do not; SCons takes words apart that a variable with spaces made, but not those of $TARGET."""
    project = make_project(BOARD + "extra_scripts = pre:without_map.py\n", name="of mine (2) & yours")
    project.write("without_map.py", WITHOUT_MAP)
    build = project.run()
    assert build.code == 0, build.output
    assert "sine_arena" in project.built("net", "firmware.map").read_text()
    assert "owners go by symbols alone" not in build.output
