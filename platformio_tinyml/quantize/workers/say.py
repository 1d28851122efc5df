"""What the worker says: one JSON object a line, on the output that it had at the start. Standard library only."""

from __future__ import annotations

import json
import os
import sys
import threading

PROTOCOL = "tinyml-worker/1"


class Refusal(Exception):
    """What the user has to know and do. `kind`: usage, model or environment."""

    def __init__(self, kind: str, message: str, next_step: str, code: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.next_step = next_step
        self.code = code or kind


class Channel:
    """The only writer of standard output; all else that is printed, in Python or C++, goes to standard error."""

    def __init__(self, alone: bool = False) -> None:
        """`alone`: run by hand, so that an empty standard input does not mean that the tool has died."""
        self._file = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        if not alone:
            threading.Thread(target=_end_with_parent, daemon=True).start()

    def progress(self, stage: str, done: int | None = None, total: int | None = None) -> None:
        """How far a stage is."""
        self._write({"stage": stage, "done": done, "total": total})

    def result(self, result: dict[str, object]) -> None:
        """The end, when all went well."""
        self._write({"protocol": PROTOCOL, "result": result})

    def refuse(self, refusal: Refusal) -> None:
        """The end, when the user has to do something."""
        error = {"kind": refusal.kind, "code": refusal.code, "message": refusal.message, "next": refusal.next_step}
        self._write({"error": error})

    def _write(self, message: dict[str, object]) -> None:
        try:
            print(json.dumps(message), file=self._file, flush=True)
        except BrokenPipeError:
            os._exit(1)


def _end_with_parent() -> None:
    """Standard input stays open and silent for as long as the tool lives."""
    try:
        while os.read(0, 1024):
            pass
    except OSError:
        pass
    os._exit(1)


def forbid_network() -> None:
    """From here on Python code reaches no other computer: a conversion must not download anything."""

    def hook(event: str, _: object) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
            raise PermissionError("a conversion has no network")

    sys.addaudithook(hook)
