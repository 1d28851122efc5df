"""Budgets by the baseline, in real builds."""

import json

import pytest

from platformio_tinyml.cli import main
from platformio_tinyml.config_options import parse_config
from platformio_tinyml.errors import UsageError

INI = "[env:net]\nboard = netduinoplus2"
BUDGET = "\ncustom_tinyml_ram_budget = baseline + 16\ncustom_tinyml_flash_budget = baseline"


@pytest.mark.slow
def test_a_baseline_is_kept_and_judged_by(make_project):
    project = make_project(INI)
    assert project.run().code == 0
    report, file = project.built("net", "tinyml/report.json"), project.folder / "tinyml-baseline.json"
    assert main(["baseline", str(report), "-o", str(file)]) == 0

    with (project.folder / "platformio.ini").open("a") as ini:
        ini.write(BUDGET)
    build = project.run()
    assert build.code == 0 and "since the baseline: flash +0, ram +0" in build.stdout
    assert json.loads(report.read_text())["ram"]["budget"] == json.loads(file.read_text())["baselines"][0]["ram"] + 16
    assert "check" not in " ".join(project.run().started)

    # The file is part of what is judged by: an edit of it alone is noticed, and so is its going away.
    older = json.loads(file.read_text())
    older["baselines"][0]["ram"] -= 100
    file.write_text(json.dumps(older))
    build = project.run()
    assert build.code == 1 and "ram is 84 bytes over the budget" in build.stderr
    file.unlink()
    build = project.run()
    assert build.code == 1 and "there is no baseline" in build.stderr


def test_what_is_said_when_the_options_are_read(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "kws.tflite").touch()
    budget = {"custom_tinyml_ram_budget": "baseline + 200 KB"}
    with pytest.raises(UsageError, match="there is no baseline"):
        parse_config(budget, tmp_path, ram_limit=8192)
    with pytest.raises(UsageError, match="there is no file"):
        parse_config({"custom_tinyml_baseline": "other.json"}, tmp_path)
    (tmp_path / "tinyml-baseline.json").touch()
    # More than the board has is no error: its limit is checked too.
    assert parse_config(budget, tmp_path, ram_limit=8192).baseline == tmp_path / "tinyml-baseline.json"
    for drop in ("baseline", "baseline + 0.01", "baseline + 1 percent"):
        assert parse_config({"custom_tinyml_max_accuracy_drop": drop}, tmp_path).models[0].max_accuracy_drop == drop
    with pytest.raises(UsageError, match="is no drop"):
        parse_config({"custom_tinyml_max_accuracy_drop": "baseline + 1 KB"}, tmp_path)
    with pytest.raises(UsageError, match="not a size"):
        parse_config({"custom_tinyml_ram_budget": "baseline + much"}, tmp_path)
    (tmp_path / "other.json").touch()
    named = parse_config({"custom_tinyml_baseline": "other.json"}, tmp_path)
    assert named.baseline == tmp_path / "other.json"
