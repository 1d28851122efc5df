"""`python wheel.py MODEL INPUTS WHAT INDICES FIRST`: what the `tflite_micro` package computes.

Samples stand on standard input one after another, each with the bytes of all inputs in the model's order. Of each from
number FIRST on, the bytes of the outputs (WHAT is `outputs`) or tensors (`tensors`) with these INDICES go to standard
output. Exit code 3 where the package cannot be imported.
"""

import sys
from pathlib import Path

ARENA = 16 << 20


def main() -> int:
    """Run all samples."""
    try:
        import numpy as np
        from tflite_micro.python.tflite_micro import runtime
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    path, inputs, what, first = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[5])
    indices = [int(index) for index in sys.argv[4].split(",") if index]
    kind = runtime.InterpreterConfig
    config = kind.kPreserveAllTensors if what == "tensors" else kind.kAllocationRecording
    interpreter = runtime.Interpreter.from_bytes(path.read_bytes(), arena_size=ARENA, intrepreter_config=config)
    details = [interpreter.get_input_details(index) for index in range(inputs)]
    data, at, number = sys.stdin.buffer.read(), 0, 0
    while at < len(data):
        for index, detail in enumerate(details):
            shape, type_ = tuple(detail["shape"]), np.dtype(detail["dtype"])
            count = int(np.prod(shape, dtype=np.int64))
            interpreter.set_input(np.frombuffer(data, type_, count, at).reshape(shape), index)
            at += count * type_.itemsize
        interpreter.invoke()
        for index in indices if number >= first else ():
            if what == "tensors":
                found = interpreter.GetTensor(index, 0)["tensor_data"]
            else:
                found = interpreter.get_output(index)
            sys.stdout.buffer.write(np.ascontiguousarray(found).tobytes())
        number += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
