"""`pio-tinyml check` and `footprint` as the build and people call them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from linked import KWS, kws, link_stm32

from platformio_tinyml import errors
from platformio_tinyml.cli import main
from platformio_tinyml.files import write_text

KEYS = {
    "schema",
    "ok",
    "environment",
    "board",
    "models",
    "flash",
    "ram",
    "owners",
    "checks",
    "notes",
    "stage",
    "memories",
    "regions",
    "baseline",
}
CHECK_KEYS = {"name", "ok", "actual", "limit", "message", "advice", "unit"}
MODEL_KEYS = {
    "name",
    "source",
    "runtime",
    "operators",
    "macs",
    "weights",
    "used",
    "flash",
    "ram",
    "arena",
    "state",
    "calls",
    "quantization",
    "simplification",
    "verification",
    "not_verified",
    "profile",
    "device",
    "fingerprint",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    link_stm32(tmp_path)
    write_text(tmp_path / "kws_model.json", KWS.to_json())
    return tmp_path


def arguments(folder: Path, *more: str) -> list[str]:
    return [
        *(
            "check",
            str(folder / "firmware.elf"),
            "--manifest",
            str(folder / "kws_model.json"),
            "-o",
            str(folder / "out"),
        ),
        *("--environment", "vl", "--board", "stm32vldiscovery", "--mcu", "stm32f100rbt6"),
        *("--flash-limit", "131072", "--ram-limit", "8192", *more),
    ]


def report(folder: Path) -> dict:  # type: ignore[type-arg]
    document = json.loads((folder / "out" / "report.json").read_text())
    assert set(document) == KEYS
    assert document["schema"] == "tinyml-report/1"
    assert all(set(model) == MODEL_KEYS for model in document["models"])
    assert all(set(check) == CHECK_KEYS for check in document["checks"])
    keys = {"used", "main", "limit", "limit_source", "budget", "platformio"}
    assert set(document["flash"]) == set(document["ram"]) == keys
    return document  # type: ignore[no-any-return]


def require_small(table: str, models: int = 1) -> None:
    lines = table.splitlines()
    assert len(lines) <= 15 + 2 * min(models - 1, 2)
    assert max(map(len, lines)) <= 80
    assert table.isprintable() or table.replace("\n", "").isprintable()


def test_a_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(folder, "--ram-budget", "75 percent", "--platformio-flash", "900")) == 0
    out, err = capsys.readouterr()
    assert err == ""
    require_small(out)
    assert out == (folder / "out" / "report.txt").read_text()
    document = report(folder)
    assert document["ok"] is True and document["stage"] == "firmware"
    assert document["ram"]["budget"] == 6144 and document["ram"]["limit"] == 8192
    arena = document["models"][0]["arena"]
    assert (arena["size"], arena["lower_bound"], arena["method"]) == (4096, 4096, "planned")
    assert document["models"][0]["used"] is True
    assert document["models"][0]["flash"] == 764 and document["models"][0]["ram"] == 4096
    for kind in ("flash", "ram"):
        assert sum(owner[kind] for owner in document["owners"]) == document[kind]["used"]
        assert f"{document[kind]['used']:,}" in out
    assert "kws" in out and "arena:kws" in out and "4,096" in out
    assert out.splitlines()[-1] == "ok: 5 checks passed"
    assert "PlatformIO counts 900" in out


def test_platformio_is_told_what_it_leaves_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(arguments(folder, "--json"))
    document = json.loads(capsys.readouterr().out)
    flash, ram = document["flash"]["used"], document["ram"]["used"]
    main(arguments(folder, "--platformio-flash", str(flash - 8), "--platformio-ram", str(ram - 1536)))
    out = capsys.readouterr().out
    assert f"PlatformIO counts {flash - 8:,} of flash, 8 less: without .isr_vector" in out
    assert f"PlatformIO counts {ram - 1536:,} of ram, 1,536 less: without ._user_heap_stack" in out


def test_over_budget(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_COLUMNS", 96)
    assert main(arguments(folder, "--ram-budget", "4 KB")) == 1
    out, err = capsys.readouterr()
    require_small(out)
    assert out.splitlines()[-1] == "FAILED: ram_budget"
    assert "OVER" in out
    # Standard error alone, all that `pio run -s` shows, must tell it.
    assert len(err.splitlines()) <= 6 and max(map(len, err.splitlines())) <= 96
    err = " ".join(map(str.strip, err.splitlines()))
    assert "bytes over the budget" in err and "operator 3 DEPTHWISE_CONV_2D" in err and "arena:kws 4,096" in err
    assert report(folder)["ok"] is False
    assert main(arguments(folder, "--ram-budget", "8 KB")) == 0
    assert report(folder)["ok"] is True


def test_json_has_standard_output_for_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for budget, code in (("4 KB", 1), ("8 KB", 0)):
        assert main(arguments(folder, "--ram-budget", budget, "--json")) == code
        out = capsys.readouterr().out
        assert json.loads(out) == report(folder)


def test_preflight(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preflight = [word for word in arguments(folder) if not word.endswith("firmware.elf")]
    assert main(preflight) == 0
    assert capsys.readouterr() == ("", "")
    assert not (folder / "out").exists()
    assert main([*preflight, "--ram-budget", "2 KB"]) == 1
    out, err = capsys.readouterr()
    require_small(out)
    assert "at least 2,048 bytes over the budget" in err
    document = report(folder)
    assert (document["ok"], document["stage"], document["ram"]["used"]) == (False, "preflight", None)
    assert document["owners"] is None and document["models"][0]["used"] is None


def test_overflow(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_text(folder / "kws_model.json", kws(arena_size=9000).to_json())
    linked = link_stm32(folder, arena=9000, check=False)
    words = ["--map" if word.endswith("firmware.elf") else word for word in arguments(folder)]
    words.insert(words.index("--map") + 1, str(folder / "firmware.map"))
    assert main(words) == 1
    out, err = capsys.readouterr()
    require_small(out)
    excess = int(linked.stderr.partition("overflowed by ")[2].split()[0])
    assert f"{excess:,} bytes over region RAM" in err
    document = report(folder)
    assert (document["ok"], document["stage"]) == (False, "link")
    assert document["ram"]["used"] > 9000


def test_a_link_that_failed_otherwise_hides_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--map" if word.endswith("firmware.elf") else word for word in arguments(folder)]
    words.insert(words.index("--map") + 1, str(folder / "firmware.map"))
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "the linker's own messages say why" in err
    assert (report(folder)["ok"], report(folder)["stage"]) == (False, "link")
    assert "FAILED: link" in (folder / "out" / "report.txt").read_text()


def test_no_old_pass_survives_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(folder)) == 0
    good = (folder / "firmware.elf").read_bytes()
    for bad in (good[:300], b"", b"junk"):
        (folder / "firmware.elf").write_bytes(bad)
        assert main(arguments(folder)) in (2, 4)
        assert not (folder / "out" / "report.json").exists()
    (folder / "firmware.elf").write_bytes(good)
    assert main(arguments(folder)) == 0
    assert main(arguments(folder, "--ram-budget", "90 KB")) == 2
    assert not (folder / "out" / "report.json").exists()
    (folder / "kws_model.json").write_text("{}")
    assert main(arguments(folder)) == 2
    assert "not a tinyml manifest" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_no_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "out").write_text("a file where the folder should be")
    assert main(arguments(folder)) == 4
    out, err = capsys.readouterr()
    assert out == "" and "report" in err
    (folder / "out").unlink()
    (folder / "out" / "report.json").mkdir(parents=True)
    assert main(arguments(folder)) == 4


def test_hostile_names_stay_in_their_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nasty = "\x1b[2J\r\nok: 5 checks passed\u202e"
    peak = KWS.arena.peak
    assert peak is not None
    arena = replace(KWS.arena, peak=replace(peak, name=nasty, tensors=((nasty, 4096),)))
    write_text(folder / "kws_model.json", replace(KWS, arena=arena, source=nasty).to_json())
    assert main(arguments(folder, "--environment", nasty, "--board", nasty, "--ram-budget", "4 KB")) == 1
    out, err = capsys.readouterr()
    require_small(out)
    for text in (out, err):
        assert "\x1b" not in text and "\r" not in text and "\u202e" not in text
        assert "\nok: 5" not in text
    assert report(folder)["environment"] == nasty


def test_twenty_models_fit_in_the_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = arguments(folder)
    for number in range(20):
        path = folder / f"m{number}.json"
        symbols = {f"m{number}_arena": f"arena:m{number}"}
        write_text(path, kws(name=f"m{number}" + "_long" * 12, symbols=symbols, invoke="m_invoke").to_json())
        words += ["--manifest", str(path)]
    assert main(words) == 0
    out = capsys.readouterr().out
    require_small(out, models=21)
    assert "and 18 more models" in out and "not used by this firmware" in out


def test_footprint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf = str(folder / "firmware.elf")
    assert main(["footprint", elf, "--board", "stm32vldiscovery"]) == 0
    text = capsys.readouterr().out
    assert "kws_arena" in text and ".isr_vector" in text and "of 8,192 bytes" in text
    assert max(map(len, text.splitlines())) <= 80
    assert main(["footprint", elf, "--flash", "128K", "--ram", "1K"]) == 1
    assert "over the board's limit" in capsys.readouterr().err
    assert main(["footprint", elf, "--manifest", str(folder / "kws_model.json"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    for kind in ("flash", "ram"):
        for table in ("sections", "owners", "symbols"):
            assert sum(row[kind] for row in document[table]) == document[kind]["used"]
    assert main(["footprint", elf, "--board", "nope"]) == 2
    assert main(["footprint", elf, "--board", "uno", "--ram", "3"]) == 2


def test_this_interpreter_itself(capsys: pytest.CaptureFixture[str]) -> None:
    executable = Path(sys.executable).resolve()
    if executable.read_bytes()[:4] != b"\x7fELF":
        pytest.skip("the interpreter is no ELF")
    assert main(["footprint", str(executable), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["memories"] == "this computer, not a board"
    assert sum(row["flash"] for row in document["symbols"]) == document["flash"]["used"] > 0


def test_preflight_does_not_import_pyelftools(folder: Path) -> None:
    words = [word for word in arguments(folder) if not word.endswith("firmware.elf")]
    code = f"import sys; from platformio_tinyml.cli import main; main({words!r}); print('elftools' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout == "False\n"


def test_a_gate_that_knows_no_model_passes_nothing(tmp_path, capsys):
    """A budget of models that nobody named would be kept by whatever is linked."""
    program = tmp_path / "app.elf"
    program.write_bytes(b"\x7fELF")
    assert main(["gate", str(program), "--arena-budget", "1", "-o", str(tmp_path / "report")]) == 2
    assert "no model of app.elf is known" in capsys.readouterr().err
    assert not program.exists()
