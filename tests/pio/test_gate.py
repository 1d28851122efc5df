"""Whatever is over budget fails, every time, and leaves nothing for an upload, whatever PlatformIO would allow."""

import json
import shutil
import sys

import pytest

pytestmark = pytest.mark.slow

OVER = "board = netduinoplus2\ncustom_tinyml_flash_budget = 4 KB"
SAYS = "over the budget"
UPLOAD = """
upload_protocol = custom
upload_command = "{python}" -c "import shutil; shutil.copy(r'{source}', 'uploaded')"
"""
BIG = "static const volatile char big[90000] = {1}; (void)big[2]; sine_init();"


def upload(source: str = "$SOURCE") -> str:
    """Options with which an upload is the copying of `source` to the file `uploaded` of the project."""
    return UPLOAD.format(python=sys.executable, source=source)


def refused(build) -> bool:
    """The build failed and said why on standard error."""
    return build.code == 1 and SAYS in build.stderr


def images(project, environment: str = "net") -> list[str]:
    return sorted(path.name for path in project.built(environment).glob("firmware*") if path.suffix != ".map")


def test_every_run_fails_and_leaves_no_image(make_project):
    project = make_project(f"[env:net]\n{OVER}{upload()}")
    for arguments in (
        [],
        ["-t", "upload"],
        ["-s"],
        ["-v"],
        ["-t", "size"],
        ["-t", "exec"],
        ["-t", "buildprog"],
        ["-t", "checkprogsize"],
        ["-t", "clean", "-t", "upload"],
    ):
        assert refused(project.run(*arguments)), arguments
        assert images(project) == [], arguments
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    assert report["ok"] is False
    assert project.built("net", "tinyml/over_budget.elf").is_file(), "kept for the curious"
    # This runs nothing of a library's.
    assert project.run("-t", "nobuild", "-t", "upload").code == 1
    assert not (project.folder / "uploaded").exists()


def test_a_raised_budget_recovers(make_project):
    project = make_project(
        f"[env:net]\nboard = netduinoplus2\ncustom_tinyml_flash_budget = ${{sysenv.BUDGET}}{upload()}"
    )
    assert refused(project.run("-t", "upload", env={"BUDGET": "4 KB"}))
    assert project.run("-t", "upload", env={"BUDGET": "64 KB"}).code == 0
    assert (project.folder / "uploaded").read_bytes() == project.built("net", "firmware.bin").read_bytes()
    (project.folder / "uploaded").unlink()
    assert refused(project.run("-t", "upload", env={"BUDGET": "4 KB"}))
    assert project.run("-t", "nobuild", "-t", "upload", env={"BUDGET": "4 KB"}).code == 1
    assert not (project.folder / "uploaded").exists()


def test_source_reverted(make_project):
    project = make_project(f"[env:net]\nboard = netduinoplus2\ncustom_tinyml_flash_budget = 64 KB{upload()}")
    assert project.run().code == 0
    good = project.built("net", "firmware.bin").read_bytes()
    main = project.folder / "src" / "main.c"
    small = main.read_text()
    main.write_text(small.replace("sine_init();", BIG))
    assert refused(project.run())
    assert images(project) == []
    main.write_text(small)
    assert project.run("-t", "upload").code == 0
    assert (project.folder / "uploaded").read_bytes() == good
    main.write_text(small.replace("sine_init();", BIG))
    assert refused(project.run("-t", "upload"))
    assert refused(project.run("-t", "upload"))


def test_a_probe_that_uploads_the_elf(make_project):
    project = make_project(f"[env:net]\n{OVER}{upload('$PROG_PATH')}")
    assert refused(project.run("-t", "upload"))
    project.run("-t", "nobuild", "-t", "upload")
    assert not (project.folder / "uploaded").exists()


def test_an_image_that_does_not_wait_for_checkprogsize(make_project, repo, tmp_path):
    platform = tmp_path / "platform-loose"
    shutil.copytree(repo / "platform-emulated", platform)
    script = platform / "builder" / "main.py"
    waits = 'env.Depends(image, "checkprogsize")'
    assert waits in script.read_text()
    script.write_text(script.read_text().replace(waits, "pass"))
    project = make_project(f"[env:net]\n{OVER}{upload()}\n[platformio]\nplatforms_dir = .pio/platforms")
    ini = project.folder / "platformio.ini"
    ini.write_text(ini.read_text().replace(str(repo / "platform-emulated"), str(platform)))
    for arguments in (["-j4"], ["-j4", "-t", "upload"]):
        assert refused(project.run(*arguments))
        assert images(project) == []
    assert project.run("-t", "nobuild", "-t", "upload").code == 1
    assert not (project.folder / "uploaded").exists()


def test_build_cache_dir(make_project):
    project = make_project(
        f"[env:net]\nboard = netduinoplus2\ncustom_tinyml_flash_budget = ${{sysenv.BUDGET}}{upload()}\n"
        "[platformio]\nbuild_cache_dir = .pio/cache"
    )
    assert project.run(env={"BUDGET": "64 KB"}).code == 0
    # All that is linked comes back from the cache now, images too.
    shutil.rmtree(project.folder / ".pio" / "build")
    for _ in range(2):
        assert refused(project.run("-t", "upload", env={"BUDGET": "4 KB"}))
        assert images(project) == []
    assert not (project.folder / "uploaded").exists()


def test_refused_before_linking(make_project):
    project = make_project("[env:blue]\nboard = stm32vldiscovery\ncustom_tinyml_sine_arena_budget = 16")
    for _ in range(2):
        build = project.run()
        assert build.code == 1
        assert "arena:sine" in build.stderr
        assert "link" not in build.started
        assert images(project, "blue") == []
    ini = project.folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("= 16", "= 64"))
    assert project.run().code == 0


def test_an_overflow_that_the_linker_finds(make_project):
    project = make_project("[env:blue]\nboard = stm32vldiscovery")
    main = project.folder / "src" / "main.c"
    whole = main.read_text()
    main.write_text(whole.replace("sine_init();", "static volatile char big[9000]; big[1] = 2; sine_init();"))
    for arguments in ([], ["-s"]):
        build = project.run(*arguments)
        assert build.code == 1
        assert "overflowed by" in build.stderr, "ld's own words"
        assert "region RAM" in build.stderr
        assert "most of it: application" in " ".join(build.stderr.split())
        assert images(project, "blue") == []
    main.write_text(whole.replace("sine_init();", "no_such_function();"))
    build = project.run()
    assert build.code == 1
    assert "most of it" not in build.stderr, "another failure of the link is not ours to explain"


def test_limits_that_the_platform_learns_late(make_project):
    """espressif32 and raspberrypi set the board's limits in an action before checkprogsize."""
    project = make_project("[env:net]\nboard = netduinoplus2\nextra_scripts = post:late.py")
    project.write(
        "late.py",
        'Import("env")\n'
        'late = lambda source, target, env: env.BoardConfig().update("upload.maximum_ram_size", 1024)\n'
        'env.AddPreAction("checkprogsize", late)\n',
    )
    for _ in range(2):
        build = project.run()
        assert build.code == 1
        assert "over the board's limit" in build.stderr
        assert images(project) == []
