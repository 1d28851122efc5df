"""The baseline: kept, compared with, and budgets that are said by it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from linked import KWS, link_stm32
from report_samples import BASELINE, FOOTPRINT, report_text, sample

from platformio_tinyml.budgets import KINDS, is_of_baseline, parse_budget
from platformio_tinyml.cli import main
from platformio_tinyml.cli.quantization import read_quantizations
from platformio_tinyml.errors import UsageError
from platformio_tinyml.files import write_text
from platformio_tinyml.firmware.footprint import OwnerSize
from platformio_tinyml.formats.baseline import make_baseline
from platformio_tinyml.formats.document import parse_document
from platformio_tinyml.judgement.accuracy import judge_accuracy
from platformio_tinyml.judgement.budgets import read_budgets
from platformio_tinyml.measured.baseline import (
    Baseline,
    BaselineModel,
    as_json,
    changes,
    find_baseline,
    merge,
    read_baselines,
)
from platformio_tinyml.measured.limits import Sizes
from platformio_tinyml.tflm.accept import read_arena

RAM = next(kind for kind in KINDS if kind.name == "ram")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("baseline", 10000),
        ("baseline+100", 10100),
        ("baseline + 2 KB", 12048),
        ("Baseline +1.5KiB", 11536),
        ("baseline + 1 percent", 10100),
        ("baseline + 0.5%", 10050),
        ("4 KB", 4096),
        ("50 percent", 4000),
    ],
)
def test_budgets_by_the_baseline(text: str, size: int) -> None:
    assert parse_budget(text, RAM, 8000, 10000) == size
    assert is_of_baseline(text) == text.lower().startswith("baseline")


@pytest.mark.parametrize(
    "text", ["baseline - 1", "baseline 5", "baseline +", "baseline + baseline", "baselines", "+ 5"]
)
def test_what_is_no_budget_by_the_baseline(text: str) -> None:
    with pytest.raises(UsageError):
        parse_budget(text, RAM, 8000, 10000)


@pytest.mark.parametrize("baseline", [2**53 - 1, 1 << 50])
def test_a_budget_beyond_all_use(baseline: int) -> None:
    with pytest.raises(UsageError, match="too large for a budget"):
        parse_budget("baseline + 2 percent", RAM, None, baseline)


def test_without_a_baseline_there_is_no_budget_by_it() -> None:
    with pytest.raises(UsageError, match="no baseline"):
        parse_budget("baseline + 1 KB", RAM, 8000, None)


def test_budgets_of_firmware_and_model() -> None:
    given = {
        "flash": ["baseline + 1 KB"],
        "ram": ["baseline + 90%"],
        "model_size": ["kws=baseline", "baseline + 6"],
        "arena": ["kws=baseline + 4"],
    }
    budgets = read_budgets(Sizes(131072, 8192), ["kws"], given, BASELINE)
    # Beyond the board no budget is needed: the limit is checked too.
    assert (budgets.allowed("flash"), budgets.allowed("ram")) == (3024, 8192)
    assert (budgets.allowed("model_size"), budgets.allowed("model_size", "kws")) == (770, 764)
    assert budgets.allowed("arena", "kws") == 4100
    with pytest.raises(UsageError, match="the baseline has no arena of new"):
        read_budgets(Sizes(), ["new"], {"arena": ["new=baseline + 4"]}, BASELINE)


def test_changes_are_per_owner_and_sum_up() -> None:
    rows = changes(FOOTPRINT.owners(), BASELINE)
    assert rows == (
        OwnerSize("tinyml", 68, 0),
        OwnerSize("unattributed", 4, 0),
        OwnerSize("weights:old", -4, 0),
    )
    assert sum(row.flash for row in rows) == FOOTPRINT.flash - BASELINE.flash
    assert sum(row.ram for row in rows) == FOOTPRINT.ram - BASELINE.ram


def test_a_baseline_is_what_the_report_says() -> None:
    document = sample()
    baseline = make_baseline(document)
    assert (baseline.flash, baseline.ram) == (document.flash.used, document.ram.used)
    assert changes(document.owners or (), baseline) == ()
    model = baseline.of_model("kws")
    assert model == BaselineModel("kws", 764, 4096, 1640, 100_000, 0.02, "top-1, evaluation data")
    assert baseline.of_model("other") is None
    assert read_again(baseline) == baseline


def read_again(baseline: Baseline, change: Callable[[str], str] = str) -> Baseline:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "b.json")
        path.write_text(change(as_json([baseline])))
        (result,) = read_baselines(path)
    return result


def test_a_file_of_a_version_that_kept_less_is_read() -> None:
    """Its figures serve; budgets of what it lacks are refused by name."""

    def older(text: str) -> str:
        file = json.loads(text)
        for model in file["baselines"][0]["models"]:
            for name in ("stack", "latency", "accuracy_drop", "accuracy_metric"):
                del model[name]
        return json.dumps(file)

    baseline = read_again(make_baseline(sample()), older)
    assert baseline.models == (BaselineModel("kws", 764, 4096),)
    assert read_budgets(Sizes(), ["kws"], {"arena": ["baseline + 1"]}, baseline).allowed("arena") == 4097
    with pytest.raises(UsageError, match="the baseline has no latency of all models"):
        read_budgets(Sizes(), ["kws"], {"latency": ["baseline + 1 ms"]}, baseline)


@pytest.mark.parametrize(
    ("text", "drop"),
    [("baseline", 0.02), ("baseline + 0.01", 0.03), ("baseline + 1 percent", 0.03), ("0.5 percent", 0.005)],
)
def test_accuracy_by_the_baseline(tmp_path: Path, text: str, drop: float) -> None:
    (quantization,) = read_quantizations([f"kws={made_int8(tmp_path)}"], [f"kws={text}"], make_baseline(sample()))
    assert quantization.max_drop == pytest.approx(drop, abs=1e-12)
    (check,) = judge_accuracy([quantization])
    assert check.ok is (drop >= 0.02)


@pytest.mark.parametrize("drop", [float("nan"), float("inf"), "0", None, True])
def test_a_drop_that_is_no_number(tmp_path: Path, drop: object) -> None:
    path = made_int8(tmp_path)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"accuracy": document["accuracy"] | {"drop": drop}}))
    with pytest.raises(UsageError, match="does not say how"):
        read_quantizations([f"kws={path}"], ["kws=1 percent"], None)


def test_json_of_no_end(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 200_000)
    with pytest.raises(UsageError, match="does not say how"):
        read_quantizations([f"kws={path}"], [], None)
    with pytest.raises(UsageError, match="not written by `probe`"):
        read_arena(path)


def test_accuracy_is_compared_with_the_same_metric_alone(tmp_path: Path) -> None:
    def refusal(baseline: Baseline | None, **facts: str) -> str:
        with pytest.raises(UsageError) as error:
            read_quantizations([f"kws={made_int8(tmp_path, **facts)}"], ["kws=baseline"], baseline)
        return error.value.message

    before = make_baseline(sample())
    assert "there is no baseline" in refusal(None)
    assert "has no accuracy drop of kws" in refusal(BASELINE)
    assert "is of top-1, evaluation data, that of now of top-1, calibration data" in refusal(before, data="calibration")


def made_int8(folder: Path, **facts: str) -> Path:
    """What `quantize --report` writes."""
    accuracy = {
        "metric": "top-1",
        "float_value": 0.912,
        "int8_value": 0.892,
        "drop": 0.02,
        "float_mae": None,
        "int8_mae": None,
        "output_error": 0.1,
        "largest_error": 0.2,
        "samples": 10,
        "data": "evaluation",
        "runtime": "tflite_micro",
        "operators": [],
        **facts,
    }
    calibration = {"method": "random", "samples": 10, "low": -1.0, "high": 1.0}
    path = folder / "report.json"
    path.write_text(json.dumps({"source": "kws.keras", "calibration": calibration, "accuracy": accuracy}))
    return path


@pytest.mark.parametrize(
    ("old", "new"), [('"stage": "firmware"', '"stage": "link"'), ('"used": true', '"used": null'), ("2068", "null")]
)
def test_no_baseline_of_less_than_a_firmware(old: str, new: str) -> None:
    with pytest.raises(UsageError):
        make_baseline(parse_document(report_text().replace(old, new, 1)))


def test_one_per_environment_in_a_steady_order(tmp_path: Path) -> None:
    from dataclasses import replace

    other = replace(BASELINE, environment="b")
    moved = replace(BASELINE, board="another", flash=1)
    assert [row.environment for row in merge([BASELINE], [other])] == ["b", "vl"]
    assert merge([BASELINE, other], [moved]) == (other, moved)
    write_text(tmp_path / "b.json", as_json(merge([BASELINE], [other])))
    assert read_baselines(tmp_path / "b.json") == (other, BASELINE)
    assert find_baseline((other, moved), "vl", "stm32vldiscovery") is None
    assert find_baseline((other, BASELINE), "vl", "stm32vldiscovery") == BASELINE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("baseline")
    link_stm32(folder)
    write_text(folder / "kws_model.json", KWS.to_json())
    return folder


def check(folder: Path, *words: str, board: str = "b") -> int:
    return main(
        [
            *("check", str(folder / "firmware.elf"), "--manifest", str(folder / "kws_model.json")),
            *("-o", str(folder / "out"), "--environment", "e", "--board", board),
            *("--mcu", "stm32f100rbt6", "--ram-limit", "8192", *words),
        ]
    )


def test_a_regression_fails_the_build(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "tinyml-baseline.json"
    assert check(folder) == 0
    assert main(["baseline", str(folder / "out" / "report.json"), "-o", str(file)]) == 0
    first = file.read_bytes()
    assert main(["baseline", str(folder / "out" / "report.json"), "-o", str(file)]) == 0
    assert file.read_bytes() == first
    capsys.readouterr()

    budget = ("--baseline", str(file), "--ram-budget", "baseline + 16", "--flash-budget", "baseline")
    assert check(folder, *budget) == 0
    assert "since the baseline: flash +0, ram +0" in capsys.readouterr().out
    document = json.loads((folder / "out" / "report.json").read_text())
    assert document["baseline"]["ram"] == document["ram"]["used"] == document["ram"]["budget"] - 16

    older = json.loads(first)
    older["baselines"][0]["ram"] -= 500
    next(row for row in older["baselines"][0]["owners"] if row["owner"] == "arena:kws")["ram"] -= 500
    file.write_text(json.dumps(older))
    assert check(folder, *budget) == 1
    err = capsys.readouterr().err
    assert "ram is 484 bytes over the budget" in err and "grown since the baseline: arena:kws +500" in " ".join(
        err.split()
    )


def test_a_baseline_of_another_board_is_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "other.json"
    assert check(folder) == 0
    assert main(["baseline", str(folder / "out" / "report.json"), "-o", str(file)]) == 0
    assert check(folder, "--baseline", str(file), board="another") == 0
    assert "other.json has no baseline of this environment and board" in capsys.readouterr().out
    assert check(folder, "--baseline", str(file), "--ram-budget", "baseline", board="another") == 2
    assert "there is no baseline" in capsys.readouterr().err
    assert not (folder / "out" / "report.json").exists()


@pytest.mark.parametrize("text", ["", "{}", '{"schema": "tinyml-baseline/1"}', '{"schema": "tinyml-report/1"}'])
def test_a_file_that_is_no_baseline(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "bad.json"
    file.write_text(text)
    assert check(folder, "--baseline", str(file)) == 2
    assert "is no baseline" in capsys.readouterr().err
    assert check(folder) == 0
    # It is not overwritten either: it may be a file of somebody else.
    assert main(["baseline", str(folder / "out" / "report.json"), "-o", str(file)]) == 2
    assert file.read_text() == text
    assert check(folder, "--baseline", str(folder / "missing.json")) == 2
