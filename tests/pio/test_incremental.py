"""Incremental builds, proven by the commands that SCons starts."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tflite.Model import Model as TfliteModel

pytestmark = pytest.mark.slow

BOARD = "[env:net]\nboard = netduinoplus2"
RELINK = ("check", "image", "link")
# The header has the model's hash: what includes it is compiled too.
COMPILED = ("compile main.o", "compile sine_model.o", "compile sine_weights.o")
AFTER_A_MODEL = ("check", *COMPILED, "generate", "image", "link", "profile")


def change_weights(path: Path) -> None:
    """Another model with the same names, shapes and kernels: a bit of each byte of its largest table is turned."""
    data = path.read_bytes()
    model = TfliteModel.GetRootAsModel(data, 0)
    tables = (model.Buffers(index) for index in range(model.BuffersLength()))
    largest = max((bytes(table.Data(i) for i in range(table.DataLength())) for table in tables), key=len)
    assert data.count(largest) == 1
    path.write_bytes(data.replace(largest, bytes(byte ^ 1 for byte in largest)))


def test_nothing_changed_starts_nothing(make_project):
    project = make_project(BOARD)
    first = project.run()
    assert first.code == 0, first.output
    assert first.started.count("generate") == first.started.count("check") == first.started.count("link") == 1
    assert "TinyML: generating sine_model.h from sine.tflite" in first.stdout
    second = project.run()
    assert (second.code, second.started) == (0, ())
    table = first.stdout[first.stdout.index("tinyml, net") : first.stdout.index("Checking size")]
    assert table in second.stdout


def test_clean_keeps_what_was_generated(make_project):
    project = make_project(BOARD)
    before = project.run().started
    assert project.run("-t", "clean").code == 0
    assert not project.built("net", "firmware.elf").exists()
    after = project.run()
    assert after.code == 0
    assert sorted([*after.started, "generate", "profile"]) == [name for name in before if name != "pip"]


def test_model_changed(make_project):
    project = make_project(BOARD)
    project.run()
    change_weights(project.folder / "models" / "sine.tflite")
    assert project.run().started == AFTER_A_MODEL
    assert project.run().started == ()
    (project.folder / "models" / "sine.labels.txt").write_text("height\n")
    assert "generate" in project.run().started
    assert "sine_label" in project.built("net", "tinyml/include/sine_model.h").read_text()
    assert project.run().started == ()


def test_model_changed_and_its_time_did_not(make_project):
    project = make_project(BOARD)
    model = project.folder / "models" / "sine.tflite"
    os.utime(model, (1e9, 1e9))
    project.run()
    change_weights(model)
    os.utime(model, (1e9, 1e9))
    assert project.run().started == AFTER_A_MODEL
    assert project.run().started == ()


def test_one_of_two_models_changed(make_project, repo):
    both = f"{BOARD}\ncustom_tinyml_models =\n  models/sine.tflite\n  models/digits.tflite"
    project = make_project(both)
    shutil.copy(repo / "examples" / "digits" / "models" / "digits.tflite", project.folder / "models")
    first = project.run()
    assert first.code == 0, first.output
    assert first.started.count("generate") == 2
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    assert {model["name"] for model in report["models"]} == {"sine", "digits"}
    change_weights(project.folder / "models" / "sine.tflite")
    assert project.run().started == AFTER_A_MODEL


def test_option_changed_and_back(make_project):
    project = make_project(BOARD)
    project.run()
    ini = project.folder / "platformio.ini"
    plain = ini.read_text()
    ini.write_text(plain + "custom_tinyml_keep_input = yes\n")  # PlatformIO wipes the build folder for that
    changed = project.run()
    assert changed.code == 0
    assert changed.started.count("generate") == changed.started.count("check") == 1
    ini.write_text(plain)
    back = project.run()
    assert back.code == 0
    assert "generate" not in back.started, "the cache still has it"
    assert "check" in back.started


def test_board_changed(make_project):
    project = make_project("[env:net]\nboard = ${sysenv.WHICH}")
    assert project.run(env={"WHICH": "netduinoplus2"}).code == 0
    other = project.run(env={"WHICH": "microbit"})
    assert other.code == 0
    assert "generate" not in other.started
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    assert (report["board"], report["ram"]["limit"]) == ("microbit", 16384)


def test_tool_changed(make_project, library_copy):
    project = make_project(BOARD, f"lib_deps = symlink://{library_copy}")
    assert project.run().code == 0
    tool = library_copy / "platformio_tinyml" / "codegen" / "render.py"
    tool.write_text(tool.read_text() + "\n# another version\n")
    assert project.run().started == ("check", "generate", "profile"), "the same text came out: nothing to compile"
    assert project.run().started == ()
    template = library_copy / "platformio_tinyml" / "codegen" / "model.c.j2"
    template.write_text(template.read_text() + "const int tinyml_another_version = 1;\n")
    started = project.run().started
    assert "compile sine_model.o" in started
    assert "compile main.o" not in started


def test_kernel_changed(make_project, library_copy):
    project = make_project(BOARD, f"lib_deps = symlink://{library_copy}")
    assert project.run().code == 0
    kernel = library_copy / "platformio_tinyml" / "runtime" / "src" / "tinyml_fully_connected_s8.c"
    kernel.write_text(
        kernel.read_text() + "\nint tinyml_another_version(void);\nint tinyml_another_version(void) { return 1; }\n"
    )
    started = project.run().started
    assert [name for name in started if name.startswith("compile")] == ["compile tinyml_kernels.o"]
    assert "generate" not in started
    other = library_copy / "platformio_tinyml" / "runtime" / "src" / "tinyml_conv_2d_s8.c"
    other.write_text(other.read_text() + "\n")
    assert project.run().started == (), "no model calls that kernel"


def test_two_environments(make_project):
    project = make_project(f"{BOARD}\n[env:micro]\nboard = microbit")
    first = project.run("-e", "net", "-e", "micro")
    assert first.code == 0, first.output
    assert first.started.count("generate") == 1, "the second takes it from the cache"
    assert first.started.count("check") == 2
    assert project.run("-e", "net", "-e", "micro").started == ()


def test_two_processes_install_the_packages_once(make_project, repo, tmp_path):
    core = tmp_path / "core"
    subprocess.run([sys.executable, repo / "scripts" / "make_core.py", core], check=True)
    # Two projects: a run that installs a platform or a library locks neither against another run.
    projects = [make_project(BOARD, name="first"), make_project(BOARD, name="second")]
    arguments = [sys.executable, "-m", "platformio", "run", "-v"]
    variables = {**os.environ, "PLATFORMIO_CORE_DIR": str(core)}
    make = make_project("[env:idle]\nboard = netduinoplus2", common="", name="warm")  # installs the platform
    subprocess.run([*arguments, "-t", "idedata"], cwd=make.folder, env=variables, check=True, capture_output=True)
    running = [
        subprocess.Popen(
            arguments, cwd=p.folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for p in projects
    ]
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    lines = (line for output in outputs for line in output.splitlines() if "TinyML: installing" in line)
    installed = [line for line in lines if "percent" not in line]  # how far it is, where it takes long
    assert sorted(line.split()[2] for line in installed) == ["flatbuffers,", "unicorn"]
    assert len([path for path in (core / "tinyml").iterdir() if path.is_dir()]) == 2


def test_build_cache_dir(make_project):
    project = make_project(f"{BOARD}\n[platformio]\nbuild_cache_dir = .pio/cache")
    assert project.run().code == 0
    shutil.rmtree(project.folder / ".pio" / "build")
    again = project.run()
    assert again.code == 0, again.output
    assert again.started == ("check",)
    assert "ok: " in again.stdout
    assert project.built("net", "tinyml/include/sine_model.h").is_file()


def test_hidden_include(make_project):
    """SCons does not see an #include of a macro; the header is there all the same, also at -j2."""
    project = make_project(BOARD)
    main = project.folder / "src" / "main.c"
    main.write_text(main.read_text().replace("#include <sine_model.h>", "#define MODEL <sine_model.h>\n#include MODEL"))
    built = project.run()
    assert built.code == 0, built.output


def test_odd_path(make_project):
    project = make_project(BOARD, name="it's a prüfung, (ü) & more")
    odd = project.folder / "models" / "a 'b' \"c\" ü $HOME.tflite"
    (project.folder / "models" / "sine.tflite").rename(odd)
    main = project.folder / "src" / "main.c"
    main.write_text(main.read_text().replace("sine_", "a_b_c_HOME_"))
    built = project.run("-v")
    assert built.code == 0, built.output
    line = next(line for line in built.stdout.splitlines() if "run_tool.py" in line and " generate " in line)
    # What -v printed can be pasted. Its folder became an entry of the cache.
    folder = project.folder.parent / "pasted"
    words = subprocess.run(
        ["sh", "-c", f'printf "%s\\n" {line}'], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    words[words.index("-o") + 1] = str(folder)
    subprocess.run(words, check=True, capture_output=True)
    assert (folder / "a_b_c_HOME_model.h").is_file()
    assert project.run().started == ()
