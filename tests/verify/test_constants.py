"""Constants of the linked program are as they were generated: an altered weight need not show in outputs."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest
from linked import ARM, KWS_C, MAIN_C, kws, link, tool

from platformio_tinyml.cli.main import main
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.manifest import Manifest, TableInfo, manifest_from_json
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model_file

AVR = ("avr-gcc", "-mmcu=atmega2560", "-Os")
FILTER = bytes([1, 2, 3]) + bytes(697)
BIAS = (4).to_bytes(4, "little") + (5).to_bytes(4, "little") + bytes(56)


def _info(symbol: str, data: bytes) -> TableInfo:
    return TableInfo(symbol, len(data), f"{zlib.crc32(data):08x}")


WANTED = kws(tables=(_info("kws_op0_filter", FILTER), _info("kws_op0_bias", BIAS), _info("kws_dropped", b"x")))


def _checked(folder: Path, manifest: Manifest, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    (folder / "m.json").write_text(manifest.to_json())
    code = main(["check", str(folder / "firmware.elf"), "--manifest", str(folder / "m.json"), "-o", str(folder)])
    return code, capsys.readouterr().err


@pytest.mark.parametrize("flags", [(), ("-flto",), ("-O0",), ("-fmerge-all-constants", "-fdata-sections")])
@pytest.mark.parametrize("compiler", [ARM, AVR], ids=["arm", "avr"])
def test_every_constant_is_compared_on_every_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], compiler: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    main_c = MAIN_C if compiler is ARM else "int kws_invoke(void); int main(void) { return kws_invoke(); }"
    sources = {"kws_model.c": KWS_C.replace("ARENA", "4096"), "main.c": main_c}
    if compiler is ARM:
        flags = (*flags, "-Wl,-e,Reset", "-Wl,-Ttext=0x08000000")
    link(tmp_path, compiler, sources, *flags)
    _, said = _checked(tmp_path, WANTED, capsys)
    assert "contents:" not in said
    elf = bytearray((tmp_path / "firmware.elf").read_bytes())
    at = elf.index(BIAS)
    elf[at + 40] ^= 1
    (tmp_path / "firmware.elf").write_bytes(elf)
    code, said = _checked(tmp_path, WANTED, capsys)
    assert code == 1 and "contents:kws_op0_bias" in " ".join(said.split())


def test_verify_tells_a_weight_that_no_output_shows(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("unicorn")
    target = find_target("netduinoplus2")
    tool(target.compiler)
    model = repo / "examples" / "sine" / "models" / "sine.tflite"
    (manifest,) = write_sources([read_model_file(model)], tmp_path)
    elf = link_sources(tmp_path, [manifest], target, "-Os")
    (tmp_path / "m.json").write_text(manifest.to_json())
    (tmp_path / "right.elf").write_bytes(elf.read_bytes())
    assert manifest.tables and manifest_from_json(manifest.to_json()) == manifest
    largest = max(manifest.tables, key=lambda table: table.bytes)
    words = ["verify", str(elf), "--manifest", str(tmp_path / "m.json"), "--reference", str(tmp_path / "right.elf")]
    assert main([*words, "--json"]) == 0
    capsys.readouterr()
    data = bytearray(elf.read_bytes())
    image = read_image(elf)
    address = next(symbol.address for symbol in image.symbols if symbol.name == largest.symbol)
    segment = next(each for each in image.segments if each.address <= address < each.address + len(each.data))
    start = data.index(segment.data) + address - segment.address
    found = {}
    for at in range(largest.bytes):
        data[start + at] ^= 1
        elf.write_bytes(data)
        code = main([*words, "--json"])
        found[at] = code, json.loads(capsys.readouterr().out)["difference"]
        data[start + at] ^= 1
        if "outputs" not in found[at][1] and "sine_output" not in found[at][1]:
            break
    assert {code for code, _ in found.values()} == {1}
    assert found[at][1] == f"{largest.symbol}, constants of other bytes than were generated"
