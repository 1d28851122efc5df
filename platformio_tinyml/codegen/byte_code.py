"""Templates as the byte code that jinja2 makes of them, kept where Python keeps that of modules.

Compiling the templates takes longer than all else that `generate` does for a small model. What cannot be read or
written, or was altered, is compiled again.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import sys
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from ..errors import SetupError
from ..files import write_bytes

_FOLDER = Path(__file__).parent
_DIGEST = hashlib.sha256().digest_size


class ByteCode(jinja2.BytecodeCache):
    """Files `__pycache__/KEY.PYTHON.code` in `folder`: a digest of what they were made of and hold, then the code."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._folder = folder
        # jinja2 computes what is constant when it compiles, by our filters too.
        makers = b"".join((_FOLDER / name).read_bytes() for name in ("environment.py", "literals.py"))
        version = getattr(jinja2, "__version__", "")  # none where jinja2 is absent: --help is there all the same
        self._made_by = hashlib.sha256(f"{version} {sys.version}".encode() + makers).digest()

    def load_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            content = self._path(bucket).read_bytes()
            if content[:_DIGEST] == self._digest(bucket, content[_DIGEST:]):
                bucket.code = marshal.loads(content[_DIGEST:])  # noqa: S302  as trusted as the module beside it

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            code = marshal.dumps(bucket.code)
            with contextlib.suppress(SetupError):
                write_bytes(self._path(bucket), self._digest(bucket, code) + code)

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / "__pycache__" / f"{bucket.key}.{sys.implementation.cache_tag}.code"

    def _digest(self, bucket: Bucket, code: bytes) -> bytes:
        return hashlib.sha256(self._made_by + bucket.checksum.encode() + code).digest()
