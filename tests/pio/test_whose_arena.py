"""Whose the arena is, in real builds: one for several models, billed once; one of the application's."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Project

pytestmark = pytest.mark.slow

BOTH = """\
#include <stdio.h>
#include <other_model.h>
#include <sine_model.h>

int main(void) {
    sine_init();
    other_init();
    *sine_input_0() = 20;
    sine_invoke();
    printf("sine %d\\n", *sine_output_0());
    *other_input_0() = 40;
    other_invoke();
    printf("other %d\\n", *other_output_0());
    return 0;
}
"""
USERS = """\
#include <stdio.h>
#include <sine_model.h>

static uint8_t memory[SINE_ARENA_SIZE] __attribute__((aligned(SINE_ARENA_ALIGNMENT)));

int main(void) {
    if (sine_invoke() != TINYML_ERROR_INIT || sine_input_0() != NULL) {
        return 1;
    }
    if (sine_init_with(memory, sizeof memory) != TINYML_OK) {
        return 2;
    }
    *sine_input_0() = 20;
    sine_invoke();
    printf("sine %d\\n", *sine_output_0());
    return 0;
}
"""
BOARD = "[env:net]\nboard = netduinoplus2\n"


def report(project: Project) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(project.built("net", "tinyml/report.json").read_text())
    return document


def require_verified(document: dict[str, Any], names: set[str]) -> None:
    assert {model["name"] for model in document["models"]} == names
    for model in document["models"]:
        assert model["profile"]["method"] == "emulated"
        assert model["verification"] is None or model["verification"]["difference"] is None


def test_one_for_both(make_project: Callable[..., Project]) -> None:
    options = "custom_tinyml_share_arena = yes\ncustom_tinyml_models = models/sine.tflite, models/other.tflite\n"
    project = make_project(BOARD + options)
    shutil.copy(project.folder / "models" / "sine.tflite", project.folder / "models" / "other.tflite")
    project.write("src/main.c", BOTH)
    done = project.run()
    assert done.code == 0, done.output
    document = report(project)
    require_verified(document, {"sine", "other"})
    size = document["models"][0]["arena"]["size"]
    owners = {row["owner"]: row["ram"] for row in document["owners"]}
    assert owners["arena:(shared)"] == size
    assert not {"arena:sine", "arena:other"} & owners.keys()
    assert [check["ok"] for check in document["checks"] if check["name"] == "arena:(shared)"] == [True]

    project.write(
        "platformio.ini", (project.folder / "platformio.ini").read_text() + f"custom_tinyml_arena_budget = {size}\n"
    )
    assert project.run().code == 0
    ini = (project.folder / "platformio.ini").read_text()
    project.write("platformio.ini", ini.replace(f"arena_budget = {size}", f"arena_budget = {size - 16}"))
    assert "arena" in project.run().output
    assert project.run().code == 1


def test_the_applications(make_project: Callable[..., Project]) -> None:
    project = make_project(BOARD + "custom_tinyml_sine_arena = user\n")
    project.write("src/main.c", USERS)
    done = project.run()
    assert done.code == 0, done.output
    document = report(project)
    require_verified(document, {"sine"})
    assert document["models"][0]["arena"]["whose"] == "user"
    assert "arena:sine" not in {row["owner"] for row in document["owners"]}


def test_another_word(make_project: Callable[..., Project]) -> None:
    done = make_project(BOARD + "custom_tinyml_sine_arena = mine\n").run()
    assert done.code != 0
    assert "custom_tinyml_sine_arena = 'mine' is not `user`" in done.output
