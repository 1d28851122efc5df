"""The targets that show or keep what a build found out."""

import json
import sys
import time

import pytest

from platformio_tinyml.pio.page import has_browser

BOARD = "[env:net]\nboard = netduinoplus2\n"
NAMES = ("tinyml_report", "tinyml_baseline", "tinyml_fit", "tinyml_verify")
NO_BROWSER = {"CI": "true"}


@pytest.mark.parametrize(
    ("variables", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"BROWSER": "firefox"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
        ({"CI": "1"}, "darwin", False),
    ],
)
def test_where_a_browser_is_opened(variables, platform, expected):
    assert has_browser(variables, platform) is expected


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["library", "script", "both"])
def test_listed_once_in_every_mode(make_project, repo, pio, mode):
    script = f"extra_scripts = pre:{repo / 'extra_script.py'}" if mode != "library" else ""
    project = make_project(BOARD + script, **({"common": ""} if mode == "script" else {}))
    listed = pio(project.folder, "run", "--list-targets").stdout
    for name in NAMES:
        assert listed.count(f" {name} ") == 1, listed
    data = json.loads(project.built("net", "idedata.json").read_text())
    ours = [target for target in data["targets"] if target["name"] in NAMES]
    assert len(ours) == len(NAMES)
    assert all(target["title"] and target["description"] and target["group"] == "Custom" for target in ours)


@pytest.mark.slow
def test_report(make_project):
    project = make_project(BOARD + "custom_tinyml_flash_budget = ${sysenv.BUDGET}")
    page = project.built("net", "tinyml/report.html")
    say = f"TinyML: the report is {page}"
    for _ in range(2):
        build = project.run("-t", "tinyml_report", env={**NO_BROWSER, "BUDGET": "64 KB"})
        assert build.code == 0, build.output
        assert build.stdout.count(say) == 1
        assert page.is_file()
    assert "the report is" not in project.run(env={**NO_BROWSER, "BUDGET": "64 KB"}).output
    # A page is most wanted when something failed.
    for _ in range(2):
        build = project.run("-t", "tinyml_report", env={**NO_BROWSER, "BUDGET": "4 KB"})
        assert build.code == 1
        assert build.stdout.count(say) == 1
        assert "over the budget" in page.read_text()


@pytest.mark.slow
def test_report_opens_a_browser_and_does_not_wait_for_it(make_project):
    project = make_project(BOARD)
    assert project.run().code == 0
    browser = project.write(
        "browser.py",
        "import sys, time\nfrom pathlib import Path\nhere = Path(__file__)\n"
        "here.with_name('opened').write_text(sys.argv[1])\n"
        "while not here.with_name('built').exists():\n    time.sleep(0.1)\n",
    )
    build = project.run("-t", "tinyml_report", env={"CI": "", "BROWSER": f"{sys.executable} {browser} %s"})
    assert build.code == 0
    opened = project.folder / "opened"
    started = time.monotonic()
    while not opened.is_file() or not opened.read_text():
        assert time.monotonic() - started < 200, "no browser is opened"
        time.sleep(0.05)
    project.write("built", "")
    assert opened.read_text() == project.built("net", "tinyml/report.html").as_uri()


@pytest.mark.slow
def test_baseline_of_several_environments(make_project):
    """Also where the first one is wanted by a budget, and where a regression is to be accepted."""
    more = "custom_tinyml_baseline = ci/baseline.json\ncustom_tinyml_flash_budget = baseline\n"
    project = make_project(f"{BOARD}{more}[env:bit]\nboard = microbit\n{more}")
    file = project.folder / "ci" / "baseline.json"
    refused = project.run()
    assert refused.code == 1
    assert "pio run -t tinyml_baseline" in refused.stderr
    first = project.run("-t", "tinyml_baseline")
    assert first.code == 0, first.output
    written = json.loads(file.read_text())
    assert [row["environment"] for row in written["baselines"]] == ["bit", "net"]
    for row in written["baselines"]:
        report = json.loads(project.built(row["environment"], "tinyml/report.json").read_text())
        assert (row["flash"], row["ram"]) == (report["flash"]["used"], report["ram"]["used"])
        assert report["flash"]["budget"] == row["flash"], "judged by the new figures"
    assert list(file.parent.iterdir()) == [file], "nothing temporary is left"

    main = project.folder / "src" / "main.c"
    main.write_text(main.read_text().replace("sine_init();", 'sine_init(); puts("a little more");'))
    assert project.run("-e", "net").code == 1
    assert project.run("-e", "net", "-t", "tinyml_baseline").code == 0
    net, bit = (
        next(row for row in json.loads(file.read_text())["baselines"] if row["environment"] == name)
        for name in ("net", "bit")
    )
    assert net["flash"] > next(row for row in written["baselines"] if row["environment"] == "net")["flash"]
    assert bit in written["baselines"]
    assert project.run("-e", "net").code == 0


@pytest.mark.slow
def test_a_baseline_lets_nothing_pass(make_project):
    """Other budgets hold: the figures are kept, the program is not."""
    project = make_project(BOARD + "custom_tinyml_flash_budget = 4 KB")
    build = project.run("-t", "tinyml_baseline")
    assert build.code == 1
    assert "over the budget" in build.stderr
    assert (project.folder / "tinyml-baseline.json").is_file()
    assert not list(project.built("net").glob("firmware.[!m]*"))
    # Nor does one that cannot be kept.
    (project.folder / "tinyml-baseline.json").unlink()
    (project.folder / "tinyml-baseline.json").mkdir()
    ini = project.folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("4 KB", "64 KB"))
    build = project.run("-t", "tinyml_baseline")
    assert build.code == 1
    assert "tinyml-baseline.json" in build.stderr
    assert "Traceback" not in build.output
    assert not list(project.built("net").glob("firmware.[!m]*"))


@pytest.mark.slow
def test_fit(make_project):
    """It needs no firmware: not one that links, nor one that fits."""
    project = make_project(BOARD + "custom_tinyml_sine_arena_budget = 16")
    project.write("src/main.c", "#error no\n")
    build = project.run("-t", "tinyml_fit")
    assert build.code == 0, build.output
    assert build.started == ("fit",)
    assert "sine, compiled runtime" in build.stdout
    assert "nucleo_f446re" in build.stdout
    project.folder.joinpath("models", "sine.tflite").write_bytes(b"TFL3 is not enough")
    build = project.run("-s", "-t", "tinyml_fit")
    assert build.code == 1
    assert "sine.tflite" in build.stderr
    assert "Traceback" not in build.output


@pytest.mark.slow
def test_wrong_options_are_told(make_project, pio):
    project = make_project(BOARD + "custom_tinyml_flsh_budget = 3")
    listed = pio(project.folder, "run", "--list-targets").stdout
    for name in NAMES:
        assert f" {name} " in listed
        build = project.run("-s", "-t", name)
        assert build.code == 1
        assert build.stderr.count("Did you mean custom_tinyml_flash_budget?") == 1
        assert "Traceback" not in build.output
