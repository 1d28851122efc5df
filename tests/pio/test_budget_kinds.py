"""Budgets of every kind fail a real build, and let it through again when they are raised."""

import json
import sys

import pytest

from platformio_tinyml.budgets import KINDS

pytestmark = pytest.mark.slow

WIDE = {
    "FLASH": "64 KB",
    "RAM": "16 KB",
    "SIZE": "8 KB",
    "ARENA": "1 KB",
    "STACK": "2 KB",
    "LATENCY": "50 ms",
    "TASK": "4 KB",
}
NAMES = {kind.option for kind in KINDS}
INI = """[env:net]
board = netduinoplus2
custom_tinyml_flash_budget = ${{sysenv.FLASH}}
custom_tinyml_ram_budget = ${{sysenv.RAM}}
custom_tinyml_model_size_budget = ${{sysenv.SIZE}}
custom_tinyml_sine_arena_budget = ${{sysenv.ARENA}}
custom_tinyml_sine_stack_budget = ${{sysenv.STACK}}
custom_tinyml_latency_budget = ${{sysenv.LATENCY}}
custom_tinyml_task_stack = ${{sysenv.TASK}}
upload_protocol = custom
upload_command = "{python}" -c "open('uploaded', 'w')"
"""


def test_every_kind(make_project):
    project = make_project(INI.format(python=sys.executable))
    ini, uploaded = project.folder / "platformio.ini", project.folder / "uploaded"

    def upload(**tight: str):
        uploaded.unlink(missing_ok=True)
        return project.run("-t", "upload", env={**WIDE, **tight})

    def checks() -> dict:
        report = json.loads(project.built("net", "tinyml/report.json").read_text())
        return {check["name"]: check for check in report["checks"] if check["name"].partition(":")[0] in NAMES}

    build = upload()
    assert build.code == 0 and uploaded.is_file(), build.stderr
    assert {name.partition(":")[0] for name in checks()} == NAMES
    figures = {name: check["actual"] for name, check in checks().items()}
    assert all(figures.values())
    assert upload().started.count("check") == 0, "nothing changed"

    # Known from the linked program alone.
    build = upload(FLASH="700", STACK="15", LATENCY="1 us")
    assert build.code == 1 and not uploaded.exists()
    failed = {name: check for name, check in checks().items() if not check["ok"]}
    assert list(failed) == ["flash_budget", "latency_budget", "stack_budget:sine"]
    assert {name: check["actual"] for name, check in checks().items()} == figures
    assert "stack is" in build.stderr and "over the budget of sine" in build.stderr
    assert "cycles" in build.stderr and "MHz" in build.stderr
    assert "custom_tinyml_latency_budget = " in build.stderr

    # Known before it is linked.
    build = upload(SIZE="16", ARENA="8")
    assert build.code == 1 and not uploaded.exists() and "link" not in build.started
    assert "model size is at least" in build.stderr and "arena is at least" in build.stderr

    # Not known at all is no pass.
    with_profile = ini.read_text()
    ini.write_text(with_profile + "custom_tinyml_profile = off\n")
    build = upload()
    assert build.code == 1 and not uploaded.exists()
    said = " ".join(build.stderr.split())
    assert "latency cannot be checked: there is no profile of sine" in said
    assert "custom_tinyml_profile = on" in said
    ini.write_text(with_profile)

    # As they are is enough, to the byte and the microsecond.
    exact = {
        "FLASH": figures["flash_budget"],
        "RAM": figures["ram_budget"],
        "SIZE": figures["model_size_budget"],
        "ARENA": figures["arena_budget:sine"],
        "STACK": figures["stack_budget:sine"],
    }
    build = upload(**{name: str(size) for name, size in exact.items()}, LATENCY=f"{figures['latency_budget']} us")
    assert build.code == 0 and uploaded.is_file(), build.stderr


def test_stack_and_latency_by_the_baseline(make_project):
    project = make_project("[env:net]\nboard = netduinoplus2")
    with (project.folder / "platformio.ini").open("a") as ini:
        ini.write("custom_tinyml_stack_budget = baseline\ncustom_tinyml_sine_latency_budget = baseline + 10 percent\n")
    build = project.run("-t", "tinyml_baseline")
    assert build.code == 0, build.output
    file = project.folder / "tinyml-baseline.json"
    kept = json.loads(file.read_text())
    (model,) = kept["baselines"][0]["models"]
    assert model["stack"] > 0 and model["latency"] > 0
    assert project.run().code == 0

    # Judged again when the file alone has changed.
    faster = {**model, "latency": model["latency"] * 8 // 10}
    file.write_text(json.dumps({**kept, "baselines": [{**kept["baselines"][0], "models": [faster]}]}))
    build = project.run()
    assert build.code == 1 and "latency is" in build.stderr and "stack_budget" not in build.stderr
    older = {name: model[name] for name in ("name", "flash", "ram")}
    file.write_text(json.dumps({**kept, "baselines": [{**kept["baselines"][0], "models": [older]}]}))
    build = project.run()
    assert build.code == 1 and "custom_tinyml_stack_budget: 'baseline': the baseline has no stack" in build.stderr
    assert "tinyml_baseline" in build.stderr
