"""`python -S wheel.py MODEL INPUTS WHAT INDICES FIRST`: what the `tflite_micro` package computes.

Samples stand on standard input one after another, each with the bytes of all inputs in the model's order. Of each from
number FIRST on, the bytes of the outputs (WHAT is `outputs`) or tensors (`tensors`) with these INDICES go to standard
output. Exit code 3 where the package cannot be imported.
"""

import importlib.util
import sys
from pathlib import Path
from typing import Any

ARENA = 16 << 20
MOST_VARIABLES = 1024
"""Resource variables of a model; each takes 16 bytes of the arena."""
MODULE = "_runtime"


def main() -> int:
    """Run all samples."""
    try:
        if importlib.util.find_spec("tflite_micro") is None:
            import site  # not at start: other packages of the interpreter take their time

            site.main()
        import numpy as np

        interpreter = interpreter_of(Path(sys.argv[1]).read_bytes(), sys.argv[3] == "tensors")
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    inputs, what, first = int(sys.argv[2]), sys.argv[3], int(sys.argv[5])
    indices = [int(index) for index in sys.argv[4].split(",") if index]
    details = [interpreter.GetInputTensorDetails(index) for index in range(inputs)]
    data, at, number = sys.stdin.buffer.read(), 0, 0
    while at < len(data):
        for index, detail in enumerate(details):
            shape, type_ = tuple(detail["shape"]), np.dtype(detail["dtype"])
            count = int(np.prod(shape, dtype=np.int64))
            interpreter.SetInputTensor(np.frombuffer(data, type_, count, at).reshape(shape), index)
            at += count * type_.itemsize
        interpreter.Invoke()
        for index in indices if number >= first else ():
            if what == "tensors":
                found = interpreter.GetTensor(index, 0)["tensor_data"]
            else:
                found = interpreter.GetOutputTensor(index)
            sys.stdout.buffer.write(np.ascontiguousarray(found).tobytes())
        number += 1
    return 0


def interpreter_of(model: bytes, keeps_tensors: bool) -> Any:
    """The package's extension without the Python around it, whose import takes longer than most models do.

    By way of that in a package whose extension is another.
    """
    try:
        native = _extension()
        kind = native.PythonInterpreterConfig
        config = kind.kPreserveAllTensors if keeps_tensors else kind.kAllocationRecording
        return native.InterpreterWrapper(model, [], ARENA, MOST_VARIABLES, config, 0)
    except (ImportError, AttributeError, TypeError):
        from tflite_micro.python.tflite_micro import runtime

        kind = runtime.InterpreterConfig
        config = kind.kPreserveAllTensors if keeps_tensors else kind.kAllocationRecording
        return runtime.Interpreter.from_bytes(model, arena_size=ARENA, intrepreter_config=config)._interpreter


def _extension() -> Any:
    package = importlib.util.find_spec("tflite_micro")
    for folder in package.submodule_search_locations or () if package else ():
        path = Path(folder, "python", "tflite_micro", f"{MODULE}.so")
        spec = importlib.util.spec_from_file_location(MODULE, path)
        if spec and spec.loader and path.is_file():
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise ImportError(f"no {MODULE}.so")


if __name__ == "__main__":
    sys.exit(main())
