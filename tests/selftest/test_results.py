"""A whole run against the plan of what was built: exactly that, or refused."""

from dataclasses import replace
from random import Random

import pytest

from platformio_tinyml.selftest.plan import Plan, PlannedModel
from platformio_tinyml.selftest.results import LogError, Measured, read_run

MODEL = PlannedModel("kws", "kws_model.json", 2, 2, "generated", (3, 34), (), ())
PLAN = Plan("23b56f59", False, False, (MODEL,))
LONG = bytes(range(34))


def run_of(*, status: int = 0, traced: bool = False) -> list[tuple[str, ...]]:
    lines = [("begin", "2", "1", "DWT", "cycles"), ("model", "kws", "4096", "-", "0", "120", "8")]
    for sample in range(2):
        if traced:
            lines += [("operator", "0", "700"), ("piece", "0000abcd"), ("operator", "1", "44")]
        lines.append(("invoke", str(sample), str(status), "1000", "400"))
        if status:
            break
        lines.append(("output", "0", "0", "0a0b0c"))
        lines += [("output", "1", "0", LONG[:32].hex()), ("output", "1", "32", LONG[32:].hex())]
    return [*lines, ("end", str(len(lines) + 1))]


def test_what_came_out():
    run = read_run(run_of(), PLAN)
    assert (run.clock, run.unit) == ("DWT", "cycles")
    (model,) = run.models
    assert (model.name, model.arena, model.init) == ("kws", 4096, Measured(0, 120, 8))
    assert [invoke.outputs for invoke in model.invokes] == [b"\n\x0b\x0c" + LONG] * 2


def test_inside_the_model():
    run = read_run(run_of(traced=True), replace(PLAN, trace=True))
    assert run.models[0].invokes[1].turns == (700, 44)
    assert run.models[0].invokes[1].pieces == (0xABCD,)
    with pytest.raises(LogError):
        read_run(run_of(traced=True), PLAN)


def test_an_invoke_that_fails_is_the_last():
    (model,) = read_run(run_of(status=4), PLAN).models
    assert [invoke.call.status for invoke in model.invokes] == [4]


def test_a_device_that_gives_a_model_up():
    lines = [*run_of()[:6], ("end", "7")]
    (model,) = read_run(lines, PLAN).models
    assert len(model.invokes) == 1


def test_unknown_stack():
    lines = run_of()
    lines[1] = (*lines[1][:-1], "-")
    assert read_run(lines, PLAN).models[0].init.stack is None


@pytest.mark.parametrize("at", range(len(run_of())))
def test_a_line_too_few_or_too_many(at):
    lines = run_of()
    with pytest.raises(LogError):
        read_run(lines[:at] + lines[at + 1 :], PLAN)
    with pytest.raises(LogError):
        read_run(lines[: at + 1] + lines[at:], PLAN)


def test_another_word_anywhere():
    """Times and stacks may be any number; every other word of every line has one value, or is refused."""
    free = {
        ("model", 2),
        ("model", 3),
        ("model", 5),
        ("model", 6),
        ("invoke", 3),
        ("invoke", 4),
        ("begin", 3),
        ("begin", 4),
    }
    lines = run_of()
    for number, line in enumerate(lines):
        for position in range(len(line)):
            for word in ("7", "x", "-1", "", "0a0b0c0d0e", "99999999999"):
                if word == line[position]:
                    continue
                changed = [*lines]
                changed[number] = (*line[:position], word, *line[position + 1 :])
                try:
                    found = read_run(changed, PLAN)
                except LogError:
                    continue
                is_status = line[0] in ("model", "invoke") and position == {"model": 4, "invoke": 2}[line[0]]
                is_end = line[0] == "end" and position == 1  # LogReader's
                assert (line[0], position) in free or is_status or is_end, (line, position, word, found)


def test_lines_at_random():
    random = Random(3)
    lines = run_of()
    for _ in range(2000):
        chosen = [random.choice(lines) for _ in range(random.randint(0, 12))]
        with pytest.raises(LogError):
            read_run(chosen, PLAN)
