"""report.json: the types, the published schema and what `check` writes say the same."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linked import KWS, kws, link_stm32
from report_samples import report_text

from platformio_tinyml.cli import main
from platformio_tinyml.files import write_text
from platformio_tinyml.formats.document import Document, parse_document
from platformio_tinyml.formats.html import as_html
from platformio_tinyml.formats.junit import as_junit
from platformio_tinyml.formats.markdown import as_markdown
from platformio_tinyml.formats.sarif import as_sarif

SCHEMA = json.loads((Path(__file__).parents[2] / "platformio_tinyml/formats/report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def require_valid(text: str) -> dict[str, Any]:
    """Valid by the schema, and nothing in it that the types do not know."""
    document: dict[str, Any] = json.loads(text)
    VALIDATOR.validate(document)
    assert json.loads(json.dumps(asdict(parse_document(text)))) == document
    return document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_has_the_keys_of_the_types() -> None:
    def follow(schema: dict[str, Any]) -> dict[str, Any]:
        schema = next((part for part in schema.get("anyOf", ()) if "$ref" in part), schema)
        return SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema  # type: ignore[no-any-return]

    def inner(kind: Any) -> Any:
        return next((part for part in typing.get_args(kind) if is_dataclass(inner(part))), None) or kind

    def walk(kind: Any, schema: dict[str, Any]) -> Iterator[str]:
        names = [field.name for field in fields(kind)]
        assert set(schema["properties"]) == set(schema["required"]) == set(names), kind
        for name, hint in typing.get_type_hints(kind).items():
            yield f"{kind.__name__}.{name}"
            below = inner(inner(hint))
            if is_dataclass(below):
                part = follow(schema["properties"][name])
                yield from walk(below, follow(part.get("items", part)))

    assert len(list(walk(Document, SCHEMA))) > 60


def test_the_sample_is_valid() -> None:
    document = require_valid(report_text())
    for kind in ("flash", "ram"):
        regions = [region for region in document["regions"] if region["kind"] == kind]
        assert sum(region["used"] for region in regions) == document[kind]["used"]
        for region in regions:
            for parts in ("owners", "sections"):
                assert sum(part["bytes"] for part in region[parts]) == region["used"]
    # Bytes that an output shares with its dying input count once.
    assert [call["live"] for call in document["models"][0]["calls"]] == [3072, 3584, 2058]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("linked")
    link_stm32(folder)
    write_text(folder / "kws_model.json", KWS.to_json())
    return folder


def check(folder: Path, *words: str) -> int:
    limits = ("--flash-limit", "131072", "--ram-limit", "8192", "--mcu", "stm32f100rbt6")
    manifest = ("--manifest", str(folder / "kws_model.json"))
    return main(["check", *words, *manifest, *limits, "-o", str(folder)])


def test_of_a_linked_firmware(folder: Path) -> None:
    assert check(folder, str(folder / "firmware.elf")) == 0
    document = require_valid((folder / "report.json").read_text())
    assert {region["name"] for region in document["regions"]} == {"FLASH", "RAM"}
    for kind in ("flash", "ram"):
        regions = [region for region in document["regions"] if region["kind"] == kind]
        assert sum(region["used"] for region in regions) == document[kind]["used"] > 0
    assert (folder / "report.html").read_text() == as_html(parse_document((folder / "report.json").read_text()))


def test_before_linking(folder: Path) -> None:
    assert check(folder, "--ram-budget", "1 KB") == 1
    document = require_valid((folder / "report.json").read_text())
    assert document["stage"] == "preflight" and document["regions"] is None


def test_of_a_failed_link(tmp_path: Path) -> None:
    link_stm32(tmp_path, arena=9000, check=False)
    write_text(tmp_path / "kws_model.json", kws(arena_size=9000).to_json())
    assert check(tmp_path, "--map", str(tmp_path / "firmware.map")) == 1
    assert require_valid((tmp_path / "report.json").read_text())["stage"] == "link"


def test_no_old_page_survives(folder: Path, tmp_path: Path) -> None:
    assert check(folder, str(folder / "firmware.elf")) == 0
    bad = tmp_path / "bad.elf"
    bad.write_bytes(b"junk")
    assert check(folder, str(bad)) != 0
    assert not (folder / "report.html").exists() and not (folder / "report.json").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tinyml-report/1", "tinyml-report/2", "not of schema"),
        ('"ok": false', '"ok": 0', ".ok is not bool"),
        ('"used": 2068', '"used": 2068.0', ".flash.used is not int"),
        ('"used": 2068', '"used": true', ".flash.used is not int"),
        ('"used": 2068', '"used": 9007199254740992', ".flash.used is too large"),
        ('"notes": [', '"nodes": [', "no notes"),
        ('"notes": [', '"notes": 1, "x": [', ".notes is not a list"),
        ('"macs": 100000', '"macs": null', ".models[0].calls[0].macs is not int"),
        ('"opcode": "SOFTMAX"', '"opcode": 3', ".models[0].calls[2].opcode is not str"),
    ],
)
def test_anything_else_is_refused(old: str, new: str, said: str) -> None:
    text = report_text()
    assert old in text
    with pytest.raises(ValueError, match=said.replace("[", r"\[").replace("]", r"\]")):
        parse_document(text.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "[]", "null", "1", "[" * 100000, '{"schema": "tinyml-report/1"}', "\x00"])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_document(text)


NUMBERS = st.one_of(st.integers(-3, 5), st.sampled_from([2**53 - 1, -(2**53) + 1, 4096, 10**9]), st.none())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_figures_break_a_format(data: st.DataObject) -> None:
    """Whatever numbers a report holds, it is refused as such or shown."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(entry) for name, entry in value.items()}
        if isinstance(value, list):
            return [walk(entry) for entry in value if data.draw(st.integers(0, 9))]
        if type(value) is int or value is None:
            return data.draw(NUMBERS) if data.draw(st.integers(0, 4)) == 0 else value
        return value

    try:
        document = parse_document(json.dumps(walk(json.loads(report_text()))))
    except ValueError:
        return
    for text in (as_html(document), as_markdown([document]), as_junit([document]), as_sarif([document])):
        assert text.endswith("\n")
