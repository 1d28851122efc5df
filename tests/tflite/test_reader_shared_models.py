"""Real models, field by field against the generated accessors read through numpy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
import tflite as schema

import platformio_tinyml
from platformio_tinyml.model import Model
from platformio_tinyml.tflite import read_model_file

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared" / "models"
MODELS = (
    "ad01_float",
    "ad01_int8",
    "hello_world_int8",
    "kws_float",
    "kws_ref_model",
    "micro_speech_quantized",
    "pretrainedResnet_quant",
    "vww_96_int8",
)
OPCODES = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}


def shared(name: str) -> Path:
    path = SHARED / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


def numbers(array: Any) -> tuple[Any, ...]:
    """What `...AsNumpy()` returned (0 where the vector is absent)."""
    return () if isinstance(array, int) else tuple(array.tolist())


def snake_case_fields(options: Any) -> dict[str, Any]:
    """Every getter of an options accessor without arguments, by its name in lower case."""
    skipped = ("Init", "GetRootAs", "NewShape", "Length", "IsNone", "HasIdentifier", "AsNumpy")
    return {
        name.lower(): getattr(options, name)()
        for name in dir(options)
        if not name.startswith("_") and not any(word in name for word in skipped)
    }


@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_numpy(name: str) -> None:
    path = shared(name)
    model = read_model_file(path)
    file = schema.Model.GetRootAs(path.read_bytes())
    graph = file.Subgraphs(0)
    assert model.name == name
    assert model.description == (file.Description() or b"").decode()
    assert model.inputs == numbers(graph.InputsAsNumpy())
    assert model.outputs == numbers(graph.OutputsAsNumpy())
    assert len(model.tensors) == graph.TensorsLength()
    assert len(model.operators) == graph.OperatorsLength()
    for index in range(graph.TensorsLength()):
        compare_tensor(model, index, file, graph.Tensors(index))
    for index in range(graph.OperatorsLength()):
        compare_operator(model, index, file, graph.Operators(index))


def compare_tensor(model: Model, index: int, file: Any, expected: Any) -> None:
    tensor = model.tensors[index]
    assert tensor.index == index
    assert tensor.name.encode() == expected.Name()
    assert tensor.shape == numbers(expected.ShapeAsNumpy())
    assert tensor.type.code == expected.Type()
    assert tensor.is_variable == expected.IsVariable()
    data = file.Buffers(expected.Buffer()).DataAsNumpy()
    if isinstance(data, int) or data.size == 0:
        assert tensor.data is None
    else:
        assert np.array_equal(np.frombuffer(tensor.data or b"", np.uint8), data)
    parameters = expected.Quantization()
    scales = numbers(parameters.ScaleAsNumpy()) if parameters else ()
    if tensor.quantization is None:
        assert scales == ()
        return
    assert tensor.quantization.scale == scales
    assert tensor.quantization.zero_point == numbers(parameters.ZeroPointAsNumpy())
    assert tensor.quantization.quantized_dimension == parameters.QuantizedDimension()


def compare_operator(model: Model, index: int, file: Any, expected: Any) -> None:
    operator = model.operators[index]
    code = file.OperatorCodes(expected.OpcodeIndex())
    assert operator.index == index
    assert operator.opcode == OPCODES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    assert operator.version == code.Version()
    assert operator.inputs == numbers(expected.InputsAsNumpy())
    assert operator.outputs == numbers(expected.OutputsAsNumpy())
    union = expected.BuiltinOptions()
    if operator.options is None:
        assert union is None
        return
    kind = type(operator.options).__name__
    assert expected.BuiltinOptionsType() == getattr(schema.BuiltinOptions, kind)
    options = getattr(schema, kind)()
    options.Init(union.Bytes, union.Pos)
    renamed = {
        "activation": "fusedactivationfunction",
        "dilation_h": "dilationhfactor",
        "dilation_w": "dilationwfactor",
        "filter_h": "filterheight",
        "filter_w": "filterwidth",
    }
    fields = {**snake_case_fields(options), "newshape": numbers(getattr(options, "NewShapeAsNumpy", int)())}
    fields["narrowsums"] = fields.get("quantizedbiastype") == schema.TensorType.INT32
    for field in type(operator.options).__dataclass_fields__:
        value = getattr(operator.options, field)
        assert getattr(value, "value", value) == fields[renamed.get(field, field.replace("_", ""))], field


def test_works_without_numpy_and_without_the_whole_accessor_package(tmp_path: Path) -> None:
    """Numpy absent, as in the build: links to only the two packages that reading needs, in an isolated interpreter."""
    model = shared("kws_ref_model")
    for package in (flatbuffers, schema, platformio_tinyml):
        folder = Path(package.__file__).parent
        (tmp_path / folder.name).symlink_to(folder)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from pathlib import Path\n"
        "from platformio_tinyml.tflite import read_model_file\n"
        f"print(len(read_model_file(Path({str(model)!r})).operators))\n"
        "loaded = sorted(name for name in sys.modules if name.split('.')[0] in ('tflite', 'numpy'))\n"
        "print(*loaded)\n"
        "import tflite\n"
        "assert tflite.Model.GetRootAs and tflite.BuiltinOperator.ADD == 0 and tflite.MulOptions\n"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    operators, loaded = result.stdout.splitlines()
    assert operators == "13"
    assert "numpy" not in loaded.split()
    assert "tflite" not in loaded.split()
    assert len(loaded.split()) < 20


@pytest.mark.parametrize("name", [name for name in MODELS if not name.endswith("float")])
def test_inputs_and_outputs_agree_with_tflm(name: str) -> None:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")
    model = read_model_file(shared(name))
    interpreter = runtime.Interpreter.from_file(str(shared(name)))
    details = [
        (interpreter.get_input_details(0), model.inputs[0]),
        (interpreter.get_output_details(0), model.outputs[0]),
    ]
    for detail, index in details:
        tensor = model.tensors[index]
        assert tensor.shape == tuple(detail["shape"])
        assert np.dtype(detail["dtype"]).name.upper() == tensor.type.name
        assert tensor.quantization is not None
        assert tensor.quantization.scale == pytest.approx(detail["quantization_parameters"]["scales"], rel=0)
        assert list(tensor.quantization.zero_point) == list(detail["quantization_parameters"]["zero_points"])
