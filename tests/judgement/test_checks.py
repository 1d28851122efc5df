"""judge: what passes, what fails, and what is advised, on real firmware."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from linked import ARM, kws, link, link_stm32, tool

from platformio_tinyml.errors import UsageError
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.footprint import Footprint, SizeEntry
from platformio_tinyml.firmware.linker_map import read_map
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import memory_of
from platformio_tinyml.judgement.budgets import read_budgets
from platformio_tinyml.judgement.check import Check
from platformio_tinyml.judgement.checks import judge, judge_link
from platformio_tinyml.judgement.constants import copied_weights
from platformio_tinyml.judgement.owners import expected, owners_of
from platformio_tinyml.manifest import LeastArena, Manifest, TensorInfo
from platformio_tinyml.measured.limits import Budgets, Sizes

BOARD = Sizes(131072, 8192)


def measured(folder: Path, *manifests: Manifest, mcu: str = "stm32f100rbt6") -> Footprint:
    image = read_image(folder / "firmware.elf")
    return measure(image, memory_of(image, mcu), owners_of(manifests))


def allowing(board: Sizes = BOARD, models: Sequence[str] = ("kws",), **texts: str | Sequence[str]) -> Budgets:
    """By kind: "40 KB", "kws=1 KB", or several."""
    given = {kind: [text] if isinstance(text, str) else text for kind, text in texts.items()}
    return read_budgets(board, models, given)


def failed(checks: tuple[Check, ...]) -> list[str]:
    return [check.name for check in checks if not check.ok]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kws")
    link_stm32(folder)
    return folder


def test_all_kept(folder: Path) -> None:
    model = kws()
    checks = judge(
        measured(folder, model),
        (model,),
        BOARD,
        allowing(flash="2000", ram="8000", model_size="kws=764", arena=["4096", "kws=4096"]),
    )
    assert [check.name for check in checks] == [
        "flash_limit",
        "ram_limit",
        "flash_budget",
        "ram_budget",
        "arena_budget",
        "model_size_budget:kws",
        "arena_budget:kws",
        "arena:kws",
        "weights:kws",
    ]
    assert failed(checks) == []
    assert all(not check.message and not check.advice for check in checks)


def test_a_limit_is_kept_to_the_byte(folder: Path) -> None:
    footprint = measured(folder, kws())
    used = Sizes(footprint.flash, footprint.ram)
    exact = allowing(flash=str(used.flash), ram=str(used.ram))
    assert failed(judge(footprint, (), used, exact)) == []
    less = Sizes(footprint.flash - 1, footprint.ram - 1)
    checks = judge(footprint, (), less, allowing(flash=str(less.flash), ram=str(less.ram)))
    assert failed(checks) == ["flash_limit", "ram_limit", "flash_budget", "ram_budget"]
    assert "1 bytes over" in checks[0].message


def test_advice_has_the_figures_of_this_firmware(folder: Path) -> None:
    model = kws()
    footprint = measured(folder, model)
    (check,) = (c for c in judge(footprint, (model,), BOARD, allowing(ram="4096")) if not c.ok)
    used = footprint.ram
    assert check.actual == used and check.limit == 4096
    assert f"{used - 4096:,} bytes over the budget" in check.message
    advice = "\n".join(check.advice)
    assert "; most of it: arena:kws 4,096, stack+heap 1,536" in check.message
    assert "operator 3 DEPTHWISE_CONV_2D (conv/Relu 2,048 + dw/Relu 1,536 + scratch 512)" in advice
    assert f"{4096 - (used - 4096):,} bytes or less" in advice
    assert f"custom_tinyml_ram_budget = {used} would do ({-(-100 * used // 8192)} percent of 8,192)" in advice
    # What it proposes is accepted.
    assert failed(judge(footprint, (model,), BOARD, allowing(ram=str(used)))) == []


def test_advice_for_float_inputs_and_several_models(folder: Path) -> None:
    image = TensorInfo("image", "kws_input_0", "FLOAT32", (1, 10, 10, 1), 400, None, None)
    other = kws(name="vww", symbols={"hidden": "arena:vww"}, arena_size=100)
    models = (kws(inputs=(image,)), other)
    checks = judge(measured(folder, *models), models, Sizes(100, 5700), Budgets())
    advice = {check.name: "\n".join(check.advice) for check in checks}
    assert "kws takes or gives float32 (image, 400 bytes): int8 needs 100" in advice["ram_limit"]
    fullest = "smaller tensors where arena:{} is fullest"
    assert fullest.format("kws") in advice["ram_limit"] and fullest.format("vww") not in advice["ram_limit"]
    roomy = "\n".join(judge(measured(folder, *models), models, Sizes(None, 5800), Budgets())[0].advice)
    assert fullest.format("kws") in roomy and fullest.format("vww") in roomy
    assert "a board with at least" in advice["ram_limit"]
    assert "largest constant has 700" in advice["flash_limit"]


def test_a_float_model_is_better_made_int8(folder: Path) -> None:
    model = kws(calls=((0, "CONV_2D", "tinyml_conv_2d_f32", 1), (1, "SOFTMAX", "tinyml_softmax_f32", 1)))
    (check,) = (each for each in judge(measured(folder, model), (model,), Sizes(None, 1000), Budgets()) if not each.ok)
    assert check.advice[0].startswith("kws computes in float32: as an int8 model")
    assert "computes in float32" not in "\n".join(judge(expected((kws(),)), (kws(),), Sizes(1, 1), Budgets())[0].advice)


def test_what_does_not_suffice_alone_comes_last(folder: Path) -> None:
    model = kws()
    (check,) = (each for each in judge(measured(folder, model), (model,), Sizes(None, 1000), Budgets()) if not each.ok)
    assert check.advice[0].startswith("reserve less for stack and heap")
    assert check.advice[1].startswith("or take a board with at least")
    assert check.advice[-1] == "smaller tensors alone would not do: arena:kws has 4,096"
    (check,) = (each for each in judge(measured(folder, model), (model,), Sizes(100, None), Budgets()) if not each.ok)
    assert check.advice[0].startswith("take a board with at least"), "nothing before it, so no other way"


@pytest.mark.parametrize(("least", "said"), [(1_000, ""), (3_000, " alone would not do")])
def test_streams_that_cost_more_are_advised_where_they_save(folder: Path, least: int, said: str) -> None:
    plain = kws()
    model = replace(plain, arena=replace(plain.arena, with_least_streams=LeastArena(least, 5.6)))
    used = measured(folder, model).ram
    (check,) = (c for c in judge(measured(folder, model), (model,), Sizes(None, used - 2_000), Budgets()) if not c.ok)
    line = f"custom_tinyml_streams = least{said}: kws {4_096 - least:,} bytes less, about 5.6% more instructions"
    assert line in check.advice
    without = judge(measured(folder, plain), (plain,), Sizes(1, 1), Budgets())
    assert "streams" not in "".join(line for check in without for line in check.advice)


def test_preflight_refuses_only_what_cannot_fit() -> None:
    two = (kws(), kws(name="vww", arena_size=4097, symbols={}))
    assert failed(judge(expected(two), two, Sizes(1528, 8193), Budgets(), preflight=True)) == []
    full, anywhere = Sizes(1528, 8191), {"preflight": True, "arenas_placed": True}
    assert failed(judge(expected(two), two, full, Budgets(), preflight=True)) == ["ram_limit"]
    assert failed(judge(expected(two), two, full, Budgets(), **anywhere)) == []
    assert failed(judge(expected(two), two, full, allowing(ram="8191"), **anywhere)) == ["ram_budget"]
    checks = judge(expected(two), two, BOARD, allowing(models=("vww",), flash="1527", arena="vww=4096"), preflight=True)
    assert failed(checks) == ["ram_limit", "flash_budget", "arena_budget:vww"]
    message = next(check.message for check in checks if not check.ok)
    assert "at least 1 bytes over" in message and "8,193 needed" in message
    assert "custom_tinyml_models" in "\n".join(checks[1].advice)


def test_an_arena_of_another_size_fails(folder: Path) -> None:
    for size in (4080, 4112):
        model = kws(arena_size=size)
        checks = judge(measured(folder, model), (model,), BOARD, Budgets())
        assert failed(checks) == ["arena:kws"]
        assert "4,096 bytes in the ELF" in checks[2].message


def test_an_arena_that_is_not_aligned_fails(folder: Path) -> None:
    model = kws()
    model = replace(model, arena=replace(model.arena, alignment=16384))
    footprint = measured(folder, model)
    address = next(entry.address for entry in footprint.entries if entry.symbol == "kws_arena")
    assert address % 16 == 0 and address % 16384 != 0
    assert failed(judge(footprint, (model,), BOARD, Budgets())) == ["arena:kws"]


def test_an_arena_in_flash_fails(folder: Path) -> None:
    model = kws(symbols={**kws().symbols, "kws_arena": "application", "kws_op0_filter": "arena:kws"}, arena_size=700)
    checks = judge(measured(folder, model), (model,), BOARD, Budgets())
    assert failed(checks) == ["arena:kws"]
    assert "not in RAM" in checks[2].message


def test_an_arena_that_the_image_holds_fails(folder: Path) -> None:
    """What GCC makes of a section that it takes for initialised data."""
    model = kws()
    footprint = measured(folder, model)
    entries = tuple(replace(e, flash=e.ram) if e.symbol == "kws_arena" else e for e in footprint.entries)
    checks = judge(replace(footprint, entries=entries), (model,), BOARD, Budgets())
    assert failed(checks) == ["arena:kws"]
    assert "stored in the image" in checks[2].message


def test_an_arena_that_is_gone_while_the_model_runs_fails(folder: Path) -> None:
    model = kws(symbols={"kws_invoke": "tinyml"})
    checks = judge(measured(folder, model), (model,), BOARD, Budgets())
    assert failed(checks) == ["arena:kws"]
    assert "0 bytes in the ELF" in checks[2].message


def test_weights_copied_to_ram_are_ram_that_they_take(folder: Path, tmp_path: Path) -> None:
    """As the linker scripts of some cores do with all of .rodata; here one table is not const."""
    source = (folder / "kws_model.c").read_text().replace("const int8_t kws_op0_filter", "int8_t kws_op0_filter")
    texts = {
        "kws_model.c": source,
        "main.c": (folder / "main.c").read_text(),
        "chip.ld": (folder / "chip.ld").read_text(),
    }
    link(tmp_path, ARM, texts, "-T", "chip.ld")
    footprint = measured(tmp_path, kws())
    checks = judge(footprint, (kws(),), BOARD, Budgets())
    assert failed(checks) == []
    assert (checks[-1].name, checks[-1].actual) == ("weights:kws", 700)
    remedy = "custom_tinyml_weights_section = .rodata.tinyml keeps them in flash"
    note = f"weights:kws takes 700 bytes of RAM too (in .data); {remedy}"
    assert list(copied_weights(footprint, (kws(),))) == [note]
    over = judge(footprint, (kws(),), BOARD, allowing(models=("kws",), ram="5000"))
    assert failed(over) == ["ram_budget"]
    assert note in next(check for check in over if not check.ok).advice


def test_weights_in_ram_of_an_avr_fail() -> None:
    """Its kernels read them from flash."""
    entry = SizeEntry("weights:kws", ".data", "kws_op0_filter", 700, 700, 0x800100)
    footprint = replace(expected(()), entries=(entry,), has_symbols=True, machine="avr")
    assert failed(judge(footprint, (kws(),), BOARD, Budgets()))[-1] == "weights:kws"


def test_a_model_that_is_not_called_is_no_failure(folder: Path) -> None:
    unused = kws(name="vww", symbols={"vww_arena": "arena:vww"}, invoke="vww_invoke")
    checks = judge(
        measured(folder, kws(), unused),
        (kws(), unused),
        BOARD,
        allowing(models=("vww",), model_size="vww=0", arena="vww=0"),
    )
    assert failed(checks) == []
    assert not [check for check in checks if check.name in ("arena:vww", "weights:vww")]


def test_a_stripped_elf_cannot_keep_a_model_budget(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "firmware.elf").write_bytes((folder / "firmware.elf").read_bytes())
    subprocess.run([tool("arm-none-eabi-strip"), "firmware.elf"], cwd=tmp_path, check=True)
    footprint = measured(tmp_path, kws())
    assert failed(judge(footprint, (kws(),), BOARD, Budgets())) == []
    checks = judge(footprint, (kws(),), BOARD, allowing(arena="kws=8000"))
    assert failed(checks) == ["arena_budget:kws"]
    assert "no symbols" in checks[-1].message


def test_ccm_does_not_count_against_the_boards_ram_but_against_its_own(tmp_path: Path) -> None:
    link_stm32(tmp_path, extra='__attribute__((section(".ccm"), used)) char fast[60000];')
    footprint = measured(tmp_path, kws(), mcu="stm32f405rgt6")
    checks = {check.name: check for check in judge(footprint, (), BOARD, allowing(ram="8192"))}
    assert checks["ram_limit"].ok and checks["ram_limit"].actual == footprint.ram - 60000
    assert checks["ram_limit:CCM"].ok and checks["ram_limit:CCM"].limit == 65536
    # A budget is of all RAM: CCM is no way around it.
    assert not checks["ram_budget"].ok


def test_an_overflow_is_told_in_the_words_of_the_gate(tmp_path: Path) -> None:
    model = kws(arena_size=9000)
    link_stm32(tmp_path, arena=9000, check=False)
    link_ = read_map(tmp_path / "firmware.map", "stm32f100rbt6")
    footprint = measure(link_.image, link_.memory, owners_of([model]))
    checks = judge_link(footprint, link_.regions, (model,), BOARD, allowing(ram="4096"))
    assert failed(checks) == ["ram_limit:RAM", "ram_budget"]
    assert checks[0].limit == 8192 and checks[0].actual is not None and checks[0].actual > 9000
    assert "over region RAM" in checks[0].message
    assert "operator 3 DEPTHWISE_CONV_2D" in "\n".join(checks[0].advice)


def test_a_link_that_failed_otherwise_is_never_ok(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    link_ = read_map(tmp_path / "firmware.map")
    checks = judge_link(measure(link_.image, link_.memory, {}), link_.regions, (), BOARD, Budgets())
    assert failed(checks) == ["link"]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("flash", "200 KB", "custom_tinyml_flash_budget: 204,800 bytes is above the board's limit of 131,072"),
        ("ram", "8193", "above the board's limit of 8,192"),
        ("arena", "8193", "custom_tinyml_arena_budget: 8,193 bytes is above the board's limit of 8,192"),
        ("ram", "lots", "custom_tinyml_ram_budget: 'lots'"),
        ("arena", "kws=9 KB", "custom_tinyml_kws_arena_budget: 9,216 bytes is above"),
        ("model_size", "kws=129 KB", "above the board's limit of 131,072"),
        ("arena", "kvs=1 KB", "--arena-budget: no model is called 'kvs'"),
        ("flash", "kws=1 KB", "--flash-budget: is of the whole firmware"),
        ("model_size", "kws=", "custom_tinyml_kws_model_size_budget: '' is not a size"),
        ("model_size", "=40 KB", "no model is called ''"),
    ],
)
def test_budgets_that_cannot_be(kind: str, text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        read_budgets(BOARD, ["kws"], {kind: [text]})
    assert said in error.value.message


def test_budgets() -> None:
    budgets = allowing(
        models=("kws", "vww"), flash="50%", ram=["1 KB", "4 KB"], model_size="kws=10 percent", arena=["vww=1K", "6 KB"]
    )
    assert [(row.option, row.allowed) for row in budgets.rows] == [
        ("custom_tinyml_flash_budget", 65536),
        ("custom_tinyml_ram_budget", 4096),
        ("custom_tinyml_arena_budget", 6144),
        ("custom_tinyml_kws_model_size_budget", 13107),
        ("custom_tinyml_vww_arena_budget", 1024),
    ]
    assert (budgets.allowed("arena", "vww"), budgets.allowed("arena", "kws")) == (1024, None)
    assert allowing(Sizes(), flash="40 KB").allowed("flash") == 40960


@pytest.mark.parametrize(("end", "reached"), [(65536, True), (65537, False)])
def test_constants_on_avr_are_within_reach(folder: Path, end: int, reached: bool) -> None:
    footprint = measured(folder, kws())
    moved = tuple(
        replace(entry, address=end - entry.flash) if entry.owner == "weights:kws" else entry
        for entry in footprint.entries
    )
    on_avr = replace(footprint, entries=moved, machine="avr")
    checks = {check.name: check.ok for check in judge(on_avr, (kws(),), BOARD, Budgets())}
    assert checks["weights:kws"] is reached


@pytest.mark.parametrize(("address", "aligned"), [(0x08001010, True), (0x08001008, False)])
def test_model_file_is_aligned(folder: Path, address: int, aligned: bool) -> None:
    footprint = measured(folder, kws())
    array = SizeEntry("weights:kws", ".rodata", "kws_tflite", 400, 0, address)
    with_array = replace(footprint, entries=(*footprint.entries, array))
    checks = {check.name: check for check in judge(with_array, (kws(),), BOARD, Budgets())}
    assert checks["weights:kws"].ok is aligned
    assert aligned or "kws_tflite at 0x8001008 is not aligned to 16 bytes" in checks["weights:kws"].message
