"""What gets past a gate that stands at one place: other names, other targets, files and budgets changed afterwards."""

import json
import os
import shutil
import struct
import sys

import pytest

pytestmark = pytest.mark.slow

BOARD = "board = netduinoplus2\n"
BUDGET = "custom_tinyml_flash_budget = ${sysenv.BUDGET}\n"
UPLOAD = f"""
upload_protocol = custom
upload_command = "{sys.executable}" -c "import shutil; shutil.copy(r'$PROG_PATH', 'uploaded')"
"""
WIDE, NARROW = {"BUDGET": "64 KB"}, {"BUDGET": "4 KB"}
MERGE = """
import shutil
Import("env")

def merge(source, target, env):
    shutil.copy(target[0].get_abspath(), env.subst("$BUILD_DIR/merged-image.bin"))
    shutil.copy(target[0].get_abspath(), "merged-elsewhere.bin")

def flash(name):
    return lambda source, target, env: shutil.copy(env.subst(name), "flashed") and 0

env.AddPostAction("$PROGPATH", merge)
env.AddCustomTarget("flash", None, flash("$BUILD_DIR/merged-image.bin"))
env.AddCustomTarget("flash_elsewhere", None, flash("merged-elsewhere.bin"))
env.AlwaysBuild(env.Alias("flash_alias", [], flash("merged-elsewhere.bin")))
env.AddCustomTarget("greet", None, lambda source, target, env: print("good morning"))
"""


def left(project) -> set[str]:
    """What could be uploaded."""
    build = project.built("net")
    files = {path.name for path in build.rglob("*") if path.is_file() and path.parent.name != "tinyml"}
    return {name for name in files if name.endswith((".bin", ".elf", ".hex"))}


@pytest.fixture
def merging(make_project):
    """A project whose script makes images of its own, and has targets that flash them."""
    project = make_project(f"[env:net]\n{BOARD}{BUDGET}{UPLOAD}extra_scripts = post:merge.py")
    project.write("merge.py", MERGE)
    return project


def test_images_of_any_name_and_custom_targets(merging):
    project, flashed = merging, merging.folder / "flashed"
    assert project.run("-t", "greet", env=WIDE).code == 0, "nothing was built, and nothing is refused"
    assert not project.built("net", "firmware.elf").exists(), "nor built for it"
    assert project.run(env=WIDE).code == 0
    for name in ("flash", "flash_elsewhere", "flash_alias"):
        build = project.run("-t", name, env=WIDE)
        assert build.code == 0 and flashed.is_file(), build.output
        assert "link" not in build.started
        flashed.unlink()
    for arguments in ([], ["-j4"], ["-t", "flash"], ["-t", "buildprog", "-t", "flash_alias"]):
        assert project.run(*arguments, env=NARROW).code == 1
        assert left(project) == set()
    for name in ("flash", "flash_elsewhere", "flash_alias"):
        build = project.run("-t", name, env=NARROW)
        assert build.code == 1
        assert "did not pass" in build.stderr
    assert not flashed.exists()
    # One that comes after the program in the same run waits for the verdict, whatever the last one was.
    assert project.run("-t", "buildprog", "-t", "flash", env=WIDE).code == 0
    assert flashed.is_file()


def test_a_file_or_a_folder_as_a_target(merging):
    project = merging
    program = ".pio/build/net/firmware.elf"
    for target in (program, str(project.folder / program), ".pio/build/net/firmware.bin", ".pio/build/net", "."):
        build = project.run("-t", target, env=NARROW)
        assert build.code == 1, target
        assert "over the budget" in build.stderr
        assert left(project) == set(), target
    assert project.run("-t", program, env=WIDE).code == 0
    assert left(project) == {"firmware.elf", "merged-image.bin"}
    assert json.loads(project.built("net", "tinyml/report.json").read_text())["ok"]
    assert project.run("-t", ".pio/build/net/src/main.o", env=NARROW).code == 0, "no program"


CHANGE = """
import os
Import("env")

def change(source, target, env):
    with open(env.subst("$BUILD_DIR/firmware.bin"), "ab") as file:
        file.write(bytes(2 << 20))

hook = env.AddPreAction if os.environ["WHERE"] == "upload" else env.AddPostAction
hook(os.environ["WHERE"], change)
"""


@pytest.mark.parametrize("where", ["$BUILD_DIR/firmware.bin", "buildprog", "upload"])
def test_an_image_that_an_action_changes_after_the_gate(make_project, where):
    project = make_project(f"[env:net]\n{BOARD}{UPLOAD}extra_scripts = post:change.py")
    project.write("change.py", CHANGE)
    variables, uploaded = {"WHERE": where}, project.folder / "uploaded"
    for _ in range(2):
        build = project.run("-t", "buildprog", "-t", "upload", env=variables)
        assert build.code == 1
        assert "firmware.bin has 2,1" in build.stderr and "Traceback" not in build.output
        assert left(project) == set()
        assert not uploaded.exists()
    # By hand, between two builds.
    assert project.run(env={"WHERE": "no such thing"}).code == 0
    with project.built("net", "firmware.bin").open("ab") as image:
        image.write(bytes(2 << 20))
    assert project.run("-t", "upload", env={"WHERE": "no such thing"}).code == 1
    assert not uploaded.exists()


CUT = """
import os
Import("env")
env.AddPreAction("upload", lambda source, target, env: os.truncate(env.subst("$PROG_PATH"), 4000))
"""


def test_a_program_that_an_action_changes_after_the_gate(make_project):
    """Probes upload the ELF file."""
    project = make_project(f"[env:net]\n{BOARD}{UPLOAD}extra_scripts = post:cut.py")
    project.write("cut.py", CUT)
    build = project.run("-t", "upload")
    assert build.code == 1
    assert "firmware.elf was changed after it was checked" in build.stdout and "Traceback" not in build.output
    assert left(project) == set()
    assert not (project.folder / "uploaded").exists()


def test_a_hex_image_is_counted_by_its_data(tmp_path):
    from platformio_tinyml.pio.images import size_of

    image = tmp_path / "firmware.hex"
    image.write_text(":020000040800F2\n:10010000214601360121470136007EFE09D2190140\n:0100000055AA\n:00000001FF\n")
    assert size_of(image) == 17
    image.write_bytes(b"\x7fELF")
    assert size_of(image) is None
    assert size_of(tmp_path / "firmware.uf2") is None


def test_a_uf2_image_is_counted_by_its_blocks(tmp_path):
    from platformio_tinyml.pio.images import size_of

    def block(flags, size):
        return struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, 0x10000000, size, 0, 1, 0).ljust(512, b"\0")

    image = tmp_path / "firmware.uf2"
    image.write_bytes(block(0x2000, 256) + block(0x2000, 100) + block(1, 256))
    assert size_of(image) == 356
    for damaged in (block(0, 256)[:40], block(0, 256) + b"more", bytes(512)):
        image.write_bytes(damaged)
        assert size_of(image) is None


@pytest.mark.parametrize("name", ["sine/sine_weights.c", "sine/sine_model.json", "tinyml_kernels.c"])
def test_generated_files_are_as_generated(make_project, name):
    """SCons does not look into what it has made."""
    project = make_project(f"[env:net]\n{BOARD}")
    assert project.run().code == 0
    path, image = project.built("net", f"tinyml/{name}"), project.built("net", "firmware.bin")
    whole, right = path.read_bytes(), image.read_bytes()
    for damaged in (whole.replace(b"1", b"2"), whole[: len(whole) // 2], b""):
        path.write_bytes(damaged)
        build = project.run()
        assert (build.code, build.started) == (0, ()), build.output
        assert path.read_bytes() == whole
        assert image.read_bytes() == right
    path.write_bytes(whole.replace(b"1", b"2"))
    shutil.rmtree(project.folder / ".pio" / "tinyml")
    assert project.run().code == 0
    assert path.read_bytes() == whole


def test_a_budget_tightened_and_nobuild(make_project, repo):
    """What editors do with --disable-auto-clean: PlatformIO does not empty the build folder."""
    script = f"extra_scripts = pre:{repo / 'extra_script.py'}"
    project = make_project(f"[env:net]\n{BOARD}{BUDGET}{UPLOAD}{script}")
    nobuild, uploaded = ["--disable-auto-clean", "-t", "nobuild", "-t", "upload"], project.folder / "uploaded"
    assert project.run(env=WIDE).code == 0
    build = project.run(*nobuild, env=NARROW)
    assert build.code == 1
    assert "was checked by other budgets" in build.stderr
    assert not uploaded.exists()
    assert project.run(*nobuild, env=WIDE).code == 0
    uploaded.unlink()
    # What a cache, or a hand, put in the place of another environment.
    ini = project.folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("[env:net]", "[env:other]"))
    shutil.copytree(project.built("net"), project.built("other"))
    assert "or for another environment" in project.run(*nobuild, env=WIDE).stderr
    assert not uploaded.exists()
    ini.write_text(ini.read_text().replace("[env:other]", "[env:net]"))
    # A budget by the baseline is tightened with the baseline.
    ini.write_text(ini.read_text().replace("${sysenv.BUDGET}", "baseline + 1 KB"))
    assert project.run("-t", "tinyml_baseline").code == project.run().code == 0
    assert project.run(*nobuild).code == 0
    uploaded.unlink()
    baseline = project.folder / "tinyml-baseline.json"
    baseline.write_text(baseline.read_text().replace("8", "1"))
    assert project.run(*nobuild).code == 1
    assert not uploaded.exists()


@pytest.mark.parametrize(
    "name",
    ["tinymlflash_budget", "tinyml-flash_budget", "tinyml.flash_budget", "tiny_ml_flash_budget", "tiny-ml-flash-budgt"],
)
def test_near_misses_of_an_option(make_project, name):
    build = make_project(f"[env:net]\n{BOARD}custom_{name} = 4 KB").run()
    assert build.code == 1
    assert f"unknown option custom_{name}" in build.stderr
    assert "Did you mean custom_tinyml_flash_budget?" in build.stderr


def test_a_near_miss_that_may_be_somebody_elses(make_project):
    build = make_project(f"[env:net]\n{BOARD}custom_tinmyl_flash_budget = 4 KB\ncustom_tinyusb_data = 1").run()
    assert build.code == 0
    assert "custom_tinmyl_flash_budget is no option of TinyML" in build.stderr
    assert "tinyusb" not in build.stderr


@pytest.mark.parametrize("head", [b"", b"\x1c\0\0\0TFL3"])
def test_a_model_beyond_all_use_is_not_read(make_project, head):
    project = make_project(f"[env:net]\n{BOARD}")
    model = project.folder / "models" / "sine.tflite"
    model.write_bytes(head)
    os.truncate(model, 5 << 30)
    build = project.run()
    assert build.code == 1
    assert "sine.tflite has 5,368,709,120 bytes" in build.stderr
    assert ("no model by its first bytes" in build.stderr) == (not head)
