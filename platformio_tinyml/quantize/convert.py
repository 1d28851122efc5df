"""Source, data and options -> an int8 file: what `quantize` and `lock` do."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import ModelError, OverBudgetError, SetupError, UsageError
from ..files import is_special, write_bytes, write_text
from ..model import Model
from ..model.naming import printable
from ..tflite import read_model_file
from ..tflite.narrowed import narrowed
from ..tflm.refused import MOST_JOINED
from ..tool_env import locked
from . import lock
from .environment import ConversionEnvironment
from .key import conversion_key
from .request import RANDOM, Request
from .result import Accuracy, Calibration, OperatorError, Result, as_document, from_document
from .run import WorkerDied, run_worker
from .source import (
    FLOAT_TFLITE,
    HYBRID_TFLITE,
    INT8_TFLITE,
    INT16_TFLITE,
    NAMES,
    READY,
    recognise,
    recognise_tflite,
    refuse_custom_operators,
)
from .text import article, describe

Announce = Callable[[str], None]

_COMPARING = "comparing float and int8"  # the stage of workers/accuracy.py
_NOTES = {
    INT8_TFLITE: ("int8 already: taken as it is, and its accuracy not known",),
    INT16_TFLITE: ("int16 already: taken as it is, and its accuracy not known",),
    HYBRID_TFLITE: ("its weights were int8 already; made from the float model it may be more accurate",),
}


def convert(
    request: Request,
    output: Path,
    environment: ConversionEnvironment,
    announce: Announce,
    *,
    report: Path | None = None,
    max_drop: float | None = None,
    timeout: float = 1800,
) -> Result:
    """Write the int8 form of `request.source` to `output`, and the result's JSON to `report`.

    Both appear whole or not at all, `output` last. With `report` nothing is done twice: where both files stand for the
    same key, they are taken, and processes that want the same wait for one of them. OverBudgetError where the accuracy
    drops by more than `max_drop`: then `output` is not written.
    """
    kind, environment = recognise(request.source), environment.of(request.source)
    _check(request, kind)
    if kind in (FLOAT_TFLITE, HYBRID_TFLITE) and not request.allow_unsafe:
        refuse_custom_operators(request.source)
    _refuse_overwriting(request, output)
    if report is None:
        result = _convert(request, kind, output, environment, announce, max_drop, timeout)
    else:
        key = _key(request, kind, environment)
        with _folder_of(report), _held(report):
            stored = _stored(report, output, key)
            result = stored or _convert(request, kind, output, environment, announce, max_drop, timeout, report)
            _judge(result, max_drop)
    return result


def write_lock(
    request: Request,
    environment: ConversionEnvironment,
    announce: Announce,
    *,
    max_drop: float | None = None,
    timeout: float = 1800,
) -> Result:
    """Write the int8 file and the lock beside the source. UsageError for a source that is int8 already."""
    if recognise(request.source) in READY:
        raise UsageError(
            f"{printable(str(request.source))} is int8 already: it needs no lock", "Commit it and name it as the model."
        )
    output = lock.int8_path(request.source)
    result = convert(request, output, environment, announce, max_drop=max_drop, timeout=timeout)
    lock.write(request, result)
    return result


def _check(request: Request, kind: str) -> None:
    shown = printable(str(request.source))
    if kind not in READY and request.data is None:
        raise UsageError(
            f"{shown} is {article(NAMES[kind])}: to make it int8, samples like those that the device will see are "
            "needed",
            "Save 200 of the training inputs, as the model gets them, with numpy.savez('samples.npz', x=samples), "
            "and name that file: custom_tinyml_data = samples.npz (command line: --data samples.npz). "
            "For a first look without: random.",
            code="data-missing",
        )
    for what, path in (("data", request.data_path), ("evaluation data", request.evaluation)):
        if path is not None and not path.exists():
            raise UsageError(f"{what}: there is no {printable(str(path))}", "Check the path.", code="data-missing")


def _refuse_overwriting(request: Request, output: Path) -> None:
    """UsageError where writing `output` would destroy what it is made of."""
    if output.is_dir():
        raise UsageError(f"{printable(str(output))} is a folder", "Give the name of a .tflite file.")
    for path in (request.source, request.data_path, request.evaluation):
        if path is not None and path.resolve() == output.resolve():
            raise UsageError(f"{printable(str(output))} would be overwritten by its result", "Choose another -o.")


def _key(request: Request, kind: str, environment: ConversionEnvironment) -> str:
    return conversion_key(request, "" if kind in READY else environment.identity())


def _stored(report: Path, output: Path, key: str) -> Result | None:
    """The result that stands already."""
    try:
        stored = from_document(json.loads(report.read_text("utf-8")))
        whole = hashlib.sha256(output.read_bytes()).hexdigest() == stored.sha256
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return replace(stored, output=str(output)) if whole and stored.key == key else None


def _convert(
    request: Request,
    kind: str,
    output: Path,
    environment: ConversionEnvironment,
    announce: Announce,
    max_drop: float | None,
    timeout: float,
    report: Path | None = None,
) -> Result:
    started = time.monotonic()
    with _folder_of(output) as folder, _temporary_folder(folder) as temporary:
        made = temporary / "model.tflite"
        key = _key(request, kind, environment)
        if kind in READY:
            shutil.copyfile(request.source, made)
            answer: dict[str, Any] = {}
        else:
            python = environment.ensure(announce)
            arguments = _arguments(request, kind, made)
            if request.data_path is not None and request.data_path.suffix == ".py":
                samples = temporary / "samples.npz"
                collect = ["--collect", str(request.data_path.absolute()), "--output", str(samples.absolute())]
                run_worker(python, collect, announce, timeout)
                arguments += ["--collected", str(samples.absolute())]
            answer = _run(python, arguments, announce, timeout)
            _narrow(made)
        result = _result(request, kind, output, made, key, answer, time.monotonic() - started)
        if report is not None:
            write_text(report, json.dumps(as_document(result), indent=2) + "\n")
        _judge(result, max_drop)
        write_bytes(output, made.read_bytes())
    return result


def _narrow(made: Path) -> None:
    """CONCATENATIONs that an unrolled layer leaves, of more inputs than TFLM joins, become several."""
    data = narrowed(made.read_bytes(), MOST_JOINED)
    if data is not None:
        write_bytes(made, data)


def _run(python: Path, arguments: list[str], announce: Announce, timeout: float) -> dict[str, Any]:
    """The worker's answer. Where TensorFlow Lite Micro's kernels end the process, LiteRT takes their place."""
    try:
        return run_worker(python, arguments, announce, timeout)
    except WorkerDied as death:
        if not death.stage.startswith(_COMPARING):
            raise
        answer = run_worker(python, [*arguments, "--runtime", "litert"], announce, timeout)
        note = (
            f"TensorFlow Lite Micro's own kernels end the process with this model ({death.signal_name}): try it early"
        )
        return {**answer, "notes": [*answer["notes"], note]}


def _arguments(request: Request, kind: str, output: Path) -> list[str]:
    """The worker's command line. Paths are absolute: it runs elsewhere."""
    arguments = ["--source", str(request.source.absolute()), "--kind", kind, "--output", str(output.absolute())]
    arguments += ["--input-type", request.input_type, "--activations", request.activations]
    arguments += ["--data", RANDOM if request.data_path is None else str(request.data_path.absolute())]
    if request.evaluation:
        arguments += ["--eval", str(request.evaluation.absolute())]
    if request.data_range:
        arguments += ["--data-range", *(str(value) for value in request.data_range)]
    if request.allow_unsafe:
        arguments.append("--allow-unsafe")
    return arguments


def _result(
    request: Request, kind: str, output: Path, made: Path, key: str, answer: dict[str, Any], seconds: float
) -> Result:
    model = read_model_file(made)
    shown = f"{printable(str(request.source))}, converted,"
    if recognise_tflite(model, shown) not in READY:
        raise ModelError(f"{shown} is float still", "None of its operators has an int8 form.", code="not-int8")
    data = made.read_bytes()
    types = {model.tensors[index].type.name for index in (*model.inputs, *model.outputs)}
    return Result(
        source=str(request.source),
        kind=kind,
        output=str(output),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        input_type=types.pop().lower() if len(types) == 1 and not types & {"FLOAT32"} else "float",
        key=key,
        calibration=Calibration(**answer["calibration"]) if answer else Calibration("none"),
        accuracy=_accuracy(answer["accuracy"], model) if answer else None,
        float_size=answer.get("float_size"),
        notes=(*answer.get("notes", ()), *_NOTES.get(kind, ())),
        warnings=tuple(answer.get("warnings", ())),
        versions=tuple(sorted(answer.get("versions", {}).items())),
        seconds=round(seconds, 2),
    )


def _accuracy(answer: dict[str, Any], model: Model) -> Accuracy:
    """The worker's figures, its errors by tensor name given to the operators that write the tensors."""
    by_name = answer.pop("sqnr_db")
    errors = [
        OperatorError(operator.index, operator.opcode, name, by_name[name])
        for operator in model.operators
        if (name := model.operator_name(operator)) in by_name
    ]
    errors.sort(key=lambda error: (float("inf") if error.sqnr_db is None else error.sqnr_db, error.index))
    return Accuracy(**answer, operators=tuple(errors))


def _judge(result: Result, max_drop: float | None) -> None:
    accuracy = result.accuracy
    if max_drop is None or accuracy is None or accuracy.drop <= max_drop:
        return
    worst = next((f", most in {e.opcode} {printable(e.name, 40)}" for e in accuracy.operators), "")
    raise OverBudgetError(
        f"int8 loses {accuracy.drop:.2%}, and {max_drop:.2%} are allowed: {describe(accuracy)}{worst}",
        "Give more samples that are like those of the device, train with quantization in mind, or allow more.",
        code="accuracy",
    )


@contextmanager
def _folder_of(path: Path) -> Iterator[Path]:
    """The folder of a file to be written, made if need be; SetupError where the system refuses anything in it.

    Another one for /dev/null and its like.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.gettempdir()) if is_special(path) else path.parent
    except OSError as error:
        raise SetupError(
            f"cannot write {path}: {error.strerror or error}", "Check the folder and its rights."
        ) from error


@contextmanager
def _held(report: Path) -> Iterator[None]:
    """One process at a time, if what it writes is a file."""
    with nullcontext() if is_special(report) else locked(report.with_name(f".{report.name}.lock")):
        yield


@contextmanager
def _temporary_folder(folder: Path) -> Iterator[Path]:
    """Where the output goes, which is a disk with room; what a killed conversion left there goes after a day."""
    for left in folder.glob(".tinyml-*.tmp"):
        if left.is_dir() and time.time() - left.stat().st_mtime > 86400:
            shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=".tinyml-", suffix=".tmp", dir=folder))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
