"""`python wheel.py MODEL INPUTS OUTPUTS`: the outputs of the `tflite_micro` package, for inputs on standard input.

Samples stand one after another, each with the bytes of all inputs in the model's order; so do outputs on standard
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
    path, inputs, outputs = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    interpreter = runtime.Interpreter.from_bytes(path.read_bytes(), arena_size=ARENA)
    details = [interpreter.get_input_details(index) for index in range(inputs)]
    data, at = sys.stdin.buffer.read(), 0
    while at < len(data):
        for index, detail in enumerate(details):
            shape, kind = tuple(detail["shape"]), np.dtype(detail["dtype"])
            count = int(np.prod(shape, dtype=np.int64))
            interpreter.set_input(np.frombuffer(data, kind, count, at).reshape(shape), index)
            at += count * kind.itemsize
        interpreter.invoke()
        for index in range(outputs):
            sys.stdout.buffer.write(np.ascontiguousarray(interpreter.get_output(index)).tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
