"""ELFs with models in them, linked from small C files: what the audit finds and advises."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path

import pytest
from linked import ARM, AVR, SECTIONS, STM32_LD, link, tool
from model_builder import Builder, per_tensor

from platformio_tinyml.audit.find import plain_name
from platformio_tinyml.audit.resolver import audit_resolver
from platformio_tinyml.cli.main import main
from platformio_tinyml.firmware.image import Image, Symbol
from platformio_tinyml.model import Activation, AddOptions
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.reader import model_extent

SCRIPT = STM32_LD.replace("FLASH_SIZE", "1M").replace("RAM_SIZE", "256K")
MAIN = """
{declarations}
volatile int sink;
void Reset(void) {{ sink = {uses}; for (;;) ; }}
const void *const vectors[2] __attribute__((section(".isr_vector"), used)) = {{(void *)0x20002000, Reset}};
"""


def model(side: int = 8, opcode: str = "ADD", **options: str) -> bytes:
    """One ADD of an input with itself; `options` are those of Builder.operator."""
    builder = Builder()
    x, y = (builder.tensor(name, (1, side, side, 4), quantization=per_tensor(0.5)) for name in "xy")
    builder.operator(opcode, [x, x], [y], AddOptions(Activation.NONE, False) if opcode == "ADD" else None, **options)
    return builder.build([x], [y], description="a test")


def array(name: str, data: bytes, declaration: str = "const __attribute__((aligned(16)))") -> str:
    """A C array of `data`."""
    return f"{declaration} unsigned char {name}[] = {{{','.join(map(str, data))}}};\n"


def build(folder: Path, arrays: str, used: str, *flags: str, extra: str = "") -> Path:
    """An STM32 firmware that uses the objects `used` (words)."""
    names = used.split()
    declarations = "".join(f"extern unsigned char {name}[];\n" for name in names)
    code = MAIN.format(declarations=declarations, uses=" + ".join(f"{name}[sink]" for name in names))
    # Separate files: declarations here are not const.
    link(
        folder, ARM, {"main.c": code, "arrays.c": arrays + extra, "chip.ld": SCRIPT}, "-T", "chip.ld", *SECTIONS, *flags
    )
    return folder / "firmware.elf"


def audited(elf: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    """The JSON document; the text is checked on the way."""
    assert main(["audit", str(elf), *arguments]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80 + len(str(elf))
    assert main(["audit", str(elf), "--json", *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "tinyml-report/1" and document["ok"]
    return document


def test_a_good_firmware(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = model()
    arrays = array("g_model", data) + "unsigned char tensor_arena[20000] __attribute__((aligned(16)));\n"
    document = audited(build(tmp_path, arrays, "g_model tensor_arena"), capsys)
    (found,) = document["models"]
    assert found["name"] == found["symbol"] == "g_model"
    assert found["size"] == len(data) and found["exact"]
    assert found["description"] == "a test"
    assert found["operators"] == {"ADD": 1}
    assert found["aligned"] and not found["in_ram"]
    needed = found["arena"]["size"]
    assert found["arena"]["method"] == "estimate"
    assert 256 + 256 < needed < 2000
    (arena,) = document["arenas"]
    assert arena["symbol"] == "tensor_arena" and arena["named"] and arena["size"] == 20000
    assert document["wasted"] == 20000 - needed
    assert any("bytes of RAM are free to use" in sentence for sentence in document["advice"])
    assert document["kernels"] == {"set": "cmsis-nn", "seen": False}


def test_the_arena_is_too_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = array("g_model", model()) + "unsigned char arena[512] __attribute__((aligned(16)));\n"
    document = audited(build(tmp_path, arrays, "g_model arena"), capsys)
    assert document["wasted"] < 0
    assert any("AllocateTensors may fail" in sentence for sentence in document["advice"])


def test_model_that_is_not_const(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = model()
    document = audited(build(tmp_path, array("g_model", data, "__attribute__((aligned(16)))"), "g_model"), capsys)
    (found,) = document["models"]
    assert found["in_ram"] and found["section"] == ".data"
    assert f"g_model is not const: it takes {len(data):,} bytes of RAM" in document["advice"][0]


def test_model_that_is_not_aligned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = "struct __attribute__((packed, aligned(16))) { char x[4]; unsigned char model[%d]; }"
    data = model()
    arrays = f"const {odd % len(data)} g_model = {{{{1}}, {{{','.join(map(str, data))}}}}};\n"
    document = audited(build(tmp_path, arrays, "g_model"), capsys)
    (found,) = document["models"]
    assert not found["aligned"] and found["address"] % 16 == 4
    assert found["symbol"] == "g_model" and not found["exact"] and found["size"] == len(data)
    assert any("Declare it alignas(16)" in sentence for sentence in document["advice"])


def test_two_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = array("first", model(4)) + array("second", model(16)) + "unsigned char arena_a[4000], arena_b[9000];\n"
    document = audited(build(tmp_path, arrays, "first second arena_a arena_b"), capsys)
    assert sorted(found["symbol"] for found in document["models"]) == ["first", "second"]
    assert [arena["symbol"] for arena in document["arenas"]] == ["arena_b", "arena_a"]
    assert document["wasted"] is None


def test_stripped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = model()
    arrays = array("g_model", data) + "unsigned char tensor_arena[20000];\n"
    document = audited(build(tmp_path, arrays, "g_model tensor_arena", "-s"), capsys)
    (found,) = document["models"]
    assert document["stripped"] and found["symbol"] == "" and found["name"] == "model"
    assert found["size"] == len(data) and not found["exact"]
    assert document["arenas"] == [] and document["resolver"]["registered"] == []


def test_model_without_a_symbol_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.tflite").write_bytes(data := model())
    assembly = (
        '.section .rodata.net,"a"\n.balign 16\n.global net_start\nnet_start:\n'
        f'.incbin "{tmp_path / "net.tflite"}"\n.global net_end\nnet_end:\n'
    )
    code = MAIN.format(declarations="extern unsigned char net_start[];", uses="net_start[sink]")
    link(tmp_path, ARM, {"main.c": code, "net.s": assembly, "chip.ld": SCRIPT}, "-T", "chip.ld")
    (found,) = audited(tmp_path / "firmware.elf", capsys)["models"]
    assert found["symbol"] == "net_start" and found["size"] == len(data) and not found["exact"]


def test_unnamed_large_object_is_a_guess(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = array("g_model", model()) + "unsigned char workspace[30000], small[300];\n"
    document = audited(build(tmp_path, arrays, "g_model workspace small"), capsys)
    (arena,) = document["arenas"]
    assert arena["symbol"] == "workspace" and not arena["named"] and document["wasted"] is None
    assert not any("workspace" in sentence for sentence in document["advice"])


def test_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    false_friend = array("text", b"xxxxTFL3" + bytes(64))
    document = audited(build(tmp_path, false_friend, "text"), capsys)
    assert document["models"] == [] and document["advice"] == [] and document["error_strings"] is None


def test_operator_without_a_bound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = model(opcode="CUSTOM", custom_code="Spectrum\x1b[31m")
    document = audited(build(tmp_path, array("g_model", data), "g_model"), capsys)
    (found,) = document["models"]
    assert found["arena"] is None and "Spectrum\\x1b" in found["no_arena"]
    assert found["compiled_arena"] is None
    assert main(["audit", str(tmp_path / "firmware.elf")]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_error_strings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'const char message[] = "Failed to resize buffer. Requested: %u, available %u, missing: %u";\n'
    document = audited(build(tmp_path, array("g_model", model()) + text, "g_model message"), capsys)
    assert document["error_strings"] is True
    assert any("TF_LITE_STRIP_ERROR_STRINGS" in sentence for sentence in document["advice"])


KERNEL = """
namespace tflite {{
namespace {{ __attribute__((noinline, used)) int Eval(int x) {{ {body} return x; }} }}
struct R {{ int (*eval)(int); }};
R Register_{opcode}() {{ return {{Eval}}; }}
}}
"""
USES_KERNELS = """
namespace tflite { struct R { int (*eval)(int); }; R Register_ADD(); R Register_CONV_2D(); }
namespace tflite { int Register_L2NORM_REF() __attribute__((weak)); }
volatile int sink;
extern "C" void Reset() {
    sink = tflite::Register_ADD().eval(g_model[sink]) + tflite::Register_CONV_2D().eval(1);
    if (sink) sink = tflite::Register_L2NORM_REF();  // no line of a resolver: TFLM's L2_NORMALIZATION calls it
    for (;;) ;
}
"""


def test_operators_that_no_model_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = "x = x * 3 + (x >> 4);"
    sources = {
        "main.cpp": array("g_model", model(), "extern const __attribute__((aligned(16)))") + USES_KERNELS,
        "add.cpp": KERNEL.format(body=body, opcode="ADD"),
        "conv.cpp": KERNEL.format(body=body * 6, opcode="CONV_2D"),
        "l2norm.cpp": "namespace tflite { int Register_L2NORM_REF() { return 3; } }",
        "chip.ld": SCRIPT,
    }
    link(tmp_path, ("arm-none-eabi-g++", *ARM[1:], "-fno-exceptions"), sources, "-T", "chip.ld", *SECTIONS)
    document = audited(tmp_path / "firmware.elf", capsys)
    resolver = document["resolver"]
    assert resolver["registered"] == ["ADD", "CONV_2D"] and resolver["unneeded"] == ["CONV_2D"]
    evals = [size for name, size in symbols(tmp_path) if name.endswith("Eval(int)")]
    assert resolver["unneeded_bytes"] == max(evals) > min(evals)
    assert any(f"at least {resolver['unneeded_bytes']:,} bytes" in sentence for sentence in document["advice"])
    assert document["kernels"] == {"set": "reference", "seen": True}


def test_custom_operators_by_the_names_of_their_registrations() -> None:
    """TFLM's signal library has a namespace of its own."""
    builder = Builder()
    x, y, z = (builder.tensor(name, (8,), quantization=per_tensor(0.5)) for name in "xyz")
    builder.operator("CUSTOM", [x], [y], custom_code="SignalFftAutoScale")
    builder.operator("CUSTOM", [y], [z], custom_code="TFLite_Detection_PostProcess")
    names = ("11tflm_signal15Register_WINDOWEv", "11tflm_signal23Register_FFT_AUTO_SCALEEv",
             "11tflm_signal21Register_WINDOW_INT16Ev",
             "30Register_DETECTION_POSTPROCESSEv", "20Register_L2NORM_REFEv", "12Register_ADDEv")  # fmt: skip
    symbols = tuple(Symbol(f"_ZN6tflite{name}", 0, 4, "function", "global", 1) for name in names)
    image = Image("arm", 32, "", 0, (), (), symbols)
    found = audit_resolver(image, [read_model(builder.build([x], [z]), "signals")], {})
    assert found.registered == ("ADD", "DETECTION_POSTPROCESS", "FFT_AUTO_SCALE", "WINDOW")
    assert found.unneeded == ("ADD", "WINDOW")


PAD, PADV2 = (
    (f"{length}Register_{name}Ev", f"{parser}EPKNS_8OperatorEPNS_13ErrorReporterEPNS_20BuiltinDataAllocatorEPPv")
    for length, name, parser in ((12, "PAD", "8ParsePad"), (14, "PADV2", "10ParsePadV2"))
)


@pytest.mark.parametrize(
    ("names", "registered"),
    [
        ((PAD[0], *PADV2), ("PADV2",)),
        ((*PAD, *PADV2), ("PAD", "PADV2")),
        (PAD, ("PAD",)),
        ((PAD[0], PADV2[0]), ("PAD", "PADV2")),
    ],
)
def test_a_registration_that_another_one_calls(names: tuple[str, ...], registered: tuple[str, ...]) -> None:
    """GCC makes Register_PADV2 a call of the equal Register_PAD: 98 of 97 lines of a resolver."""
    symbols = tuple(Symbol(f"_ZN6tflite{name}", 0, 4, "function", "global", 1) for name in names)
    assert audit_resolver(Image("arm", 32, "", 0, (), (), symbols), [], {}).registered == registered


def test_the_map_tells_more_of_kernels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kernels = tmp_path / "tensorflow" / "lite" / "micro" / "kernels"
    kernels.mkdir(parents=True)
    (kernels / "conv.cc").write_text(KERNEL.format(body="x = x * 3 + (x >> 4);", opcode="CONV_2D"))
    (kernels / "add.cc").write_text(KERNEL.format(body="x = x * 5;", opcode="ADD"))
    compiler = ("arm-none-eabi-g++", *ARM[1:], "-fno-exceptions", *SECTIONS)
    objects = []
    for stem in ("conv", "add"):
        objects.append(f"tensorflow/lite/micro/kernels/{stem}.o")
        link_nothing = ["-c", objects[-1].replace(".o", ".cc"), "-o", objects[-1]]
        subprocess.run([tool(compiler[0]), *compiler[1:], *link_nothing], cwd=tmp_path, check=True)
    sources = {
        "main.cpp": array("g_model", model(), "extern const __attribute__((aligned(16)))") + USES_KERNELS,
        "chip.ld": SCRIPT,
    }
    link(tmp_path, compiler, sources, *objects, "-T", "chip.ld")
    by_symbols = audited(tmp_path / "firmware.elf", capsys)["resolver"]["unneeded_bytes"]
    by_map = audited(tmp_path / "firmware.elf", capsys, "--map", str(tmp_path / "firmware.map"))["resolver"]
    assert by_map["unneeded"] == ["CONV_2D"]
    (register,) = (size for name, size in symbols(tmp_path) if name.endswith("Register_CONV_2D()"))
    assert by_map["unneeded_bytes"] >= by_symbols + register


def symbols(folder: Path) -> list[tuple[str, int]]:
    """(demangled name, size) of what `nm` lists."""
    command = ["arm-none-eabi-nm", "-S", "-C", "firmware.elf"]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=3) for line in output.splitlines()]
    return [(row[3], int(row[1], 16)) for row in rows if len(row) == 4]


def test_avr_keeps_constants_in_ram(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = array("g_model", model(4)) + "volatile int sink; int main(void) { sink = g_model[sink]; return 0; }\n"
    link(tmp_path, AVR, {"main.c": code})
    document = audited(tmp_path / "firmware.elf", capsys)
    assert document["models"][0]["in_ram"]
    assert "PROGMEM" in document["advice"][0]


def test_compiled_runtime_as_an_alternative(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = audited(build(tmp_path, array("g_model", model()), "g_model"), capsys)
    (found,) = document["models"]
    assert 0 < found["compiled_arena"] < found["arena"]["size"]
    assert any(f"{found['compiled_arena']:,} bytes" in sentence for sentence in document["advice"])


@pytest.mark.parametrize("kernels", ["reference", "cmsis-nn-mve", "esp-nn-s3"])
def test_kernels_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str], kernels: str) -> None:
    document = audited(build(tmp_path, array("g_model", model()), "g_model"), capsys, "--kernels", kernels)
    assert document["kernels"] == {"set": kernels, "seen": True}


def test_damaged_models_are_survived(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf = build(tmp_path, array("g_model", model()), "g_model")
    whole = elf.read_bytes()
    start = whole.index(b"TFL3") - 4
    for position in range(start, start + len(model()), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        elf.write_bytes(damaged)
        assert main(["audit", str(elf), "--json"]) == 0
        json.loads(capsys.readouterr().out)


def test_many_hits_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hit = struct.pack("<I", 16) + b"TFL3"
    document = audited(build(tmp_path, array("hits", hit * 4000), "hits"), capsys)
    assert document["models"] == []


def test_extent_of_a_file_in_more_bytes(shared_models: Path) -> None:
    for path in shared_models.glob("*.tflite"):
        data = path.read_bytes()
        extent = model_extent(data + b"\xff" * 100)
        assert extent is not None
        assert 0 <= len(data) - extent < 16, "a file may end in bytes that nothing refers to"
        assert read_model(data[:extent], "m") == read_model(data, "m")
        assert model_extent(data[:-100]) is None
    assert model_extent(b"") is model_extent(b"\0\0\0\0TFL3") is None


@pytest.mark.parametrize(
    "symbol, name",
    [
        ("g_model", "g_model"),
        ("_ZL7g_model", "g_model"),
        ("_ZN12_GLOBAL__N_17g_modelE", "g_model"),
        ("_ZN3app3net7g_modelE", "g_model"),
        ("_Zoo", "_Zoo"),
        ("_Z9999x", "x"),
        ("_Z", "_Z"),
    ],
)
def test_plain_names(symbol: str, name: str) -> None:
    assert plain_name(symbol) == name


def test_models_of_the_compiled_runtime_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.c").write_text(
        "unsigned char net_arena[64]; void tinyml_copy(void) {} void net_invoke(void) {}\n"
        "int main(void) { tinyml_copy(); net_invoke(); return net_arena[0]; }\n"
    )
    elf = tmp_path / "net.elf"
    subprocess.run(["gcc", str(tmp_path / "net.c"), "-o", str(elf)], check=True)
    assert main(["audit", str(elf)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "compiled runtime: net." in text
