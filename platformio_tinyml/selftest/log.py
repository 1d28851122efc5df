"""Lines of a serial port -> the first whole run of a self test among them, or why there is none. Knows no model.

A line of the firmware's is `~tinyml NONCE RUN NUMBER WORDS... CRC`: the nonce of its build, how often it has begun
since reset, the line's number in the run from 0 on, and the CRC-32 of all before the last blank, 8 hexadecimal digits.
The first line of a run has the word `begin`, the last `end` and the number of lines. Anything else on the port is
passed over. A run counts if every line of it came once, in its order and unharmed; so what is cut, repeated, mixed or
of another build is none.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

MARK = "~tinyml"
LONGEST = 400
"""Bytes of a line; the firmware's are shorter."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_CHECKSUM = re.compile(r"[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is whole: `words` without mark, nonce, numbers and checksum."""

    nonce: str
    run: int
    number: int
    words: tuple[str, ...]


def format_line(nonce: str, run: int, number: int, words: str) -> str:
    """As the firmware prints it, without the line's end."""
    text = f"{MARK} {nonce} {run} {number} {words}"
    return f"{text} {zlib.crc32(text.encode('ascii')):08x}"


def parse_line(text: str) -> Line | None:
    """None for anything but a whole line. ValueError for one that has the mark and is damaged."""
    if MARK not in text:
        return None
    # What a boot loader printed without a line's end stands before it.
    body, _, checksum = text[text.rindex(MARK) :].rpartition(" ")
    words = body.split(" ")
    if not _CHECKSUM.fullmatch(checksum) or zlib.crc32(body.encode("ascii", "replace")) != int(checksum, 16):
        raise ValueError("a line is damaged")
    if len(words) < 5 or not all(_NUMBER.fullmatch(each) for each in words[2:4]) or "" in words:
        raise ValueError("a line is none of a self test's")
    return Line(words[1], int(words[2]), int(words[3]), tuple(words[4:]))


class LogReader:
    """Takes bytes as they come; `run` is the words of each line of the first whole run, None until there is one."""

    def __init__(self, nonce: str) -> None:
        self.run: tuple[tuple[str, ...], ...] | None = None
        self.begun = self.lines = self.foreign = self.damaged = 0
        """Runs that began, lines that were whole, lines of other builds, damaged ones."""
        self._nonce = nonce
        self._rest = b""
        self._number: int | None = None
        self._lines: list[tuple[str, ...]] = []

    def feed(self, data: bytes) -> bool:
        """Whether there is a whole run by now. Nothing is read behind it."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-LONGEST:]
        for line in lines:
            if self.run is None:
                self._take(line.rstrip(b"\r").decode("ascii", "replace"))
        return self.run is not None

    def why_not(self) -> str:
        """Why there is no whole run yet, in words."""
        if self.foreign and not self.lines:
            return "the log is of another build's self test: the device still runs what was uploaded before"
        if self.damaged and not self.begun:
            return "its lines came damaged: check monitor_speed, and the cable"
        if not self.lines:
            return "no line of the self test came"
        if not self.begun:
            return "the beginning of a run did not come"
        times = f" ({self.begun} times)" if self.begun > 1 else ""
        damaged = f", {self.damaged} damaged" if self.damaged else ""
        last = f"; the last whole line is `{' '.join(self._lines[-1])[:60]}`" if self._lines else ""
        return f"a run began{times} and none came whole ({self.lines} lines{damaged}){last}"

    def _take(self, text: str) -> None:
        try:
            line = parse_line(text)
        except ValueError:
            self.damaged += 1
            self._drop()
            return
        if line is None:
            return
        if line.nonce != self._nonce:
            self.foreign += 1
            self._drop()
            return
        self.lines += 1
        if line.number == 0 and line.words[0] == "begin":
            self.begun += 1
            self._number, self._lines = line.run, [line.words]
            return
        if line.run != self._number or line.number != len(self._lines):
            self._drop()
            return
        self._lines.append(line.words)
        if line.words[0] == "end":
            if line.words[1:] == (str(len(self._lines)),):
                self.run = tuple(self._lines)
            else:
                self._drop()

    def _drop(self) -> None:
        """Wait for another beginning."""
        self._number = None
