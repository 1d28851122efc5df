"""What was left out of a model, in every format."""

import json
from dataclasses import replace

from report_samples import FOOTPRINT, MODEL

from platformio_tinyml.formats.document import parse_document
from platformio_tinyml.formats.html import as_html
from platformio_tinyml.formats.json_report import as_json
from platformio_tinyml.formats.markdown import as_markdown
from platformio_tinyml.formats.text import as_table
from platformio_tinyml.judgement.report import Report
from platformio_tinyml.manifest import Simplification
from platformio_tinyml.measured.limits import Budgets, Sizes

LEFT_OUT = Simplification(2738, 1650, 1724, (219072, 33130), (7489664, 3727313), steps=("Nobody reads operator 3 ADD",))


def report(simplification: Simplification | None) -> Report:
    model = replace(MODEL, simplification=simplification)
    return Report("firmware", "vl", "b", (model,), FOOTPRINT, Sizes(), Budgets(), (), Sizes())


def test_every_format_says_it():
    made = report(LEFT_OUT)
    text = as_json(made)
    row = json.loads(text)["models"][0]["simplification"]
    assert row == {
        "channels": 2738,
        "constant": 1650,
        "removed": 1724,
        "constants": [219072, 33130],
        "macs": [7489664, 3727313],
        "steps": ["Nobody reads operator 3 ADD"],
    }
    said = "1,650 of 2,738 channels never change, 1,724 left out"
    assert said in " ".join(as_table(made).split())
    document = parse_document(text)
    assert said in as_markdown([document])
    page = as_html(document)
    assert "Channels that never change" in page
    assert "219,072 \u2192 33,130" in page
    assert "Nobody reads operator 3 ADD" in page


def test_nothing_left_out_is_no_remark():
    nothing = replace(LEFT_OUT, constant=0, removed=0, steps=())
    for simplification in (nothing, None):
        made = report(simplification)
        assert not [note for note in made.notes() if "channels" in note]
        assert "never change" not in as_markdown([parse_document(as_json(made))])
