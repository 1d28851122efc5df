"""Reports to render: one made by hand of a firmware that fails, with everything that a page can show."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from linked import KWS

from platformio_tinyml.firmware.chips import Region
from platformio_tinyml.firmware.footprint import Footprint, OwnerSize, SectionSize, SizeEntry
from platformio_tinyml.firmware.memory import MemoryMap
from platformio_tinyml.formats.document import Document, parse_document
from platformio_tinyml.formats.json_report import as_json
from platformio_tinyml.judgement.budgets import read_budgets
from platformio_tinyml.judgement.checks import judge
from platformio_tinyml.judgement.report import Report
from platformio_tinyml.manifest import CallInfo, Manifest, Peak, PlacedBuffer
from platformio_tinyml.measured.baseline import Baseline, BaselineModel
from platformio_tinyml.measured.limits import Sizes
from platformio_tinyml.measured.profile import CallProfile, Profile
from platformio_tinyml.measured.quantization import Quantization
from platformio_tinyml.measured.stack import Stack
from platformio_tinyml.measured.verification import Compared, FirstTensor, Verification

ENTRIES = (
    SizeEntry("weights:kws", ".text", "kws_op0_filter", 764, 0, 0x08001000),
    SizeEntry("arena:kws", ".bss", "kws_arena", 0, 4096, 0x20000100),
    SizeEntry("tinyml", ".text", "kws_invoke", 1200, 0, 0x08002000),
    SizeEntry("application", ".data", "table", 80, 80, 0x20000000),
    SizeEntry("stack+heap", ".stack", "", 0, 1536, 0x20001200),
    SizeEntry("unattributed", ".text", "", 20, 0, 0x08000000),
    SizeEntry("unattributed", "(padding)", "", 4, 8),
)
SECTIONS = (
    SectionSize(".text", "FLASH", 1984, 0, "FLASH"),
    SectionSize(".data", "RAM", 80, 80, "FLASH"),
    SectionSize(".bss", "RAM", 0, 4096),
    SectionSize(".stack", "RAM", 0, 1536),
    SectionSize("(padding)", "", 4, 8),
)
MEMORY = MemoryMap(
    (
        Region("FLASH", "flash", 0x08000000, 131072),
        Region("RAM", "ram", 0x20000000, 8192),
        Region("CCM", "ram", 0x10000000, 65536, beside=True),
        Region("UICR", "other", 0x10001000, 4096, beside=True),
    ),
    (),
    False,
    "stm32f100",
)
FOOTPRINT = Footprint(ENTRIES, SECTIONS, MEMORY, has_symbols=True)
ARENA = replace(
    KWS.arena,
    lower_bound=6144,
    peak=Peak(1, "DEPTHWISE_CONV_2D", "net/dw", (("net/conv/Relu", 2048), ("net/dw/Relu", 2048)), call=1),
    placements=(
        PlacedBuffer("input", 0, 0, 1024, -1, 0),
        PlacedBuffer("net/conv/Relu;net/conv", 1, 2048, 2048, 0, 1),
        PlacedBuffer("net/dw/Relu", 2, 1024, 2048, 1, 2),
        PlacedBuffer("scratch of call 1", None, 0, 512, 1, 1),
        PlacedBuffer("output", 3, 0, 10, 2, 3),
    ),
)
MODEL: Manifest = replace(
    KWS,
    arena=ARENA,
    calls=(
        (0, "CONV_2D", "tinyml_conv_2d_s8", 100_000),
        (1, "DEPTHWISE_CONV_2D", "tinyml_depthwise_conv_2d_s8", 20_000),
        (3, "SOFTMAX", "tinyml_softmax_s8", 0),
    ),
    call_infos=(
        CallInfo("net/conv/Relu;net/conv", (1, 16, 16, 8), 700, 3772),
        CallInfo("net/dw/Relu", (1, 16, 16, 8), 64, 4160),
        CallInfo("output", (1, 10), 0, 2058),
    ),
)
BASELINE = Baseline(
    "vl",
    "stm32vldiscovery",
    2000,
    5720,
    (
        OwnerSize("weights:kws", 764, 0),
        OwnerSize("arena:kws", 0, 4096),
        OwnerSize("tinyml", 1132, 0),
        OwnerSize("application", 80, 80),
        OwnerSize("stack+heap", 0, 1536),
        OwnerSize("unattributed", 20, 8),
        OwnerSize("weights:old", 4, 0),
    ),
    (BaselineModel("kws", 764, 4096),),
)
QUANTIZATION = Quantization(
    "kws", "kws.keras", "random", 100, "top-1", "evaluation", 0.912, None, 0.02, 0.01, "top-1 91.2%", "net/dw"
)
VERIFICATION = Verification(
    name="kws",
    oracles=(Compared("another runtime", True, "kws_output_0, byte 1 of 10"), Compared("a twin", False, None)),
    missing=("no third",),
    inputs=4,
    source="kws.golden.bin",
    difference="kws_output_0, byte 1 of 10; the oracles disagree",
    tensor=FirstTensor(3, "CONV_2D", "net/conv", 17, 8000, 0x80, 0x7F),
    instructions=123_456,
    stack=Stack(96, 1640),
)
PROFILE = Profile(
    name="kws",
    method="emulated",
    core="cortex-m3",
    instructions=1_200_000,
    instructions_bound=(1_200_000, 1_200_000),
    stack=Stack(96, 1640),
    calls=(
        CallProfile(0, "CONV_2D", 900_000, (900_000, 900_000)),
        CallProfile(1, "DEPTHWISE_CONV_2D", 280_000, (280_000, 280_000)),
        CallProfile(3, "SOFTMAX", 15_000, (15_000, 15_000)),
    ),
    cpi=(1.0, 2.0),
    clock_hz=24_000_000,
    latency_us=(50_000.0, 100_000.0),
    ma_per_mhz=0.5,
    voltage=3.3,
    energy_uj=(1980.0, 3960.0),
    notes=("a note on it",),
)
LIMITS = Sizes(131072, 8192)
BUDGETS = read_budgets(LIMITS, ["kws"], {"flash": ["4000"], "ram": ["4096"]})


def report_text(baseline: Baseline | None = BASELINE) -> str:
    """report.json of a firmware over its RAM budget."""
    checks = judge(FOOTPRINT, (MODEL,), LIMITS, BUDGETS, baseline=baseline)
    return as_json(
        Report(
            stage="firmware",
            environment="vl",
            board="stm32vldiscovery",
            manifests=(MODEL,),
            footprint=FOOTPRINT,
            limits=LIMITS,
            budgets=BUDGETS,
            checks=checks,
            platformio=Sizes(2044, 5712),
            baseline=baseline,
            remarks=("a note",),
            quantizations=(QUANTIZATION,),
            verifications=(VERIFICATION,),
            profiles=(PROFILE,),
        )
    )


def sample() -> Document:
    """The same, parsed."""
    return parse_document(report_text())


_WORDS = {"schema", "stage", "kind"}


def with_strings(change: Callable[[str], str]) -> Document:
    """The sample with every string that could be data changed."""

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: walk(entry, name) for name, entry in value.items()}
        if isinstance(value, list):
            return [walk(entry, key) for entry in value]
        return change(value) if isinstance(value, str) and key not in _WORDS else value

    return parse_document(json.dumps(walk(json.loads(report_text()))))


HOSTILE = (
    "</script><script>alert(1)</script>",
    "</title></style></svg></table><img src=x onerror=alert(1)>",
    "\"><img src=x onerror='alert(1)'>",
    "' onload='alert(1)",
    "<!-- --> ]]> <![CDATA[ &lt; &amp; &#x3c;script&#x3e; <?php ?>",
    "` | `` | ``` \\| \\` | a",
    "```\n# heading\n- item\n\n| a | b |\n|---|---|\r\n",
    "\x00\x01\x08\x0b\x1b[2J\x7f\x85\u2028\u2029\ufffe\uffff",
    "\ud800 lone \udfff",
    "\u202edesrever\u2066\ufeff",
    "[click](javascript:alert(1)) ![x](http://evil.invalid/x.png) [1](0)",
    "@everyone #1 GH-1 https://evil.invalid www.evil.invalid :skull: **b** _i_ ~~s~~",
    "{0} {{7*7}} {% x %} ${x} %s %SRCROOT%",
    "x" * 5000,
    "",
    " ",
    "../../etc/passwd\n::error file=x::y",
)
