"""Runs an AVR ELF in libsimavr: `simavr.py MCU F_CPU FIRMWARE.ELF`

The program `simavr` shows control characters as dots and has no exit code, so the library behind it is called: UART0 is
copied to standard output byte by byte, and what the firmware last wrote to GPIOR0 is the exit code. The signatures are
those of sim_avr.h, sim_io.h, sim_irq.h, sim_elf.h and avr_uart.h in simavr 1.6 to 1.8. Standard library only.
"""

import struct
import sys
from ctypes import CDLL, CFUNCTYPE, byref, c_char_p, c_int, c_uint8, c_uint32, c_void_p, create_string_buffer
from functools import partial

DONE, CRASHED = 6, 7  # states of avr_run(): asleep with interrupts off; an instruction or address that does not exist
GPIOR0 = 0x3E  # as a data address: ATmega328P data sheet, register summary
UART_OUTPUT = 1  # UART_IRQ_OUTPUT
FIRMWARE_SIZE = 1 << 16  # more than any version's elf_firmware_t, which begins with char mmcu[64], uint32_t frequency


def uart0(letters: str) -> c_uint32:
    """AVR_IOCTL_UART_*('0'): the codes are four characters."""
    return c_uint32(int.from_bytes(f"{letters}0".encode(), "big"))


def run(mcu: str, frequency: int, elf: str) -> int:
    """Runs until the firmware stops; its exit code, or 134 (SIGABRT, as a shell has it) when it crashed."""
    try:
        simavr = CDLL("libsimavr.so.2")
    except OSError:
        sys.exit("Error: emulated board: libsimavr is not installed. Run: sudo apt-get install simavr")
    simavr.avr_make_mcu_by_name.restype = simavr.avr_io_getirq.restype = c_void_p

    log = CFUNCTYPE(None, c_void_p, c_int, c_char_p, c_void_p)(lambda avr, level, text, values: None)
    simavr.avr_global_logger_set(log)
    avr = c_void_p(simavr.avr_make_mcu_by_name(mcu.encode()))
    firmware = create_string_buffer(FIRMWARE_SIZE)
    if not avr or simavr.elf_read_firmware(elf.encode(), firmware):
        sys.exit(f"Error: emulated board: simavr cannot run {elf} on {mcu}")
    struct.pack_into("=64sI", firmware, 0, mcu.encode(), frequency)
    simavr.avr_init(avr)
    simavr.avr_load_firmware(avr, firmware)

    output = sys.stdout.buffer

    def on_output(irq: int, value: int, parameter: int) -> None:
        output.write(bytes([value & 0xFF]))
        if value == ord("\n"):
            output.flush()

    code = 0

    def on_exit_code(avr: int, address: int, value: int, parameter: int) -> None:
        nonlocal code
        code = value

    # The library keeps these pointers: they live as long as this function.
    notify = CFUNCTYPE(None, c_void_p, c_uint32, c_void_p)(on_output)
    written = CFUNCTYPE(None, c_void_p, c_uint32, c_uint8, c_void_p)(on_exit_code)
    simavr.avr_ioctl(avr, uart0("uas"), byref(c_uint32(0)))  # SET_FLAGS: no lines on the console, no naps while polled
    simavr.avr_irq_register_notify(c_void_p(simavr.avr_io_getirq(avr, uart0("uar"), UART_OUTPUT)), notify, None)
    simavr.avr_register_io_write(avr, GPIOR0, written, None)

    # One instruction a call: the loop runs in C, by iter() and filter(), at some 4 million a second.
    state = next(filter(DONE.__le__, iter(partial(simavr.avr_run, avr), None)))
    output.flush()
    if state == CRASHED:
        sys.stderr.write("Error: emulated board: the firmware crashed (invalid instruction or address)\n")
        return 134
    return code


if __name__ == "__main__":
    mcu, frequency, elf = sys.argv[1:]
    sys.exit(run(mcu, int(frequency.rstrip("L")), elf))
