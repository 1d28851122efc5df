"""`pio-tinyml report` as people and CI systems call it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from report_samples import report_text

from platformio_tinyml.cli import main


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.json").write_text(report_text())
    return "report.json"


def test_all_formats_from_one_file(report: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "platformio.ini").write_text("[env:vl]\ncustom_tinyml_ram_budget = 4 KB\n")
    words = [word for name in ("html", "markdown", "sarif", "junit") for word in (f"--{name}", f"out/r.{name}")]
    # The report tells of a failure; the command did what it was asked to.
    assert main(["report", report, *words]) == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "out/r.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "out/r.markdown").read_text().startswith("### :x:")
    assert ElementTree.parse(tmp_path / "out/r.junit").getroot().tag == "testsuites"
    (result,) = json.loads((tmp_path / "out/r.sarif").read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}


def test_standard_output_and_several_reports(report: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", report, report, "--markdown", "-"]) == 0
    assert capsys.readouterr().out.count("### :x: tinyml `vl`") == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no format is asked for"),
        (["report.json", "--html", "x.html"], "several are given"),
        (["--sarif", "x", "--ini", "/etc/platformio.ini"], "does not start from the repository's root"),
        (["--sarif", "x", "--ini", "../platformio.ini"], "does not start from the repository's root"),
        (["missing.json", "--junit", "x"], "cannot read missing.json"),
    ],
)
def test_what_cannot_be_done(
    report: str, words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", report, *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x").exists() and not (tmp_path / "x.html").exists()


def test_errors_of_another_command_are_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "errors.json"
    file.write_text('{"schema": "tinyml-report/1", "ok": false, "errors": []}')
    assert main(["report", str(file), "--markdown", "-"]) == 2
    assert "is no report: document has no" in capsys.readouterr().err
