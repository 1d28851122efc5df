"""The log of a self test: whatever happens to it on its way, it is the run that the firmware printed, or none."""

import zlib
from random import Random

import pytest

from platformio_tinyml.selftest.log import LogReader, format_line, parse_line

NONCE = "23b56f59"
BODIES = (
    "begin 1 1 SysTick cycles",
    "model sine 32 0 2765 8",
    "invoke 0 0 119439 228",
    "output 0 0 a7",
    "invoke 1 0 2205 228",
    "output 0 0 31",
    "end 7",
)
WORDS = tuple(tuple(body.split(" ")) for body in BODIES)


def lines_of(run: int = 0, nonce: str = NONCE) -> list[str]:
    return [format_line(nonce, run, number, body) for number, body in enumerate(BODIES)]


def read(lines: list[str] | bytes, nonce: str = NONCE) -> LogReader:
    reader = LogReader(nonce)
    reader.feed(lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode())
    return reader


LOG = "".join(f"{line}\r\n" for line in lines_of()).encode()


def test_a_whole_run():
    reader = read(LOG)
    assert reader.run == WORDS


def test_the_sum_is_crc_32_of_all_before_it():
    body, _, checksum = lines_of()[3].rpartition(" ")
    assert body == f"~tinyml {NONCE} 0 3 output 0 0 a7"
    assert int(checksum, 16) == zlib.crc32(body.encode())


def test_byte_by_byte():
    reader = LogReader(NONCE)
    ended = [reader.feed(LOG[at : at + 1]) for at in range(len(LOG))]
    assert ended.index(True) == len(LOG) - 1
    assert reader.run == WORDS


def test_other_lines_are_passed_over():
    noisy = [each for line in lines_of() for each in ("ets Jul 29 2019 12:21:46", "", line, "\xff\xfe", "end 7")]
    assert read("\n".join(noisy).encode("latin-1") + b"\n").run == WORDS


def test_what_a_boot_loader_left_on_the_line():
    assert read(b"\x00\x80garbage without an end" + LOG).run == WORDS


@pytest.mark.parametrize("cut", range(len(LOG)))
def test_truncated_anywhere(cut):
    assert read(LOG[:cut]).run is None
    if cut > LOG.index(b"\n"):
        assert read(LOG[cut:]).run is None
    assert read(LOG[:cut] + b"\n" + LOG).run == WORDS, "the next run is whole"


def test_every_bit_flipped():
    """A run with a byte that differs is none; but of the bytes that are no part of a line's text."""
    for at in range(len(LOG)):
        for bit in range(8):
            changed = bytearray(LOG)
            changed[at] ^= 1 << bit
            found = read(bytes(changed)).run
            assert found in (None, WORDS), (at, bit)
            assert found is None or LOG[at : at + 1] in b"\r\n~", (at, bit, found)


@pytest.mark.parametrize("at", range(len(BODIES)))
def test_a_line_is_lost_or_comes_twice(at):
    lines = lines_of()
    assert read(lines[:at] + lines[at + 1 :]).run is None
    twice = read(lines[: at + 1] + lines[at:]).run
    assert twice == (WORDS if at in (0, len(BODIES) - 1) else None), "a run that begins again begins again"


@pytest.mark.parametrize("at", range(len(BODIES) - 1))
def test_two_lines_are_swapped(at):
    lines = lines_of()
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert read(lines).run is None


def test_another_build():
    reader = read(lines_of(nonce="00000000"))
    assert reader.run is None
    assert "another build" in reader.why_not()


def test_another_build_in_between():
    lines = lines_of()
    assert read(lines[:3] + lines_of(nonce="00000000")[3:] + lines[3:]).run is None


def test_runs_are_not_mixed():
    assert read(lines_of(0)[:4] + lines_of(1)[4:]).run is None
    assert read([line for pair in zip(lines_of(0), lines_of(1), strict=True) for line in pair]).run is None
    assert read(lines_of(0)[4:] + lines_of(1)).run == WORDS, "whoever listens late has the next one"


def test_a_device_that_restarts():
    reader = read(lines_of()[:3] * 4)
    assert reader.run is None
    assert "4 times" in reader.why_not()


def test_the_end_counts_all_lines():
    lines = [*lines_of()[:2], format_line(NONCE, 0, 2, "end 7")]
    assert read(lines).run is None
    assert read([*lines_of()[:2], format_line(NONCE, 0, 2, "end 3")]).run is not None


@pytest.mark.parametrize(
    "text",
    [
        f"~tinyml {NONCE} 0 0",
        f"~tinyml {NONCE} 00 0 begin",
        f"~tinyml {NONCE} 0 -1 begin",
        f"~tinyml {NONCE} 0 \u0661 begin",
        f"~tinyml {NONCE} 0 0  begin",
        f"~tinyml {NONCE} 0 99999999999 begin",
    ],
)
def test_lines_that_no_firmware_prints(text):
    with pytest.raises(ValueError, match="line"):
        parse_line(f"{text} {zlib.crc32(text.encode('ascii', 'replace')):08x}")


def test_endless_garbage_takes_no_memory():
    reader = LogReader(NONCE)
    for _ in range(1000):
        reader.feed(b"~tinyml " * 500)
    assert len(reader._rest) <= 400
    reader.feed(b"\n" + LOG)
    assert reader.run == WORDS


def test_any_damage():
    """Pieces of logs, cut, repeated, exchanged and overwritten at random: never another run than the firmware's."""
    random = Random(14)
    other = "".join(f"{line}\n" for line in lines_of(1, "00000000")).encode()
    for _ in range(3000):
        data = bytearray()
        for _ in range(random.randint(1, 6)):
            source = random.choice((LOG, LOG, other))
            start = random.randrange(len(source))
            data += source[start : random.randint(start, len(source))]
        for _ in range(random.randint(0, 4)):
            if data:
                data[random.randrange(len(data))] = random.randrange(256)
        assert read(bytes(data)).run in (None, WORDS)
