"""Models that remember, or branch, with a real TFLM in the emulator: equal over several invokes, and after a reset."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import tflite
from model_builder import Builder
from real_tflm import archive, library, link_probe, struct_sizes

from platformio_tinyml.cli.main import main
from platformio_tinyml.emulate.inputs import arbitrary_inputs
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.manifest import Manifest, manifest_from_json
from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    CallOnceOptions,
    IfOptions,
    TensorType,
    VarHandleOptions,
    WhileOptions,
)
from platformio_tinyml.tflite import read_model_file
from platformio_tinyml.tflm.probe import Probe
from platformio_tinyml.tflm.static_plan import static_plan
from platformio_tinyml.tflm.wheel import run_wheel

pytest.importorskip("unicorn", reason="unicorn is not installed")
pytestmark = pytest.mark.slow
INVOKES = 12
MACHINES = ["cortex-m4", "rv32imac"]


@pytest.fixture(scope="module")
def cache(request: pytest.FixtureRequest) -> Path:
    return request.config.cache.mkdir("tflm")


def measured(model: Path, machine: str, cache: Path) -> tuple[Probe, Manifest]:
    """The model linked with the library, in an arena that is as small as can be."""
    folder, include = model.parent, library(machine)
    elf, path = link_probe(model, include, archive(include, machine, cache), machine, folder, "reset")
    assert main(["probe", str(elf), "--manifest", str(path), "-o", str(folder)]) == 0
    probe, manifest = Probe(read_image(elf), model.stem), manifest_from_json(path.read_text())
    assert not probe.accepts(None, manifest.arena.size - 16)
    assert probe.accepts(None, manifest.arena.size)
    bound = static_plan(read_model_file(model), struct_sizes(include, machine, folder)).size
    assert manifest.arena.size <= bound <= manifest.arena.size + 32, (manifest.arena.size, bound)
    return probe, manifest


def outputs_of(model: Path, manifest: Manifest, samples: Sequence[tuple[bytes, ...]]) -> tuple[tuple[bytes, ...], ...]:
    """What the package tflite_micro computes."""
    sizes = [tensor.bytes for tensor in manifest.outputs]
    return tuple(run_wheel(model, len(manifest.inputs), "outputs", range(len(sizes)), sizes, samples))


def with_logits(data: bytes) -> bytes:
    """The same model with the last FULLY_CONNECTED's output for its own: what follows is 0 for all but the word."""
    changed = bytearray(data)
    graph = tflite.Model.GetRootAs(changed).Subgraphs(0)
    last = graph.Operators(graph.OperatorsLength() - 3)
    struct.pack_into("<i", changed, graph._tab.Vector(graph._tab.Offset(8)), last.Outputs(0))
    return bytes(changed)


@pytest.mark.parametrize("name", ["alexa_v1", "hey_jarvis_v2"])
@pytest.mark.parametrize("machine", MACHINES)
def test_wake_words(shared_models: Path, tmp_path: Path, cache: Path, name: str, machine: str) -> None:
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(with_logits((shared_models / path.name).read_bytes()))
    probe, manifest = measured(path, machine, cache)
    samples = tuple(islice(arbitrary_inputs(manifest), INVOKES))
    expected = outputs_of(path, manifest, samples)
    assert len(set(expected)) > INVOKES // 2
    assert 0 < manifest.state < manifest.arena.size
    for _ in range(2):
        assert tuple(probe.invoke_again(manifest, sample) for sample in samples) == expected
        probe.emulator.call(f"{name}_reset")


def with_control_flow() -> bytes:
    """y = -x while the state, which counts from 3 on, is below 5, else 2x; doubled while its square is below 100."""
    builder = Builder()
    scalar, kind = (1,), TensorType.FLOAT32
    start, then, other, cond, body = (builder.another() for _ in range(5))
    for graph, value in ((start, 3.0),):
        handle = graph.tensor("handle", (), TensorType.RESOURCE)
        first = graph.tensor("first", scalar, kind, data=np.array([value], "f4"))
        graph.operator("VAR_HANDLE", [], [handle], VarHandleOptions("", "count"))
        graph.operator("ASSIGN_VARIABLE", [handle, first], [])
    ends: list[tuple[int, int]] = []
    for graph, opcode in ((then, "NEG"), (other, "ADD"), (body, "ADD")):
        x, y = (graph.tensor(name, scalar, kind) for name in "xy")
        options = AddOptions(Activation.NONE, False) if opcode == "ADD" else None
        graph.operator(opcode, [x, x] if opcode == "ADD" else [x], [y], options)
        ends.append((x, y))
    x = cond.tensor("x", scalar, kind)
    limit = cond.tensor("limit", scalar, kind, data=np.array([100], "f4"))
    below = cond.tensor("below", scalar, TensorType.BOOL)
    square = cond.tensor("square", scalar, kind)
    cond.operator("MUL", [x, x], [square], ArithmeticOptions(Activation.NONE))
    cond.operator("LESS", [square, limit], [below])

    handle = builder.tensor("handle", (), TensorType.RESOURCE)
    source, before, after, chosen, result = (
        builder.tensor(name, scalar, kind) for name in ("input", "before", "after", "chosen", "output")
    )
    one, five = (builder.tensor(f"c{value}", scalar, kind, data=np.array([value], "f4")) for value in (1, 5))
    few = builder.tensor("few", scalar, TensorType.BOOL)
    builder.operator("CALL_ONCE", [], [], CallOnceOptions(1))
    builder.operator("VAR_HANDLE", [], [handle], VarHandleOptions("", "count"))
    builder.operator("READ_VARIABLE", [handle], [before])
    builder.operator("ADD", [before, one], [after], AddOptions(Activation.NONE, False))
    builder.operator("ASSIGN_VARIABLE", [handle, after], [])
    builder.operator("LESS", [before, five], [few])
    builder.operator("IF", [few, source], [chosen], IfOptions(2, 3))
    builder.operator("WHILE", [chosen], [result], WhileOptions(4, 5))
    graphs = [(start, [], []), *((g, [a], [b]) for g, (a, b) in zip((then, other), ends, strict=False))]
    graphs += [(cond, [x], [below]), (body, [ends[2][0]], [ends[2][1]])]
    return builder.build([source], [result], others=graphs)


@pytest.mark.parametrize("machine", MACHINES)
def test_control_flow_and_a_first_value(tmp_path: Path, cache: Path, machine: str) -> None:
    """A reset gives the state the value that CALL_ONCE gives it, which TFLM's own does not."""
    path = tmp_path / "flow.tflite"
    path.write_bytes(with_control_flow())
    probe, manifest = measured(path, machine, cache)
    samples = tuple((struct.pack("<f", value),) for value in (3, 3, 3, 3, -2))
    expected = outputs_of(path, manifest, samples)
    assert [struct.unpack("<f", value)[0] for (value,) in expected] == [-12, -12, 12, 12, -16]
    for _ in range(2):
        assert tuple(probe.invoke_again(manifest, sample) for sample in samples) == expected
        probe.emulator.call("flow_reset")
