"""ONNX and .pt2 files: what is looked at before anything loads them, and their other order of dimensions."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile_models import long_tag
from quantize_samples import field

from platformio_tinyml.quantize.key import content_hash
from platformio_tinyml.quantize.workers.inputs import Input, channels_last, shaped
from platformio_tinyml.quantize.workers.say import Refusal
from platformio_tinyml.quantize.workers.untrusted import examine, take_copy


def onnx_node(operator: str, domain: str = "", attribute: bytes = b"") -> bytes:
    return field(4, operator) + field(7, domain) + (field(5, attribute) if attribute else b"")


def onnx(path: Path, *nodes: bytes, weights: bytes = b"", functions: bytes = b"") -> Path:
    """A file with a graph of these nodes; `weights` is an initializer."""
    graph = field(1, *nodes) + (field(5, weights) if weights else b"")
    path.write_bytes(b"\x08\x08" + field(7, graph) + functions)
    return path


def external(location: str) -> bytes:
    """A tensor whose values lie in another file."""
    return field(13, field(1, "location") + field(2, location))


def said_of(source: Path, kind: str, folder: Path) -> str:
    folder.mkdir()
    try:
        return "; ".join(examine(take_copy(source, kind, folder), kind).code)
    except Refusal as refusal:
        return refusal.message


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ((onnx_node("Relu"), onnx_node("Conv")), ""),
        ((onnx_node("ImageDecoder"),), "the operator ImageDecoder"),
        ((onnx_node("os.system"),), "the operator os.system"),
        ((onnx_node("Relu", "ai.mine"),), "the operator ai.mine.Relu"),
        ((onnx_node("Relu") + field(7, "ai.mine"),), "the operator ai.mine.Relu"),
        ((onnx_node("Relu") + long_tag(4, b"Evil"),), "is damaged: a field with the tag 0x1"),
        ((onnx_node("If", attribute=field(6, field(1, onnx_node("Evil")))),), "the operator Evil"),
        ((onnx_node("Constant", attribute=field(5, external("../../etc/passwd"))),), "weights in the file ../../etc"),
        ((onnx_node("Constant", attribute=field(22, b"")),), "sparse weights"),
    ],
)
def test_nodes_of_onnx(tmp_path: Path, nodes: tuple[bytes, ...], said: str) -> None:
    found = said_of(onnx(tmp_path / "m.onnx", *nodes), "onnx", tmp_path / "copy")
    assert (said in found) if said else not found


def test_functions_of_onnx_are_looked_at(tmp_path: Path) -> None:
    source = onnx(tmp_path / "m.onnx", onnx_node("Relu"), functions=field(25, field(7, onnx_node("Evil"))))
    assert "the operator Evil" in said_of(source, "onnx", tmp_path / "copy")


@pytest.mark.parametrize("location", ["/etc/passwd", "m.onnx", "other.bin", "sub/m.onnx.data", "./m.onnx.data", ""])
def test_weights_elsewhere_are_not_read(tmp_path: Path, location: str) -> None:
    source = onnx(tmp_path / "m.onnx", onnx_node("Relu"), weights=external(location))
    assert "only m.onnx.data beside it is read" in said_of(source, "onnx", tmp_path / "copy")


@pytest.mark.parametrize("first", ["", "offset", "location"])
def test_the_last_of_two_names_counts(tmp_path: Path, first: str) -> None:
    """Readers of protocol buffers take the last of a field that is there twice."""
    entry = field(1, first) + field(1, "location") + field(2, "m.onnx.data") + field(2, "/etc/passwd")
    source = onnx(tmp_path / "m.onnx", onnx_node("Relu"), weights=field(13, entry))
    assert "weights in the file /etc/passwd" in said_of(source, "onnx", tmp_path / "copy")


def test_weights_beside_the_model(tmp_path: Path) -> None:
    source = onnx(tmp_path / "m.onnx", onnx_node("Relu"), weights=external("m.onnx.data"))
    (tmp_path / "m.onnx.data").write_bytes(b"1234")
    assert said_of(source, "onnx", tmp_path / "copy") == ""
    assert (tmp_path / "copy" / "model" / "m.onnx.data").read_bytes() == b"1234"
    before = content_hash(source)
    (tmp_path / "m.onnx.data").write_bytes(b"4321")
    assert content_hash(source) != before


def test_a_link_is_no_weights(tmp_path: Path) -> None:
    source = onnx(tmp_path / "m.onnx", onnx_node("Relu"), weights=external("m.onnx.data"))
    (tmp_path / "m.onnx.data").symlink_to("/etc/passwd")
    assert "m.onnx.data is no file" in said_of(source, "onnx", tmp_path / "copy")


@pytest.mark.parametrize("data", [b"", b"anything", b"\x3a\xff\xff\xff\xff\x0f", b"\x08\x08"])
def test_damaged_onnx(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(data)
    assert "damaged" in said_of(tmp_path / "m.onnx", "onnx", tmp_path / "copy")


def test_graphs_in_graphs_end(tmp_path: Path) -> None:
    graph = field(1, onnx_node("Relu"))
    for _ in range(40):
        graph = field(1, onnx_node("If", attribute=field(6, graph)))
    (tmp_path / "m.onnx").write_bytes(field(7, graph))
    assert "too deep" in said_of(tmp_path / "m.onnx", "onnx", tmp_path / "copy")


def program() -> dict[str, Any]:
    """The least that a .pt2 archive's graph has."""
    spec = json.dumps([1, {"type": "builtins.tuple", "context": "null", "children_spec": []}])
    node = {
        "target": "torch.ops.aten.relu.default",
        "inputs": [{"arg": {"as_tensor": {"name": "x"}}}],
        "metadata": {"source_fn_stack": "l,os.system"},
    }
    call = {"fqn": "", "signature": {"in_spec": spec, "out_spec": spec}}
    return {
        "graph_module": {
            "graph": {"nodes": [node]},
            "metadata": {"custom": "x"},
            "module_call_graph": [call],
            "treespec_namedtuple_fields": {"a": 1},
        },
        "range_constraints": {},
        "guards_code": ["__import__('os').system('x')"],
    }


def weight(**changes: Any) -> dict[str, Any]:
    return {"path_name": "weight_0", "use_pickle": False, **changes}


def pt2(path: Path, graph: Any, weights: Any = None, constants: Any = None, root: str = "net") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{root}/models/model.json", json.dumps(graph))
        archive.writestr(f"{root}/data/weights/model_weights_config.json", json.dumps({"config": weights or {}}))
        archive.writestr(f"{root}/data/constants/model_constants_config.json", json.dumps({"config": constants or {}}))
        archive.writestr(f"{root}/data/weights/weight_0", b"\0" * 16)
        archive.writestr(f"{root}/data/sample_inputs/model.pt", b"a pickle")
    return path


def test_a_pt2_is_written_anew_without_code(tmp_path: Path) -> None:
    source = pt2(tmp_path / "m.pt2", program(), {"w": weight()})
    (tmp_path / "copy").mkdir()
    copy = take_copy(source, "pt2", tmp_path / "copy")
    assert examine(copy, "pt2").code == ()
    with zipfile.ZipFile(copy) as archive:
        made = json.loads(archive.read("model/models/model.json"))
        assert archive.read("model/data/sample_inputs/model.pt") == b""
        assert archive.read("model/data/weights/weight_0") == b"\0" * 16
    assert made["guards_code"] == []
    assert made["graph_module"]["metadata"] == {}
    assert made["graph_module"]["graph"]["nodes"][0]["metadata"] == {}


def _target(name: str) -> Callable[[Any], None]:
    def change(graph: Any) -> None:
        graph["graph_module"]["graph"]["nodes"][0]["target"] = name

    return change


def _argument(value: Any) -> Callable[[Any], None]:
    def change(graph: Any) -> None:
        graph["graph_module"]["graph"]["nodes"][0]["inputs"][0]["arg"] = value

    return change


def _ranges(graph: Any) -> None:
    graph["range_constraints"] = {"__import__('os')": {}}


def _spec(graph: Any) -> None:
    graph["graph_module"]["module_call_graph"][0]["signature"]["in_spec"] = json.dumps([1, {"type": "mine.Evil"}])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_target("torch.hub.load"), "the operator torch.hub.load"),
        (_target("torch.ops.aten.from_file.default"), "the operator torch.ops.aten.from_file.default"),
        (_target("torch.ops.mine.evil.default"), "the operator torch.ops.mine.evil.default"),
        (_target("_operator.attrgetter"), "the operator _operator.attrgetter"),
        (_target("#evil:x"), "the operator #evil:x"),
        (_target("torch.ops.aten.relu.default\n"), "the operator"),
        (_argument({"as_operator": "torch.load"}), "an operator as a value"),
        (_argument({"as_custom_obj": {"name": "x"}}), "an object of Python's"),
        (_argument({"as_graph": {"graph": {"nodes": [{"target": "torch.load"}]}}}), "the operator torch.load"),
        (_argument({"as_sym_int": {"as_expr": {"expr_str": "__import__('os').system('x')"}}}), "open dimensions"),
        (_ranges, "open dimensions"),
        (_spec, "inputs or outputs in a mine.Evil"),
    ],
)
def test_what_a_pt2_may_not_hold(tmp_path: Path, change: Callable[[Any], None], said: str) -> None:
    graph = program()
    change(graph)
    assert said in said_of(pt2(tmp_path / "m.pt2", graph, {"w": weight()}), "pt2", tmp_path / "copy")


@pytest.mark.parametrize(
    "changes", [{"use_pickle": True}, {"path_name": "../weight_0"}, {"path_name": "opaque_obj_0"}, {"path_name": "x"}]
)
def test_pickles_of_a_pt2(tmp_path: Path, changes: dict[str, Any]) -> None:
    source = pt2(tmp_path / "m.pt2", program(), {"w": weight(**changes)})
    assert said_of(source, "pt2", tmp_path / "a") == "the pickled weight w"
    source = pt2(tmp_path / "m.pt2", program(), constants={"c": weight(**{"path_name": "custom_obj_0", **changes})})
    assert said_of(source, "pt2", tmp_path / "b") == "the pickled constant c"


def test_an_archive_of_another_version(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.pt2", "w") as archive:
        archive.writestr("serialized_exported_program.json", "{}")
        archive.writestr("serialized_state_dict.pt", "pickle")
    assert "of a PyTorch before 2.9" in said_of(tmp_path / "m.pt2", "pt2", tmp_path / "copy")


@pytest.mark.parametrize("change", [{"graph_module": []}, {"range_constraints": None, "graph_module": {}}])
def test_a_damaged_pt2(tmp_path: Path, change: dict[str, Any]) -> None:
    assert "damaged" in said_of(pt2(tmp_path / "m.pt2", program() | change), "pt2", tmp_path / "copy")


def test_samples_may_have_either_order() -> None:
    wanted = channels_last("x", (1, 3, 4, 5))
    assert wanted == Input("x", (1, 4, 5, 3), (0, 3, 1, 2))
    first = np.arange(2 * 60, dtype=np.float32).reshape(2, 3, 4, 5)
    last = np.moveaxis(first, 1, -1)
    for given in (first, last, first.reshape(2, 60)):
        assert (shaped(given, wanted, "x")[:, 0] == last).all()
    assert (wanted.to_source(last) == first).all()
    assert wanted.in_source(wanted.shape) == (1, 3, 4, 5)
    with pytest.raises(Refusal):
        shaped(np.zeros((2, 5, 4, 3)), wanted, "x")


def test_equal_sizes_are_in_the_order_of_the_source() -> None:
    first = np.arange(27, dtype=np.float32).reshape(1, 3, 3, 3)
    assert (shaped(first, channels_last("x", (1, 3, 3, 3)), "x")[0] == np.moveaxis(first, 1, -1)).all()
