"""`pio-tinyml inspect`: what is in a model, what would be refused, and a snippet to paste."""

from __future__ import annotations

import argparse
import json
import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from enum import Enum
from pathlib import Path

from ..codegen.tensors import C_TYPES
from ..errors import ExitCode
from ..model import Model, Operator, Options, Tensor, TensorType
from ..model.naming import c_identifier, header_name, printable
from ..operators import OPERATORS, Violation, check_model, operator_macs
from ..simplify import Simplified, simplify, summary
from ..tflite import read_model_file
from .runtimes import RuntimeVerdict, verdicts

EXAMPLE = """example:
  pio-tinyml inspect models/kws.tflite

A model that the compiled runtime would refuse is shown all the same, with the reasons, and the exit code is 0.
"""
WIDTH = 80
"""Columns of the terminal output."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = EXAMPLE
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .tflite file")
    parser.add_argument("--name", metavar="N", help="what the C code calls the model (default: from the file's name)")
    parser.add_argument("--json", action="store_true", help="the same as JSON, with every tensor number and option")


def run(args: argparse.Namespace) -> ExitCode:
    """Read, check, print."""
    model = read_model_file(args.model, args.name)
    simplified = simplify(model)
    violations = check_model(simplified.model)
    runtimes = tuple(verdicts(simplified, args.model.read_bytes()))
    if args.json:
        report = _report(simplified, violations, args.model) | {"runtimes": [each.as_row() for each in runtimes]}
        print(json.dumps(report, indent=2, allow_nan=False))
    else:
        print("\n".join(_text(simplified, violations, runtimes, args.model)))
    return ExitCode.OK


def _report(simplified: Simplified, violations: Sequence[Violation], path: Path) -> dict[str, object]:
    """The JSON object; null is unknown, or none."""
    model = simplified.original
    return {
        "schema": "tinyml-report/1",
        "ok": True,
        "name": model.name,
        "source": str(path),
        "description": model.description,
        "bytes": path.stat().st_size,
        "constant_bytes": _constant_bytes(model),
        "parameters": _parameters(model.tensors),
        "macs": _total_macs(model),
        "subgraphs": model.subgraph_count,
        "inputs": [_tensor_report(model.tensors[index]) for index in model.inputs],
        "outputs": [_tensor_report(model.tensors[index]) for index in model.outputs],
        "operators": [_operator_report(model, operator) for operator in model.operators],
        "violations": [
            {
                "operator": violation.operator or None,
                "name": violation.name or None,
                "rule": violation.rule,
                "found": violation.found,
                "next": violation.next_step,
            }
            for violation in violations
        ],
        "simplification": None if violations else asdict(summary(simplified)),
        "snippet": None if violations else {"platformio_ini": _ini_snippet(model, path), "c": _c_snippet(model)},
    }


def _tensor_report(tensor: Tensor) -> dict[str, object]:
    quantization = tensor.quantization
    return {
        "tensor": tensor.index,
        "name": tensor.name,
        "type": tensor.type.name,
        "shape": tensor.shape,
        "bytes": tensor.size,
        "scale": quantization.scale[0] if quantization and not quantization.per_channel else None,
        "zero_point": quantization.zero_point[0] if quantization and not quantization.per_channel else None,
    }


def _operator_report(model: Model, operator: Operator) -> dict[str, object]:
    output = model.tensors[operator.outputs[0]] if operator.outputs else None
    return {
        "index": operator.index,
        "opcode": operator.opcode,
        "custom_code": operator.custom_code or None,
        "version": operator.version,
        "name": model.operator_name(operator),
        "inputs": operator.inputs,
        "outputs": operator.outputs,
        "input_shapes": [model.tensors[index].shape if index >= 0 else None for index in operator.inputs],
        "shape": output.shape if output else None,
        "type": output.type.name if output else None,
        "bytes": output.size if output else None,
        "weights": _weights_report(_weights(model, operator)),
        "parameters": _operator_parameters(model, operator),
        "macs": _macs(model, operator),
        "options": _options_report(operator.options),
    }


def _weights(model: Model, operator: Operator) -> Tensor | None:
    """The first constant that is a real number: filter, or table."""
    constants = (model.tensors[index] for index in operator.inputs if index >= 0)
    return next((tensor for tensor in constants if _is_parameter(tensor)), None)


def _weights_report(weights: Tensor | None) -> dict[str, object] | None:
    if weights is None:
        return None
    quantization = weights.quantization
    return {
        "type": weights.type.name,
        "shape": weights.shape,
        "bytes": weights.size,
        "scales": len(quantization.scale) if quantization else 0,
        "quantized_dimension": quantization.quantized_dimension if quantization and quantization.per_channel else None,
    }


def _options_report(options: Options | None) -> dict[str, object] | None:
    if options is None:
        return None
    report: dict[str, object] = {}
    for field in fields(options):
        value = getattr(options, field.name)
        if isinstance(value, float) and not math.isfinite(value):
            value = None
        report[field.name] = value.name if isinstance(value, Enum) else value
    return report


def _macs(model: Model, operator: Operator) -> int | None:
    """None where the compiled runtime does not know the operator, or its shapes make no sense."""
    if operator.opcode not in OPERATORS:
        return None
    try:
        return operator_macs(model, operator)
    except (ArithmeticError, LookupError, ValueError):  # only rules that hold promise that it can be counted
        return None


def _total_macs(model: Model) -> int | None:
    total = 0
    for operator in model.operators:
        macs = _macs(model, operator)
        if macs is None:
            return None
        total += macs
    return total


def _parameters(tensors: Iterable[Tensor]) -> int:
    """Elements of weights and biases: constants that are real numbers, so not the shapes that operators read."""
    return sum(tensor.elements for tensor in tensors if _is_parameter(tensor))


def _is_parameter(tensor: Tensor) -> bool:
    return tensor.is_constant and (tensor.quantization is not None or tensor.type is TensorType.FLOAT32)


def _operator_parameters(model: Model, operator: Operator) -> int:
    return _parameters(model.tensors[index] for index in sorted(set(operator.inputs)) if index >= 0)


def _constant_bytes(model: Model) -> int:
    """Bytes of all constants, a buffer that tensors share counted once."""
    return sum({id(tensor.data): len(tensor.data) for tensor in model.tensors if tensor.data is not None}.values())


def _text(
    simplified: Simplified, violations: Sequence[Violation], runtimes: Iterable[RuntimeVerdict], path: Path
) -> list[str]:
    model = simplified.original
    macs = _total_macs(model)
    facts = [
        f"{len(model.operators)} operators",
        f"{_parameters(model.tensors):,} parameters",
        f"{macs:,} MACs" if macs is not None else "MACs unknown",
    ]
    lines = [
        f"{model.name}: {', '.join(facts)}",
        f"{printable(path.name, 50)}: {path.stat().st_size:,} bytes, {_constant_bytes(model):,} of them constants",
    ]
    for role, indices, titles in (
        ("input", model.inputs, model.input_titles),
        ("output", model.outputs, model.output_titles),
    ):
        lines.append("")
        for position, (index, title) in enumerate(zip(indices, titles, strict=True)):
            lines += _port_lines(f"{role} {position}", title, model.tensors[index])
    lines += ["", *_operator_table(model), ""]
    for runtime in runtimes:
        lines += _wrapped("", runtime.text())
    for text in () if violations else summary(simplified).sentences():
        lines += _wrapped("", f"compiled: {text}")
    return [*lines, "", *(_violation_lines(violations) if violations else _snippets(model, path))]


def _port_lines(role: str, title: str, tensor: Tensor) -> list[str]:
    kind = f"{printable(_shape(tensor), 40)} {tensor.type.name}, {tensor.size:,} bytes"
    lines = [f"{role}: {printable(title, max(4, min(30, WIDTH - len(role) - len(kind) - 4)))}  {kind}"]
    quantization = tensor.quantization
    if quantization and not quantization.per_channel:
        zero_point = quantization.zero_point[0]
        lines.append(f"  real = {quantization.scale[0]:.9g} * (q {'+' if zero_point < 0 else '-'} {abs(zero_point)})")
    return lines


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"


def _operator_table(model: Model) -> list[str]:
    """A row per operator, in WIDTH columns: the name takes what the others leave."""
    rows = [("#", "operator", "output", "shape", "type", "bytes", "weights", "params", "MACs")]
    for operator in model.operators:
        output = model.tensors[operator.outputs[0]] if operator.outputs else None
        macs = _macs(model, operator)
        rows.append(
            (
                str(operator.index),
                printable(f"{operator.opcode} {operator.custom_code}".rstrip(), 22),
                output.name if output else "",
                printable(_shape(output), 14) if output else "",
                output.type.name if output else "",
                _number(output.size if output else None),
                _quantized_how(_weights(model, operator)),
                _number(_operator_parameters(model, operator)),
                "?" if macs is None else _number(macs),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    name = rows[0].index("output")
    widths[name] = max(4, WIDTH - (sum(widths) - widths[name]) - (len(widths) - 1))
    for column in (1, 3):  # a custom operator has a name of any length, and a shape up to 16 dimensions
        widths[column] -= max(0, min(sum(widths) + len(widths) - 1 - WIDTH, widths[column] - 8))
    numbers = (0, 5, 7, 8)
    return [
        " ".join(
            cell.rjust(width) if column in numbers else printable(cell, width).ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _number(value: int | None) -> str:
    """Exact while a column holds it; JSON has them all."""
    if value is None:
        return ""
    return f"{value:,}" if value < 100_000_000 else f"{value:.2e}"


def _quantized_how(weights: Tensor | None) -> str:
    """`INT8 x64`: a scale for each of 64 channels; `INT8`: one for all."""
    if weights is None:
        return ""
    quantization = weights.quantization
    return weights.type.name + (f" x{len(quantization.scale)}" if quantization and quantization.per_channel else "")


def _violation_lines(violations: Sequence[Violation]) -> list[str]:
    lines = ["The compiled runtime refuses it:"]
    for violation in violations:
        where = f"{violation.operator} {printable(violation.name, 60)}".strip() or "the model"
        lines += ["", *_wrapped("- ", where), *_wrapped("  ", violation.rule)]
        lines += _wrapped("  found: ", violation.found) + _wrapped("  next: ", violation.next_step)
    return lines


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(printable(text, 600), WIDTH, initial_indent=start, subsequent_indent=" " * len(start))


def _snippets(model: Model, path: Path) -> list[str]:
    ini = textwrap.indent(_ini_snippet(model, path), "    ")
    code = textwrap.indent(_c_snippet(model), "    ")
    return ["platformio.ini, in the environment:", "", ini, "", "C or C++:", "", code]


def _ini_snippet(model: Model, path: Path) -> str:
    """Lines of an environment for the file in models/; a file name that an ini file would take apart is replaced."""
    file = path.name if re.fullmatch(r"[\w.()+@=-][\w .()+@=-]*", path.name) else f"{model.name}.tflite"
    lines = [f"lib_deps = symlink://{_library()}", f"custom_tinyml_models = models/{file}"]
    key = c_identifier(Path(file).stem.removesuffix(".int8"))
    if key != model.name:
        lines.append(f"custom_tinyml_{key.lower()}_name = {model.name}")
    return "\n".join(lines)


def _library() -> str:
    """This library's folder, until it is in the registry; a placeholder where there is none that an ini file takes."""
    folder = Path(__file__).parents[2]
    path = folder.as_posix()
    plain = (folder / "library.json").is_file() and re.fullmatch(r"[\w/:.+@=-]+", path)
    return path if plain else "/path/to/platformio-tinyml"


def _c_snippet(model: Model) -> str:
    name = model.name
    lines = [f"#include <{header_name(name)}>", "", f"{name}_init();"]
    for position, index in enumerate(model.inputs):
        tensor = model.tensors[index]
        lines.append(
            f"{_c_type(tensor)} *in{position} = {name}_input_{position}();  /* write {tensor.elements} each time */"
        )
    lines.append(f"{name}_invoke();")
    for position, index in enumerate(model.outputs):
        tensor = model.tensors[index]
        pointer = f"const {_c_type(tensor)} *out{position}"
        lines.append(f"{pointer} = {name}_output_{position}();  /* read {tensor.elements} */")
    return "\n".join(lines)


def _c_type(tensor: Tensor) -> str:
    return C_TYPES.get(tensor.type, "int8_t")
